package layout

import (
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/template"
)

func (l *layout) barcode(e template.Element) error {
	content, err := e.Content(l.data)
	if err != nil {
		return err
	}
	s, err := barcode.Encode(e.Symbology, []byte(content), barcode.Options{
		Level: e.Level, Rows: e.Rows, Columns: e.Columns, Shape: e.Shape, RowModules: e.RowModules,
		MinVersion: e.MinVersion, Mode: e.Mode, Check: e.Check, Bearer: e.Bearer,
	})
	if err != nil {
		return err
	}
	s.MoreQuiet = e.Quiet
	x, y, w, h := l.res.Dots(e.At.X), l.res.Dots(e.At.Y), l.side(e.Width), l.side(e.Height)
	w, h = min(w, l.w-x), min(h, l.h-y)
	people, err := l.human(e, s, x, y, w, h)
	if err != nil {
		return err
	}
	h -= people.room
	if e.Human == "above" {
		y += people.room
	}
	if s.Symbology == labels.MaxiCode {
		err = l.hexagons(&s, w, h)
	} else {
		s.ModuleDots, err = l.module(e, s, w, h)
	}
	if err != nil {
		return err
	}
	sides, ends := s.Quiet()
	if s.Modules.H == 1 {
		s.HeightDots = h
	}
	wide, high := s.Size()
	switch e.Align {
	case "centre":
		x += (w - wide) / 2
	case "right":
		x += w - sides*s.ModuleDots - wide
	default:
		x += sides * s.ModuleDots
	}
	if ends > 0 {
		y += (h - high) / 2
	}
	s.At = l.at(x, y)
	l.add(e, s)
	return l.placeHuman(e, people, x+wide/2)
}
