package labelproof

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"waybill/configs"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// shipDate stands on every specimen, so that they are the same tomorrow.
const shipDate = "2026-11-23"

// A Specimen is a template that ships, with a document to fill it.
type Specimen struct {
	Name     string // of the template
	Template *template.Template

	// Order fills a parcel's template; the others have Binding.
	Order   shipment.Order
	Binding *template.Binding

	service string // of Order, in words
}

// Specimens returns every template that ships, each with the sample of its
// name in samples; generic is the sample of those that have none.
func Specimens(samples fs.FS, generic string) ([]Specimen, error) {
	files, err := fs.Glob(configs.Templates, "templates/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	var all []Specimen
	var broken []error
	for _, file := range files {
		s, err := specimen(file, samples, generic)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		all = append(all, s)
	}
	return all, errors.Join(broken...)
}

func specimen(file string, samples fs.FS, generic string) (Specimen, error) {
	source, err := fs.ReadFile(configs.Templates, file)
	if err != nil {
		return Specimen{}, fmt.Errorf("template %s: %w", file, err)
	}
	s := Specimen{Name: strings.TrimSuffix(path.Base(file), ".yaml")}
	if s.Template, err = template.Parse(path.Base(file), source); err != nil {
		return Specimen{}, err
	}
	if s.Template.For == template.ForCommands {
		s.Binding = template.BindCommands(template.DeskCommands())
		return s, nil
	}
	name := s.Name + ".json"
	sample, err := fs.ReadFile(samples, name)
	if errors.Is(err, fs.ErrNotExist) && s.Template.For == template.ForParcel {
		name = generic
		sample, err = fs.ReadFile(samples, name)
	}
	if err != nil {
		return Specimen{}, fmt.Errorf("sample of template %s: %w", s.Name, err)
	}
	if err := s.fill(sample); err != nil {
		return Specimen{}, fmt.Errorf("sample %s: %w", name, err)
	}
	return s, nil
}

// fill reads the document that fills the template.
func (s *Specimen) fill(document []byte) error {
	switch s.Template.For {
	case template.ForManifest:
		var m template.Manifest
		if err := json.Unmarshal(document, &m); err != nil {
			return fmt.Errorf("a manifest: %w", err)
		}
		s.Binding = template.BindManifest(m)
	case template.ForTote:
		var t template.Tote
		if err := json.Unmarshal(document, &t); err != nil {
			return fmt.Errorf("a tote: %w", err)
		}
		s.Binding = template.BindTote(t)
	case template.ForParcel, template.ForCommands:
		if err := json.Unmarshal(document, &s.Order); err != nil {
			return fmt.Errorf("an order: %w", err)
		}
		s.service = serviceName(s.Order.Service)
	}
	return nil
}

// Lay returns the pages of the template for parcel k, counted from 1, of order
// o, which is the specimen's own but for what Vary changes; a template that is
// not a parcel's has the sample's pages.
func (s Specimen) Lay(o shipment.Order, k int, res labels.Resolution, faces *fonts.Set) ([]labels.Label, error) {
	b := s.Binding
	if b == nil {
		d, err := settle(o, k, s.service)
		if err != nil {
			return nil, err
		}
		b = template.Bind(d)
	}
	return layout.Pages(s.Template, b, res, faces)
}

// settle fills what a station would have decided by the time of the label.
func settle(o shipment.Order, k int, service string) (template.Data, error) {
	checked := address.Check(o.ShipTo)
	if checked.Verdict == address.Invalid {
		return template.Data{}, fmt.Errorf("order %s: %v", o.ID, checked.Issues)
	}
	o.ShipTo = checked.Address
	s := template.Settled{
		Carrier: o.Carrier, ServiceName: service, TrackingNumber: o.TrackingNumber,
		TrackingText: carrier.Default().Group(o.Carrier, string(o.TrackingNumber)),
		To:           address.Lines(o.ShipTo, o.ShipFrom.Country), From: address.SenderLines(o.ShipFrom, o.ShipTo.Country),
		ShipDate: shipDate,
	}
	if known, ok := carrier.Default().Carrier(o.Carrier); ok {
		s.CarrierName = known.Name
	}
	return template.NewData(o, k, s)
}

// serviceName returns the words for a service: the rules', else its own.
func serviceName(id shipment.ServiceID) string {
	words := strings.ReplaceAll(string(id), "_", " ")
	rules, err := carrier.ParseRules(configs.Rules)
	if err != nil {
		return words
	}
	for _, s := range rules.Services() {
		if s.ID == id {
			return cmp.Or(s.Name, words)
		}
	}
	return words
}
