package verify

import (
	"fmt"
	"math"

	"waybill/labels"
)

// A Report is what one symbol measures and how much printing it can bear.
//
// It is reckoned from the dots that a printer is told to burn, so it says what
// the drawing leaves to the print, not what the print made of it: contrast,
// modulation and defects (ISO/IEC 15416, 15415) are seen on paper only.
//
// Decodability is that of ISO/IEC 15416, and an estimate: the least of the
// symbol as drawn, with every bar one dot wider, and with every bar one dot
// narrower, which is what too hot and too cold a head do. GrowthTolerance is
// for symbols without such a measure and is our own: the symbol is read again
// with one dot more and one dot less around everything black; if that works, it
// is the part of a module that is left, in per cent, else 0.
type Report struct {
	ModuleDots float64 `json:"module_dots"`
	ModuleMM   float64 `json:"module_mm"`
	ModuleMil  float64 `json:"module_mil"`
	WidthMM    float64 `json:"width_mm"`
	HeightMM   float64 `json:"height_mm"`
	Quiet      Quiet   `json:"quiet"`

	Decodability    *int   `json:"decodability,omitempty"`     // per cent
	GrowthTolerance *int   `json:"growth_tolerance,omitempty"` // per cent
	Grade           string `json:"grade"`                      // A, B, C, D or F

	Rule     string    `json:"rule,omitempty"` // whose sizes it was held against
	Problems []Problem `json:"problems,omitempty"`
}

// Quiet is how much white there is around a symbol as it stands upright, in
// modules; more than MaxQuiet is not looked for. Above and below it only
// matters where the symbology has a zone there.
type Quiet struct {
	Left   float64  `json:"left"`
	Right  float64  `json:"right"`
	Top    *float64 `json:"top,omitempty"`
	Bottom *float64 `json:"bottom,omitempty"`
}

// MaxQuiet is the widest quiet zone that is measured, in modules.
const MaxQuiet = 20

// A Problem is one thing wrong with a symbol.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Codes of problems.
const (
	QuietZone     = "quiet_zone"
	ModuleTooFine = "module_too_small"
	ModuleTooWide = "module_too_large"
	TooLow        = "height_too_small"
	TooHigh       = "height_too_large"
	UnreadRows    = "unread_rows"
	NoCharset     = "charset_not_announced"
)

func (r *Report) problem(code, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{code, fmt.Sprintf(format, args...)})
}

// Inspect measures a symbol that was found on a picture for a printer of so
// many dots to the inch, and holds it against the rules of set; an empty set
// means whichever rule its content calls for.
func Inspect(d labels.Dots, res labels.Resolution, f Found, set string) Report {
	p := placeOf(d, f)
	mm := func(dots float64) float64 { return dots * 254 / float64(res) }
	r := Report{
		ModuleDots: round(f.module, 2), ModuleMM: round(mm(f.module), 3), ModuleMil: round(mm(f.module)/0.0254, 1),
		WidthMM: round(mm(float64(p.area.w)), 2), HeightMM: round(mm(float64(p.area.h)), 2),
	}
	if f.unannounced {
		r.problem(NoCharset, "it does not say in which character set it is written, so readers differ in what they make of it")
	}
	r.grade(p)
	p.quiet(&r)
	r.obey(f, set)
	return r
}

func round(v float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Round(v*scale) / scale
}

// A place is a symbol on its part of a picture, upright.
type place struct {
	Found
	d    labels.Dots
	area rect // of the symbol in d
}

// placeOf cuts a symbol out, with as much around it as a quiet zone may have
// where the picture goes on so far, and turns it upright.
func placeOf(d labels.Dots, f Found) place {
	margin := int(MaxQuiet*f.module) + 2
	x0, y0 := max(f.area.x-margin, 0), max(f.area.y-margin, 0)
	x1, y1 := min(f.area.x+f.area.w+margin, d.W), min(f.area.y+f.area.h+margin, d.H)
	part := d.Crop(x0, y0, x1-x0, y1-y0)
	back := (360 - f.Turned) % 360
	area := rect{f.area.x - x0, f.area.y - y0, f.area.w, f.area.h}
	return place{f, turn(part, back), turnRect(area, back, part.W, part.H)}
}

// turnRect returns where a part of a picture of w by h dots lies when that is
// turned clockwise.
func turnRect(r rect, degrees, w, h int) rect {
	switch degrees {
	case 90:
		return rect{h - r.y - r.h, r.x, r.h, r.w}
	case 180:
		return rect{w - r.x - r.w, h - r.y - r.h, r.w, r.h}
	case 270:
		return rect{r.y, w - r.x - r.w, r.h, r.w}
	}
	return r
}

// quiet measures the white around a symbol and holds it against what the
// symbology asks.
func (p place) quiet(r *Report) {
	a := p.area
	left, right := a.x, p.d.W-a.x-a.w
	for _, s := range stripsOf(p.d) {
		if s.last < a.y || s.first >= a.y+a.h {
			continue
		}
		for i, e := range s.edges {
			switch x := int(e); {
			case i%2 == 1 && x <= a.x:
				left = min(left, a.x-x)
			case i%2 == 1 && x > a.x && int(s.edges[i-1]) < a.x:
				left = 0
			case i%2 == 0 && x >= a.x+a.w:
				right = min(right, x-a.x-a.w)
			}
		}
	}
	modules := func(dots int) float64 { return min(round(float64(dots)/p.module, 1), MaxQuiet) }
	r.Quiet = Quiet{Left: modules(left), Right: modules(right)}
	sides, ends := p.Symbology.QuietModules()
	r.quietSide("left", r.Quiet.Left, sides)
	rightSides := sides
	if p.Symbology == labels.EAN13 || p.Symbology == labels.UPCE { // GS1 General Specifications: less behind than before
		rightSides = 7
	}
	r.quietSide("right", r.Quiet.Right, rightSides)
	if ends == 0 {
		return
	}
	top, bottom := modules(p.white(a.y-1, -1)), modules(p.white(a.y+a.h, 1))
	r.Quiet.Top, r.Quiet.Bottom = &top, &bottom
	r.quietSide("top", top, ends)
	r.quietSide("bottom", bottom, ends)
}

// white returns how many rows from y on are white as wide as the symbol.
func (p place) white(y, step int) (rows int) {
	for ; y >= 0 && y < p.d.H; y += step {
		for x := p.area.x; x < p.area.x+p.area.w; x++ {
			if p.d.Black(x, y) {
				return rows
			}
		}
		rows++
	}
	return rows
}

func (r *Report) quietSide(side string, have float64, want int) {
	if have < float64(want)-0.1 {
		r.problem(QuietZone, "its quiet zone (%s) is %.1f modules wide, of the %d that a reader needs: move what is beside it, or it from the label's edge", side, have, want)
	}
}
