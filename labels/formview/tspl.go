package formview

import (
	"slices"
	"strconv"
	"strings"

	"waybill/labels"
)

// tsplBegin is the commands that a TSPL form begins with.
var tsplBegin = []string{"SIZE", "GAP", "BLINE", "CLS", "DIRECTION", "REFERENCE", "SPEED", "DENSITY", "CODEPAGE", "SET"}

// tsplSettings is the commands that change nothing on the label.
var tsplSettings = []string{"GAP", "BLINE", "SPEED", "DENSITY", "CODEPAGE", "COUNTRY", "SOUND"}

// tspl does one command of TSPL.
func (p *page) tspl(line string, behind []byte) (left []byte, err error) {
	name, args, _ := strings.Cut(line, " ")
	if name = strings.ToUpper(name); name == "BITMAP" {
		return p.tsplPicture(behind)
	}
	if name == "CLS" {
		p.clear()
		return nil, nil
	}
	if name == "SIZE" {
		p.settle(name)
		p.tsplSize(line, args)
		return nil, nil
	}
	n, ok := numbers(args, 1, 4)
	switch {
	case name == "BAR" && len(n) == 4 && n[2] > 0 && n[3] > 0:
		p.add(mark{x: n[0], y: n[1], w: n[2], h: n[3]})
	case name == "PRINT" && (len(n) == 1 || len(n) == 2) && product(n) > 0:
		p.print(product(n))
	case name == "DIRECTION" && (len(n) == 1 || len(n) == 2 && n[1] == 0) && n[0] < 2:
		p.settle(name)
		p.turn = 180 * n[0]
	case name == "REFERENCE" && len(n) == 2:
		p.settle(name)
		p.x, p.y = n[0], n[1]
	case slices.Contains(tsplSettings, name):
	default:
		p.unknown(quoted(line))
		if name == "PRINT" || !ok && strings.HasPrefix(name, "PRINT") {
			p.print(1) // what is known is shown all the same
		}
	}
	return nil, nil
}

// tsplSize sets the label's size: in inches, or with the units mm or dot.
func (p *page) tsplSize(line, args string) {
	wide, high, ok := strings.Cut(args, ",")
	w, okW := p.tsplLength(wide)
	h, okH := p.tsplLength(high)
	if !ok || !okW || !okH || w < 1 || h < 1 || w > maxSide || h > maxSide {
		p.unknown(quoted(line))
		return
	}
	p.w, p.h = w, h
}

// tsplLength returns a length in whole dots; half a dot at the edge is none.
func (p *page) tsplLength(s string) (dots int, ok bool) {
	number, unit, _ := strings.Cut(strings.TrimSpace(s), " ")
	v, err := strconv.ParseFloat(number, 64)
	const most = 1e6
	if err != nil || !(v >= 0 && v < most) {
		return 0, false
	}
	micrometres := labels.Inch
	switch unit {
	case "mm":
		micrometres = labels.Millimetre
	case "dot":
		return int(v), true
	case "":
	default:
		return 0, false
	}
	l := labels.Length(v*float64(micrometres) + 0.5)
	dots, _ = labels.Label{Width: l, Resolution: p.res}.Size()
	return dots, true
}

// tsplPicture draws the BITMAP that form begins with, which covers what is
// there.
func (p *page) tsplPicture(form []byte) (left []byte, err error) {
	head, data, ok := cutCommas(form, 5)
	if !ok {
		p.unknown(quoted(string(head)))
		return nil, nil
	}
	n, ok := numbers(string(head[len("BITMAP"):]), 5, 5)
	if !ok || n[2] < 1 || n[3] < 1 || n[4] > 1 {
		p.unknown(quoted(string(head)))
		return nil, nil
	}
	return p.picture(n[0], n[1], n[2], n[3], data)
}
