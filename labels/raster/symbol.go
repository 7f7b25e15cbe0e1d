package raster

import "waybill/labels"

// SymbolBoxes returns rectangles that cover the black dots of a symbol, each
// dot once, from its own top left corner. They are those of its drawing, found
// among the modules, of which there are fewer.
func SymbolBoxes(s labels.Symbol) []Box {
	if s.Drawn.W > 0 || s.BearerModules > 0 {
		return Boxes(s.Drawing())
	}
	w, h := s.ModuleDots, s.ModuleDots
	if s.HeightDots > 0 {
		h = s.HeightDots
	}
	if s.Turned%180 != 0 {
		w, h = h, w
	}
	boxes := Boxes(s.Modules.Turn(s.Turned))
	for i, b := range boxes {
		boxes[i] = Box{b.X * w, b.Y * h, b.W * w, b.H * h}
	}
	return boxes
}
