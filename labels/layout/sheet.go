package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/template"
)

// Impose puts labels on sheets, one to a cell and each in the middle of its
// cell; first, counted from 1, is the first cell that is free. A label that
// fits only lying down is turned by 90 degrees. Everything is moved by whole
// dots, so that every bar stays as it was laid out.
func Impose(s *template.Sheet, all []labels.Label, first int) ([]labels.Label, error) {
	if first < 1 || first > s.Cells() {
		return nil, fmt.Errorf("sheet %q: has %d cells, and the first free one cannot be number %d", s.Name, s.Cells(), first)
	}
	var sheets []labels.Label
	for i, l := range all {
		if l.Resolution != all[0].Resolution {
			return nil, fmt.Errorf("sheet %q: %s and %s are laid out for different resolutions", s.Name, all[0].Name, l.Name)
		}
		cell := (first - 1 + i) % s.Cells()
		if i == 0 || cell == 0 {
			sheets = append(sheets, labels.Label{Width: s.Width, Height: s.Height, Resolution: l.Resolution, Items: marks(s, l.Resolution)})
		}
		sheet := &sheets[len(sheets)-1]
		items, err := impose(s, cell, l)
		if err != nil {
			return nil, err
		}
		sheet.Items = append(sheet.Items, items...)
	}
	for i := range sheets {
		sheets[i].Name = fmt.Sprintf("sheet %s, %d of %d", s.Name, i+1, len(sheets))
		if err := checkMarks(s, sheets[i]); err != nil {
			return nil, err
		}
	}
	return sheets, nil
}

// checkMarks refuses crop marks in the white around a barcode. Labels keep to
// themselves: each holds its symbols' quiet zones.
func checkMarks(s *template.Sheet, sheet labels.Label) error {
	if !s.Marks {
		return nil
	}
	l := &layout{t: &template.Template{Name: s.Name}, res: sheet.Resolution}
	l.w, l.h = sheet.Size()
	n := s.Cells() * marksOfCell
	for i, item := range sheet.Items {
		e := template.Element{Name: "label"}
		if i < n {
			e.Name = "crop mark"
		}
		l.add(e, item)
	}
	return l.checkQuiet()
}

// impose returns the items of l as they stand in a cell, counted from 0.
func impose(s *template.Sheet, cell int, l labels.Label) ([]labels.Item, error) {
	m := mover{res: l.Resolution}
	m.w, m.h = l.Size()
	x := m.res.Dots(s.First.X + s.Pitch.X*labels.Length(cell%s.Across))
	y := m.res.Dots(s.First.Y + s.Pitch.Y*labels.Length(cell/s.Across))
	w, h := m.res.Dots(s.CellW), m.res.Dots(s.CellH)
	w, h = min(w, m.res.Dots(s.Width)-x), min(h, m.res.Dots(s.Height)-y)
	wide, high := m.w, m.h
	switch {
	case wide <= w && high <= h:
	case high <= w && wide <= h:
		m.turned = map[*labels.Glyph]*labels.Glyph{}
		wide, high = high, wide
	default:
		return nil, fmt.Errorf("sheet %q: %s is %.1f by %.1f mm, and a cell has %.1f by %.1f mm (choose a smaller template, or a sheet of fewer labels)",
			s.Name, l.Name, mm(l.Width), mm(l.Height), mm(s.CellW), mm(s.CellH))
	}
	m.x, m.y = x+(w-wide)/2, y+(h-high)/2
	items := make([]labels.Item, len(l.Items))
	for i, item := range l.Items {
		items[i] = m.move(item)
	}
	return items, nil
}

// A mover takes the items of a label of w by h dots to x, y of a sheet.
type mover struct {
	res    labels.Resolution
	w, h   int
	x, y   int
	turned map[*labels.Glyph]*labels.Glyph // the drawings turned clockwise; nil: the label stands upright
}

// to returns where the top left corner of a rectangle goes.
func (m *mover) to(x, y, h int) (int, int) {
	if m.turned != nil {
		return m.x + m.h - y - h, m.y + x
	}
	return m.x + x, m.y + y
}

func (m *mover) point(at labels.Point, h int) labels.Point {
	x, y := m.to(m.res.Dots(at.X), m.res.Dots(at.Y), h)
	return labels.Point{X: m.res.Length(x), Y: m.res.Length(y)}
}

func (m *mover) move(item labels.Item) labels.Item {
	switch item := item.(type) {
	case labels.Fill:
		w, h := m.res.Dots(item.Rect.Width), m.res.Dots(item.Rect.Height)
		item.Rect.Min = m.point(item.Rect.Min, h)
		if m.turned != nil {
			w, h = h, w
		}
		item.Rect.Width, item.Rect.Height = m.res.Length(w), m.res.Length(h)
		return item
	case labels.Bitmap:
		item.At = m.point(item.At, item.Dots.H)
		if m.turned != nil {
			item.Dots, item.Shared = item.Dots.Turn(90), nil
		}
		return item
	case labels.Symbol:
		_, h := item.Size()
		item.At = m.point(item.At, h)
		if m.turned != nil {
			item.Turned = (item.Turned + 90) % 360
		}
		return item
	case labels.Text:
		glyphs := make([]labels.PlacedGlyph, len(item.Glyphs))
		for i, g := range item.Glyphs {
			glyphs[i] = m.glyph(g)
		}
		item.Glyphs = glyphs
		return item
	}
	return item
}

func (m *mover) glyph(g labels.PlacedGlyph) labels.PlacedGlyph {
	g.X, g.Y = m.to(g.X, g.Y, g.Dots.H)
	if m.turned == nil {
		return g
	}
	if m.turned[g.Glyph] == nil {
		m.turned[g.Glyph] = &labels.Glyph{Dots: g.Dots.Turn(90)}
	}
	g.Glyph = m.turned[g.Glyph]
	return g
}

// markLength and markWidth are the size of a crop mark.
const (
	markLength = 3 * labels.Millimetre
	markWidth  = 150 * labels.Micrometre

	marksOfCell = 8
)

// marks returns the crop marks of a sheet. They stand in the cells' corners,
// on the side of the cell, where a label that fills its cell would cover them.
func marks(s *template.Sheet, res labels.Resolution) []labels.Item {
	if !s.Marks {
		return nil
	}
	thick := max(res.Dots(markWidth), 1)
	long := res.Dots(markLength)
	var all []labels.Item
	fill := func(x, y, w, h int) {
		all = append(all, labels.Fill{Rect: labels.Rect{
			Min:   labels.Point{X: res.Length(x), Y: res.Length(y)},
			Width: res.Length(w), Height: res.Length(h),
		}})
	}
	for cell := range s.Cells() {
		x0 := res.Dots(s.First.X + s.Pitch.X*labels.Length(cell%s.Across))
		y0 := res.Dots(s.First.Y + s.Pitch.Y*labels.Length(cell/s.Across))
		x1, y1 := x0+res.Dots(s.CellW), y0+res.Dots(s.CellH)
		for _, y := range []int{y0, y1 - thick} {
			fill(x0, y, long, thick)
			fill(x1-long, y, long, thick)
		}
		for _, x := range []int{x0, x1 - thick} {
			fill(x, y0, thick, long)
			fill(x, y1-long, thick, long)
		}
	}
	return all
}
