package labels

// Size returns the width and height in dots of the symbol as it stands on the
// label, without quiet zone.
func (s Symbol) Size() (w, h int) {
	w, h = s.uprightSize()
	if s.Turned%180 != 0 {
		return h, w
	}
	return w, h
}

func (s Symbol) uprightSize() (w, h int) {
	if s.Drawn.W > 0 {
		return s.Drawn.W, s.Drawn.H
	}
	w, h = s.Modules.W*s.ModuleDots, s.HeightDots
	if h == 0 {
		h = s.Modules.H * s.ModuleDots
	}
	return w, h
}

// special draws the symbols that are more than enlarged modules.
func (s Symbol) special() Dots {
	if s.Drawn.W > 0 {
		return s.Drawn
	}
	d := s.Modules.Enlarge(s.ModuleDots, max(s.HeightDots, 1))
	t := s.BearerModules * s.ModuleDots
	d.FillRect(0, 0, d.W, t)
	d.FillRect(0, d.H-t, d.W, t)
	return d
}

// otherQuietModules is QuietModules for linear and postal symbols.
func (s Symbology) otherQuietModules() (sides, ends int) {
	switch s {
	case EAN13:
		return 11, 0
	case EAN8:
		return 7, 0
	case UPCA, UPCE:
		return 9, 0
	case ITF14, Code39, Code39Full, Code93, Codabar:
		return 10, 0
	case IMb: // USPS Quick Service Guide 201a, citing DMM 202.5.0: 0.125 inch at the sides, 0.028 above and below
		return 6, 2
	case MaxiCode:
		return 1, 1
	default:
		return 10, 10
	}
}

// Symbologies names every symbology there is.
func Symbologies() []Symbology {
	return []Symbology{
		Code128, GS1128, QR, GS1QR, Aztec, DataMatrix, GS1DataMatrix, PDF417,
		EAN13, EAN8, UPCA, UPCE, ITF14, Code39, Code39Full, Code93, Codabar, IMb, MaxiCode,
	}
}
