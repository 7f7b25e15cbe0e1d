package carrier

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"waybill/shipment"
)

// A tableFile is the file that a table is written in.
type tableFile struct {
	Version      int                           `yaml:"version"`
	Sources      map[string]Source             `yaml:"sources"`
	Carriers     []Carrier                     `yaml:"carriers"`
	S10Operators map[string]shipment.CarrierID `yaml:"s10_operators"`
}

// Parse reads a table of carriers. Unknown keys, unknown check algorithms,
// patterns that are not understood and examples that their own format refuses
// are errors, all of them reported.
func Parse(data []byte) (*Table, error) {
	doc, err := read(data)
	if err != nil {
		return nil, err
	}
	t := &Table{carriers: doc.Carriers, s10Operators: doc.S10Operators, sources: doc.Sources}
	if err := t.build(); err != nil {
		return nil, err
	}
	return t, nil
}

func read(data []byte) (tableFile, error) {
	var doc tableFile
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return doc, errors.New("table of carriers: empty")
		}
		return doc, fmt.Errorf("table of carriers: %w", err)
	}
	if doc.Version != 1 {
		return doc, fmt.Errorf("table of carriers: version %d, want 1", doc.Version)
	}
	return doc, nil
}

// Overlay returns the table with the carriers of another file laid over it: a
// carrier of a new ID is added, of a carrier that is there only what the file
// says changes, and a format of the same ID takes the old one's place.
func (t *Table) Overlay(data []byte) (*Table, error) {
	doc, err := read(data)
	if err != nil {
		return nil, err
	}
	out := &Table{carriers: slices.Clone(t.carriers), s10Operators: map[string]shipment.CarrierID{}, sources: map[string]Source{}}
	for _, c := range doc.Carriers {
		i := slices.IndexFunc(out.carriers, func(old Carrier) bool { return old.ID == c.ID })
		if i < 0 {
			out.carriers = append(out.carriers, c)
			continue
		}
		out.carriers[i] = out.carriers[i].with(c)
	}
	// What is compiled belongs to one table: each builds its own.
	for i := range out.carriers {
		out.carriers[i].Formats = slices.Clone(out.carriers[i].Formats)
		for j := range out.carriers[i].Formats {
			out.carriers[i].Formats[j].Services.lengths = nil
		}
	}
	maps.Copy(out.s10Operators, t.s10Operators)
	maps.Copy(out.s10Operators, doc.S10Operators)
	maps.Copy(out.sources, t.sources)
	maps.Copy(out.sources, doc.Sources)
	if err := out.build(); err != nil {
		return nil, err
	}
	return out, nil
}

// with returns the carrier with what over says about it.
func (c Carrier) with(over Carrier) Carrier {
	if over.Name != "" {
		c.Name = over.Name
	}
	if over.TrackingURL != "" {
		c.TrackingURL = over.TrackingURL
	}
	if over.About != "" {
		c.About = over.About
	}
	c.Doubts = append(slices.Clone(c.Doubts), over.Doubts...)
	c.Formats = slices.Clone(c.Formats)
	for _, f := range over.Formats {
		if i := slices.IndexFunc(c.Formats, func(old Format) bool { return old.ID == f.ID }); i >= 0 {
			c.Formats[i] = f
		} else {
			c.Formats = append(c.Formats, f)
		}
	}
	return c
}

// Source returns where the facts under the ID were read.
func (t *Table) Source(id string) (Source, bool) {
	s, ok := t.sources[id]
	return s, ok
}

// S10Suffixes returns the country codes that end the international numbers of
// the carrier, in order.
func (t *Table) S10Suffixes(id shipment.CarrierID) []string {
	var out []string
	for country, op := range t.s10Operators {
		if op == id {
			out = append(out, country)
		}
	}
	slices.Sort(out)
	return out
}
