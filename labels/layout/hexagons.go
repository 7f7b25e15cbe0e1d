package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/barcode"
)

// hexagons draws a MaxiCode at the label's resolution: it has one size.
func (l *layout) hexagons(s *labels.Symbol, w, h int) error {
	s.ModuleDots = l.side(barcode.MaxiModule)
	s.Drawn = barcode.Hexagons(s.Modules, l.res)
	sides, ends := s.Quiet()
	needW, needH := s.Drawn.W+2*sides*s.ModuleDots, s.Drawn.H+2*ends*s.ModuleDots
	if needW > w || needH > h {
		return fmt.Errorf("%s of %q: needs %.1f by %.1f mm with its quiet zones, has %.1f by %.1f mm (give it a larger box: it has one size)", s.Symbology, s.Payload,
			mm(l.res.Length(needW)), mm(l.res.Length(needH)), mm(l.res.Length(w)), mm(l.res.Length(h)))
	}
	return nil
}
