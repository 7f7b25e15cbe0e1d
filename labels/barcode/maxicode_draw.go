package barcode

import "waybill/labels"

// The measures of a MaxiCode in micrometres (ISO/IEC 16023): they are
// fixed, whatever the printer.
const (
	// MaxiModule is the distance of neighbouring modules on a row.
	MaxiModule = 880 * labels.Micrometre

	maxiRow      = 762 // distance of rows: 880 times half the root of 3
	maxiHalfRise = 508 // from a hexagon's middle to its upper corner
	maxiWidth    = 30 * 880
	maxiHeight   = 32*maxiRow + 2*maxiHalfRise
)

// maxiRings are the outer radii of the finder's rings, black and white in turn.
var maxiRings = [6]int64{3870, 3200, 2530, 1860, 1180, 510}

// Hexagons returns the dots of a MaxiCode's modules at resolution res: a dot is
// black whose middle lies in a black hexagon or in a black ring of the finder.
// It reckons in whole numbers, so that every machine draws the same.
func Hexagons(modules labels.Dots, res labels.Resolution) labels.Dots {
	d := labels.NewDots(res.Dots(maxiWidth), res.Dots(maxiHeight))
	if res <= 0 {
		return d
	}
	// Lengths are counted in parts of a micrometre of which a dot has a whole,
	// even number.
	unit := int64(res)
	dot := int64(10 * labels.Inch)
	for y := range modules.H {
		cy := (maxiHalfRise + int64(y)*maxiRow) * unit
		for x := range modules.W {
			if !modules.Black(x, y) {
				continue
			}
			cx := (int64(MaxiModule)/2 + int64(x)*int64(MaxiModule) + int64(y%2)*int64(MaxiModule)/2) * unit
			fillWhere(d, cx, cy, maxiHalfRise*unit, dot, func(dx, dy int64) bool {
				half := int64(MaxiModule) / 2 * unit
				dx, dy = max(dx, -dx), max(dy, -dy)
				return dx <= half && 1000*dx+1732*dy <= 2000*half
			})
		}
	}
	cx, cy := (int64(MaxiModule)*14+int64(MaxiModule)/2)*unit, (maxiHalfRise+16*maxiRow)*unit
	fillWhere(d, cx, cy, maxiRings[0]*unit, dot, func(dx, dy int64) bool {
		rings := 0
		for _, r := range maxiRings {
			if dx*dx+dy*dy <= r*unit*r*unit {
				rings++
			}
		}
		return rings%2 == 1
	})
	return d
}

// fillWhere blackens the dots within reach of cx, cy for whose middles inside
// holds.
func fillWhere(d labels.Dots, cx, cy, reach, dot int64, inside func(dx, dy int64) bool) {
	for py := max((cy-reach)/dot, 0); py <= (cy+reach)/dot; py++ {
		for px := max((cx-reach)/dot, 0); px <= (cx+reach)/dot; px++ {
			if inside(px*dot+dot/2-cx, py*dot+dot/2-cy) {
				d.Set(int(px), int(py))
			}
		}
	}
}
