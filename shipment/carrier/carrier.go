// Package carrier knows carriers: their services, what their tracking numbers
// look like and how to make them, and which service an order goes by.
//
// Carriers and number formats are data (carriers.yaml); check digits are code.
// The package talks to no carrier, buys no label and reads no clock.
package carrier

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"waybill/shipment"
)

//go:embed carriers.yaml
var carriersYAML []byte

// A Carrier is who moves a parcel.
type Carrier struct {
	ID          shipment.CarrierID `yaml:"id"`
	Name        string             `yaml:"name"`
	TrackingURL string             `yaml:"tracking_url"` // with %s for the number; empty: none known
	Formats     []Format           `yaml:"formats"`
}

// A Format is one shape a carrier's numbers have.
type Format struct {
	ID       string      `yaml:"id"`
	Service  string      `yaml:"service"`
	Pattern  string      `yaml:"pattern"`
	Check    string      `yaml:"check"`
	Prefix   string      `yaml:"prefix"`
	Weak     bool        `yaml:"weak"`
	GS1      bool        `yaml:"gs1"`
	Rank     int         `yaml:"rank"`
	Group    []int       `yaml:"group"`
	Services serviceCode `yaml:"services"`
	Examples []string    `yaml:"examples"`

	re     *regexp.Regexp
	number int // submatch that is the tracking number
	digits int // submatch that the check digit covers
}

// A serviceCode says where in a number its service is written.
type serviceCode struct {
	At    int               `yaml:"at"`
	Names map[string]string `yaml:"names"`
}

// A Table is all carriers and formats. It never changes once parsed.
type Table struct {
	carriers     []Carrier
	byID         map[shipment.CarrierID]int
	s10Operators map[string]shipment.CarrierID
}

// Default returns the table that comes with the program.
func Default() *Table { return defaultTable() }

var defaultTable = sync.OnceValue(func() *Table {
	t, err := Parse(carriersYAML)
	if err != nil {
		panic(fmt.Sprintf("embedded carriers.yaml: %v", err)) // the package's test parses it
	}
	return t
})

// Parse reads a table of carriers. Unknown keys, unknown check algorithms,
// patterns that do not compile and examples that their own format refuses are
// errors, all of them reported.
func Parse(data []byte) (*Table, error) {
	var doc struct {
		Version      int                           `yaml:"version"`
		Carriers     []Carrier                     `yaml:"carriers"`
		S10Operators map[string]shipment.CarrierID `yaml:"s10_operators"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("table of carriers: empty")
		}
		return nil, fmt.Errorf("table of carriers: %w", err)
	}
	if doc.Version != 1 {
		return nil, fmt.Errorf("table of carriers: version %d, want 1", doc.Version)
	}
	t := &Table{carriers: doc.Carriers, byID: map[shipment.CarrierID]int{}, s10Operators: doc.S10Operators}
	var errs []error
	for i := range t.carriers {
		c := &t.carriers[i]
		if _, again := t.byID[c.ID]; again || c.ID == "" || c.Name == "" {
			errs = append(errs, fmt.Errorf("carrier %q: wants an ID of its own and a name", c.ID))
		}
		if c.TrackingURL != "" && strings.Count(c.TrackingURL, "%s") != 1 {
			errs = append(errs, fmt.Errorf("carrier %q: tracking_url wants one %%s", c.ID))
		}
		t.byID[c.ID] = i
		for j := range c.Formats {
			if err := c.Formats[j].compile(); err != nil {
				errs = append(errs, fmt.Errorf("carrier %q: format %q: %w", c.ID, c.Formats[j].ID, err))
			}
		}
	}
	for country, id := range t.s10Operators {
		if _, ok := t.byID[id]; !ok {
			errs = append(errs, fmt.Errorf("s10_operators: %s: unknown carrier %q", country, id))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("table of carriers: %w", err)
	}
	return t, nil
}

func (f *Format) compile() error {
	re, err := regexp.Compile(`^(?:` + f.Pattern + `)$`)
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	if _, ok := checks[f.Check]; !ok && f.Check != "" {
		return fmt.Errorf("unknown check %q", f.Check)
	}
	f.re, f.number, f.digits = re, max(re.SubexpIndex("number"), 0), max(re.SubexpIndex("digits"), 0)
	for _, ex := range f.Examples {
		if m, ok := f.match(ex); !ok || m.check == checkBad {
			return fmt.Errorf("example %s does not fit its own format", ex)
		}
	}
	return nil
}

// Carrier returns the carrier with the given ID.
func (t *Table) Carrier(id shipment.CarrierID) (Carrier, bool) {
	i, ok := t.byID[id]
	if !ok {
		return Carrier{}, false
	}
	return t.carriers[i], true
}

// TrackingURL returns the carrier's own page about the number; it is empty
// where none is known.
func (t *Table) TrackingURL(id shipment.CarrierID, number string) string {
	c, ok := t.Carrier(id)
	if !ok || c.TrackingURL == "" {
		return ""
	}
	return strings.Replace(c.TrackingURL, "%s", url.QueryEscape(compact(number)), 1)
}

// Group returns the number as people read it, such as 1Z 999 AA1 01 2345 6784.
// A number of no known format is grouped in fours.
func (t *Table) Group(id shipment.CarrierID, number string) string {
	number = compact(number)
	var sizes []int
	// A post's international numbers are grouped as S10, whoever the post is.
	for _, owner := range []shipment.CarrierID{id, "s10"} {
		c, _ := t.Carrier(owner)
		for _, f := range c.Formats {
			if sizes == nil && f.re.MatchString(number) {
				sizes = f.Group
			}
		}
	}
	var parts []string
	for len(number) > 0 {
		n := 4
		if len(sizes) > 0 {
			n, sizes = sizes[0], sizes[1:]
		}
		n = min(n, len(number))
		parts, number = append(parts, number[:n]), number[n:]
	}
	return strings.Join(parts, " ")
}
