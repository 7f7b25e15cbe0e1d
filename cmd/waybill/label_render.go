package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/shipment/carrier"
)

// maxLabels bounds what one call lays out, which is held until all of it is
// known to be right.
const maxLabels = 10_000

// A renderer lays out what the command was given.
type renderer struct {
	con   *console
	c     *labelRenderCmd
	res   labels.Resolution
	fonts *fonts.Set
	sheet *template.Sheet // nil: labels by themselves

	templates map[string]*template.Template // those that were asked for
	laid      []labels.Label
}

// renderer returns what lays out the labels. An error is of the command line.
func (c *labelRenderCmd) renderer(con *console) (*renderer, error) {
	r := &renderer{
		con: con, c: c, res: c.resolution(), fonts: fonts.New(system.Sources()...),
		templates: map[string]*template.Template{},
	}
	if c.Template != "" {
		if _, err := r.template(c.Template); err != nil {
			return nil, err
		}
	}
	if c.Sheet == "" {
		if c.First != 1 {
			return nil, errors.New("--first: is a place on a sheet (name the sheet with --sheet)")
		}
		return r, nil
	}
	var err error
	r.sheet, err = loadSheet(c.Sheet)
	return r, err
}

func (r *renderer) template(name string) (*template.Template, error) {
	if t := r.templates[name]; t != nil {
		return t, nil
	}
	t, err := loadTemplate(name)
	if err == nil {
		r.templates[name] = t
	}
	return t, err
}

// lay returns the labels of everything that was given. Each mistake is told,
// and one is enough to have no label at all.
func (r *renderer) lay() ([]labels.Label, error) {
	subject := template.ForParcel
	if t := r.templates[r.c.Template]; t != nil {
		subject = t.For
	}
	if len(r.c.Files) == 0 {
		if subject != template.ForCommands {
			return nil, usage(fmt.Errorf("no file was named (name one with %s as JSON; -: standard input)", wanted(subject)))
		}
		err := r.document(r.templates[r.c.Template], template.BindCommands(template.DeskCommands()))
		return r.laid, err
	}
	read := r.reader(subject)
	var errs []error
	for _, name := range r.c.Files {
		if err := r.file(name, read); err != nil {
			errs = append(errs, err)
		}
	}
	return r.laid, errors.Join(errs...)
}

// wanted says what a template for a subject is filled with.
func wanted(s template.Subject) string {
	switch s {
	case template.ForManifest:
		return "a manifest"
	case template.ForTote:
		return "a tote"
	case template.ForCommands:
		return "a list of commands"
	case template.ForParcel:
	}
	return "an order"
}

// reader returns what lays out one document of a subject.
func (r *renderer) reader(s template.Subject) func(name string, doc []byte) error {
	t := r.templates[r.c.Template]
	switch s {
	case template.ForManifest:
		return func(name string, doc []byte) error { return r.manifest(t, name, doc) }
	case template.ForTote:
		return func(name string, doc []byte) error { return r.tote(t, name, doc) }
	case template.ForCommands:
		return func(name string, doc []byte) error { return r.commands(t, name, doc) }
	case template.ForParcel:
	}
	return r.order
}

// file reads the documents of a file, one or one a line.
func (r *renderer) file(name string, read func(name string, doc []byte) error) error {
	in, err := openInput(r.con, []string{name})
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	lines, some := jsonLines(in), false
	var errs []error
	for n := 1; ; n++ {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		where := name
		if n > 1 || !lines.drained() {
			where = fmt.Sprintf("%s:%d", name, n)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", where, err))
			continue
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		some = true
		if err := read(where, line); err != nil {
			errs = append(errs, err)
		}
	}
	if !some && len(errs) == 0 {
		return read(name, nil) // which says what is missing
	}
	return errors.Join(errs...)
}

// document lays out all pages of a template.
func (r *renderer) document(t *template.Template, b *template.Binding) error {
	return r.add(layout.Pages(t, b, r.res, r.fonts))
}

func (r *renderer) add(laid []labels.Label, err error) error {
	if err != nil {
		return err
	}
	if len(r.laid)+len(laid) > maxLabels {
		return fmt.Errorf("more than %d labels in one call (render them in parts)", maxLabels)
	}
	r.laid = append(r.laid, laid...)
	return nil
}

// decode reads a document whose every key must be known: a misspelt one would
// be missing on paper.
func decode(what, name string, doc []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	if err == nil && d.More() {
		err = errors.New("something follows it")
	}
	if err != nil {
		return fmt.Errorf("%s %s: not %s as JSON: %w (docs/templates-tables.md shows one)", what, name, wanted(template.Subject(what)), err)
	}
	return nil
}

func (r *renderer) manifest(t *template.Template, name string, doc []byte) error {
	var m template.Manifest
	if err := decode("manifest", name, doc, &m); err != nil {
		return err
	}
	if m.ID == "" || m.Carrier == "" {
		return fmt.Errorf("manifest %s: id and carrier are required", name)
	}
	known := carrier.Default()
	if c, ok := known.Carrier(m.Carrier); ok {
		m.CarrierName = cmp.Or(m.CarrierName, c.Name)
	}
	for _, list := range [][]template.ManifestParcel{m.Parcels, m.Missing} {
		for i := range list {
			p := &list[i]
			if p.TrackingNumber == "" {
				return fmt.Errorf("manifest %s: a parcel of order %q has no tracking_number", name, p.Order)
			}
			p.TrackingText = cmp.Or(p.TrackingText, known.Group(m.Carrier, string(p.TrackingNumber)))
		}
	}
	return r.document(t, template.BindManifest(m))
}

func (r *renderer) tote(t *template.Template, name string, doc []byte) error {
	var tote template.Tote
	if err := decode("tote", name, doc, &tote); err != nil {
		return err
	}
	if tote.ID == "" {
		return fmt.Errorf("tote %s: id is required", name)
	}
	return r.document(t, template.BindTote(tote))
}

func (r *renderer) commands(t *template.Template, name string, doc []byte) error {
	var all []template.Command
	if err := decode("commands", name, doc, &all); err != nil {
		return err
	}
	for i, c := range all {
		if c.Code == "" || c.Title == "" {
			return fmt.Errorf("commands %s: code and title are required, and entry %d lacks one", name, i+1)
		}
	}
	return r.document(t, template.BindCommands(all))
}
