// Package verify reads a drawn label back, with decoders that are not our
// encoders: what is proved is that a scanner gets the payload from the very
// dots the printer is told to burn.
//
// It judges the drawing, not the print: a worn head or a pale ribbon shows
// only on paper.
package verify

import (
	"bytes"
	"fmt"

	"waybill/labels"
	"waybill/labels/raster"
	"waybill/labels/zplview"
)

// Label holds a drawn label against its plan: every symbol of l must read back
// as its payload, from its place, with its quiet zone white. The error is a
// *labels.MismatchError.
func Label(l labels.Label, rendered labels.Dots) error {
	for _, item := range l.Items {
		s, ok := item.(labels.Symbol)
		if !ok {
			continue
		}
		if err := symbol(l.Resolution, s, rendered); err != nil {
			return err
		}
	}
	return nil
}

// ZPL proves a ZPL format against the label it was made from: it is drawn as a
// printer would, must be understood to the last command, print one copy, show
// every dot of the label and no other, and read back.
func ZPL(l labels.Label, format []byte) error {
	view, err := zplview.Render(format, l.Resolution)
	if err != nil {
		return fmt.Errorf("read-back of label %q: %w", l.Name, err)
	}
	if len(view.Unknown) > 0 {
		return fmt.Errorf("read-back of label %q: commands nobody can vouch for: %q", l.Name, view.Unknown)
	}
	if view.Copies != 1 {
		return fmt.Errorf("read-back of label %q: it would print %d copies, want 1", l.Name, view.Copies)
	}
	want, err := raster.Draw(l)
	if err != nil {
		return fmt.Errorf("read-back of label %q: %w", l.Name, err)
	}
	if !want.Equal(view.Dots) {
		return fmt.Errorf("read-back of label %q: it would print other dots than were laid out", l.Name)
	}
	return Label(l, view.Dots)
}

func symbol(res labels.Resolution, s labels.Symbol, d labels.Dots) error {
	w, h := s.Size()
	x, y := res.Dots(s.At.X), res.Dots(s.At.Y)
	sides, ends := s.Quiet()
	qx, qy := sides*s.ModuleDots, ends*s.ModuleDots
	if x < qx || y < qy || x+w+qx > d.W || y+h+qy > d.H {
		return &labels.MismatchError{Want: s, Why: "its quiet zone reaches past the label's edge"}
	}
	zone := d.Crop(x-qx, y-qy, w+2*qx, h+2*qy)
	if ix, iy, iw, ih := zone.Ink(); ix < qx || iy < qy || ix+iw > qx+w || iy+ih > qy+h {
		return &labels.MismatchError{Want: s, Why: "something is drawn in its quiet zone, or nothing at its place"}
	}
	zone = zone.Turn((360 - s.Turned) % 360)
	s.Turned = 0
	switch s.Symbology {
	case labels.QR, labels.GS1QR:
		return provesQR(s, zone)
	case labels.Aztec:
		return provesAztec(s, zone)
	case labels.DataMatrix, labels.GS1DataMatrix:
		return provesDataMatrix(s, zone)
	case labels.PDF417:
		return provesPDF417(s, zone)
	case labels.Code128, labels.GS1128:
		return everyRow(s, zone)
	case labels.EAN13, labels.EAN8, labels.UPCA, labels.UPCE, labels.ITF14,
		labels.Code39, labels.Code39Full, labels.Code93, labels.Codabar:
		return everyRow(s, betweenBearers(s, zone))
	case labels.MaxiCode:
		return provesMaxiCode(s, zone)
	case labels.IMb:
		return provesIMb(s, zone)
	default:
		return &labels.MismatchError{Want: s, Why: "there is no decoder for it"}
	}
}

// everyRow reads a linear symbol on every row of dots that differs from the
// one above it: a laser may cross it anywhere.
func everyRow(s labels.Symbol, zone labels.Dots) error {
	var last []byte
	for y := range zone.H {
		row := zone.Bits[y*zone.Stride : (y+1)*zone.Stride]
		if last != nil && bytes.Equal(row, last) {
			continue
		}
		last = row
		got, ok := readAs(s, bitRow(zone, y))
		switch {
		case !ok:
			return &labels.MismatchError{Want: s, Why: fmt.Sprintf("no scanner would read it on its row %d", y+1)}
		case got.symbology != s.Symbology || got.text != string(s.Payload):
			return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %s %q", got.symbology, got.text)}
		}
	}
	return nil
}
