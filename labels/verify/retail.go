package verify

import (
	"math"
	"strings"
	"sync"

	"waybill/labels"
)

// retailSets are the digits of EAN and UPC: on the left number sets A and B,
// which begin with a space, on the right set C, which begins with a bar and
// has the widths of set A (ISO/IEC 15420, table 1).
const (
	retailA = "3211 2221 2122 1411 1132 1231 1114 1312 1213 3112"
	retailB = "1123 1222 2212 1141 2311 1321 4111 2131 3121 2113"
)

var (
	retailLeft  = sync.OnceValue(func() *widths { return newWidths(7, 1, strings.Fields(retailA+" "+retailB)) })
	retailRight = sync.OnceValue(func() *widths { return newWidths(7, 0, strings.Fields(retailA)) })
)

// Which digits on the left are of set B, the first in the highest bit: by the
// first digit of an EAN-13, and by the check digit of a UPC-E of number system
// 0; in number system 1 it is the other way round (ISO/IEC 15420, tables 4 and 5).
const (
	ean13Sets = "\x00\x0b\x0d\x0e\x13\x19\x1c\x15\x16\x1a"
	upceSets  = "\x38\x34\x32\x31\x2c\x26\x23\x2a\x29\x25"
)

// A retailShape is how an EAN or UPC is built.
type retailShape struct {
	symbology           labels.Symbology
	left, right         int // digits
	middle, end         int // bars and spaces of the guards
	modules, guardWidth int // of the whole; of the guard bars at its end
}

func retailShapes() [3]retailShape {
	return [3]retailShape{
		{labels.EAN13, 6, 6, 5, 3, 95, 3},
		{labels.EAN8, 4, 4, 5, 3, 67, 3},
		{labels.UPCE, 6, 0, 0, 6, 51, 6},
	}
}

// readRetail reads the EAN or UPC that begins with the first edge. Its
// decodability is what the edges of any digit leave of half a module, and for
// the digits that only their bars tell apart, these of one module.
func readRetail(e []int32) (linear, bool) {
	if len(e) < 34 || !near(e[2]-e[0], e[3]-e[1], 2) { // the guard's edges are even
		return linear{}, false
	}
	for _, loose := range [...]bool{false, true} {
		for _, shape := range retailShapes() {
			if loose && shape.modules < 95 { // too short to be believed so
				continue
			}
			if r, ok := shape.read(e, loose); ok {
				return r, true
			}
		}
	}
	return linear{}, false
}

func (s retailShape) read(e []int32, loose bool) (r linear, ok bool) {
	n := 3 + 4*s.left + s.middle + 4*s.right + s.end
	if len(e) <= n {
		return r, false
	}
	module := float64(e[n]-e[0]) / float64(s.modules)
	if !guard(e[:4], module) || !guard(e[3+4*s.left:][:max(s.middle, s.end)+1], module) || !guard(e[n-3:][:4], module) {
		return r, false
	}
	r = linear{edges: n, module: module, margin: 1}
	left, sets, ok := r.digits(e[3:], s.left, retailLeft(), loose)
	if !ok {
		return r, false
	}
	right, _, ok := r.digits(e[3+4*s.left+s.middle:], s.right, retailRight(), loose)
	if !ok || r.margin <= 0 && !loose {
		return r, false
	}
	return r, r.number(s.symbology, left, right, sets)
}

// guard reports whether bars and spaces are of one module each.
func guard(e []int32, module float64) bool {
	for i := range len(e) - 2 {
		if math.Abs(float64(e[i+2]-e[i])-2*module) > module {
			return false
		}
	}
	return true
}

// digits reads n digits, and which of them are of set B.
func (r *linear) digits(e []int32, n int, t *widths, loose bool) (text string, sets byte, ok bool) {
	var b strings.Builder
	for i := range n {
		m, ok := t.read(e[4*i:], loose)
		if !ok || math.Abs(float64(e[4*i+4]-e[4*i])-7*r.module) > 1.5*r.module {
			return "", 0, false
		}
		r.margin = min(r.margin, m.margin)
		if m.ratio > 1 {
			r.margin = min(r.margin, 1-math.Abs(m.excess))
		}
		b.WriteByte(byte('0' + m.value%10))
		sets = sets<<1 | byte(m.value/10)
	}
	return b.String(), sets, true
}

// number puts the digits together, which tell their check digit or are told by
// it.
func (r *linear) number(s labels.Symbology, left, right string, sets byte) bool {
	r.symbology, r.aim = s, "]E0"
	switch s {
	case labels.EAN8:
		r.text, r.aim = left+right, "]E4"
		return sets == 0 && rightCheck(r.text)
	case labels.UPCE:
		system := "0"
		check := strings.IndexByte(upceSets, sets)
		if check < 0 {
			system, check = "1", strings.IndexByte(upceSets, ^sets&0x3f)
		}
		if check < 0 {
			return false
		}
		r.text = system + left + string(rune('0'+check))
		return rightCheck(longUPC(r.text))
	default:
		first := strings.IndexByte(ean13Sets, sets)
		if first < 0 {
			return false
		}
		r.text = string(rune('0'+first)) + left + right
		if !rightCheck(r.text) {
			return false
		}
		if first == 0 { // readers report it so, though the bars are the same
			r.symbology, r.text = labels.UPCA, r.text[1:]
		}
		return true
	}
}

// rightCheck reports whether a number ends with its GS1 check digit.
func rightCheck(number string) bool {
	sum := 0
	for i := range len(number) {
		n := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			n *= 3
		}
		sum += n
	}
	return sum%10 == 0
}

// longUPC returns the UPC-A for which the eight digits of a UPC-E stand.
func longUPC(e string) string {
	head, maker, last, check := e[:1], e[1:6], e[6:7], e[7:]
	switch last {
	case "0", "1", "2":
		return head + maker[:2] + last + "0000" + maker[2:] + check
	case "3":
		return head + maker[:3] + "00000" + maker[3:] + check
	case "4":
		return head + maker[:4] + "00000" + maker[4:] + check
	}
	return head + maker + "0000" + last + check
}
