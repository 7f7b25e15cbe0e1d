package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/template"
)

// repeated draws a table or repeat: its header, then each entry that stands
// on this page.
func (l *layout) repeated(e template.Element) error {
	r := e.Repeated
	entries, from, to, err := l.entries(&e)
	if err != nil {
		return err
	}
	area := e.Area(l.k(), l.sheet.last())
	across, down := e.Grid(area.Height)
	if to-from > across*down {
		return fmt.Errorf("row %d: %w: %d rows, room for %d (make it higher, its rows lower, or say pages: many)",
			from+across*down+1, errTooMany, to-from, across*down)
	}
	for _, c := range r.Header {
		if err := l.within(c, l.res.Dots(area.At.X), l.res.Dots(area.At.Y)); err != nil {
			return fmt.Errorf("header: %q: %w", c.Name, err)
		}
	}
	top := labels.Point{X: area.At.X, Y: area.At.Y + r.Head}
	outer := l.data
	defer func() { l.data = outer }()
	err = entries.Each(outer, from, to, func(i int, row *template.Binding) error {
		l.data = row
		column, line := (i-from)%across, (i-from)/across
		if r.Down {
			column, line = (i-from)/down, (i-from)%down
		}
		x := l.res.Dots(top.X + r.Pitch.X*labels.Length(column))
		y := l.res.Dots(top.Y + r.Pitch.Y*labels.Length(line))
		for _, c := range r.Cells {
			if err := l.within(c, x, y); err != nil {
				return fmt.Errorf("row %d: %q: %w", i+1, c.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.rules(e, top, to-from)
	return nil
}

// k returns the page's number, counted from 1.
func (l *layout) k() int {
	if l.sheet == nil {
		return 1
	}
	return l.sheet.k
}

// entries returns the list that e draws and the part of it that stands here.
func (l *layout) entries(e *template.Element) (all *template.Entries, from, to int, err error) {
	if s := l.sheet; s != nil && s.entries != nil && e.GoesOn() {
		return s.entries, s.from, s.to, nil
	}
	all, err = e.Entries(l.data)
	if err != nil {
		return nil, 0, 0, err
	}
	return all, 0, all.Len(), nil
}

// within places an element of a row or header whose top left corner is at the
// dot x, y.
func (l *layout) within(e template.Element, x, y int) error {
	e.At.X += l.res.Length(x)
	e.At.Y += l.res.Length(y)
	return l.place(e)
}

// rules draws the lines of a table: above its first row, between rows, and
// below the last.
func (l *layout) rules(e template.Element, top labels.Point, rows int) {
	if e.Repeated.Rule == 0 || rows == 0 {
		return
	}
	thick := l.side(e.Repeated.Rule)
	for i := range rows + 1 {
		y := l.res.Dots(top.Y + e.Repeated.Pitch.Y*labels.Length(i))
		l.fill(e, l.res.Dots(top.X), y-thick/2, l.side(e.Width), thick)
	}
}
