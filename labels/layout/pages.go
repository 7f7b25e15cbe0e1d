package layout

import (
	"errors"
	"fmt"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/template"
)

// maxPages bounds a document.
const maxPages = 200

// A page is one of several, and the entries of the table that goes on over
// them which stand on it.
type page struct {
	k, of    int // page k of of, counted from 1
	entries  *template.Entries
	from, to int
}

func (p *page) first() bool { return p == nil || p.k == 1 }
func (p *page) last() bool  { return p == nil || p.k == p.of }

// holds reports whether e stands on the page.
func (p *page) holds(e template.Element) bool {
	return (e.On != "first" || p.first()) && (e.On != "last" || p.last())
}

// Pages returns t filled with b, as many pages as its rows need. Every row
// stands on one page, in order; the variables page and pages say which.
func Pages(t *template.Template, b *template.Binding, res labels.Resolution, f *fonts.Set) ([]labels.Label, error) {
	if t.For != b.Subject() {
		return nil, fmt.Errorf("template %q: is for a %s, and was given a %s (%s)", t.Name, t.For, b.Subject(), b.Name())
	}
	if err := t.Check(onPage(t, b, &page{k: 1, of: 1})); err != nil {
		return nil, err
	}
	sheets, err := pages(t, b)
	if err != nil {
		return nil, err
	}
	var all []labels.Label
	for _, sheet := range sheets {
		name := fmt.Sprintf("%s of %s", t.Name, b.Name())
		if t.Many {
			name = fmt.Sprintf("%s, page %d of %d", name, sheet.k, sheet.of)
		}
		l := &layout{t: t, data: onPage(t, b, sheet), res: res, fonts: f, sheet: sheet}
		label, err := l.label(name)
		if err != nil && len(sheets) > 1 {
			return nil, fmt.Errorf("page %d of %d: %w", sheet.k, sheet.of, err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, label)
	}
	return all, nil
}

// onPage returns what t's expressions see on a page. Only those of a template
// of many pages were compiled to know of pages.
func onPage(t *template.Template, b *template.Binding, p *page) *template.Binding {
	if !t.Many {
		return b
	}
	return b.OnPage(p.k, p.of)
}

// single returns the one page of t, and refuses data that needs more.
func single(t *template.Template, b *template.Binding, res labels.Resolution, f *fonts.Set) (labels.Label, error) {
	if t.For == b.Subject() {
		sheets, err := pages(t, b)
		if err != nil {
			return labels.Label{}, err
		}
		if n := len(sheets); n > 1 {
			return labels.Label{}, fmt.Errorf("template %q of %s: rows %d to %d stand on pages 2 to %d, and one label was asked for (print it as a document, or shorten it)",
				t.Name, b.Name(), sheets[1].from+1, sheets[n-1].to, n)
		}
	}
	all, err := Pages(t, b, res, f)
	if err != nil {
		return labels.Label{}, err
	}
	return all[0], nil
}

// pages divides the entries of the table that goes on over them into pages. A
// template without such a table has one.
func pages(t *template.Template, b *template.Binding) ([]*page, error) {
	var going *template.Element
	for i := range t.Elements {
		if t.Many && t.Elements[i].GoesOn() {
			going = &t.Elements[i]
		}
	}
	if going == nil {
		return []*page{{k: 1, of: 1}}, nil
	}
	wrong := func(err error) ([]*page, error) {
		return nil, fmt.Errorf("template %q: element %q: %w", t.Name, going.Name, err)
	}
	shown, err := going.Shown(b.OnPage(1, 1))
	if err != nil {
		return wrong(err)
	}
	if !shown {
		return []*page{{k: 1, of: 1}}, nil
	}
	entries, err := going.Entries(b.OnPage(1, 1))
	if err != nil {
		return wrong(err)
	}
	var all []*page
	for from := 0; ; {
		if len(all) == maxPages {
			return wrong(fmt.Errorf("%d entries need more than %d pages", entries.Len(), maxPages))
		}
		p := &page{k: len(all) + 1, entries: entries, from: from}
		all = append(all, p)
		if p.to = entries.Len(); p.to-from <= capacity(going, p.k, true) {
			break
		}
		// The last page may hold less than this one: leave it an entry.
		p.to = min(p.to-1, from+capacity(going, p.k, false))
		from = p.to
	}
	for _, p := range all {
		p.of = len(all)
	}
	return all, nil
}

// capacity returns how many entries of e stand on page k.
func capacity(e *template.Element, k int, last bool) int {
	across, down := e.Grid(e.Area(k, last).Height)
	return across * down
}

// errTooMany is wrapped where a table has more entries than room.
var errTooMany = errors.New("the rest does not fit")
