package formview

import (
	"bytes"
	"strings"
)

// eplBegin is the letters of commands, with a number behind them, that an EPL2
// form begins with.
const eplBegin = "qQRSD"

// eplSettings is the letters of commands that change nothing on the label:
// speed, density, options, character set, backing up, and which end comes first.
const eplSettings = "SDOIJZ"

// epl does one command of EPL2.
func (p *page) epl(line string, behind []byte) (left []byte, err error) {
	name, args := line[:1], line[1:]
	switch {
	case line == "N":
		p.clear()
	case strings.HasPrefix(line, "GW"):
		return p.eplPicture(behind)
	case strings.HasPrefix(line, "LO"):
		n, ok := numbers(line[2:], 4, 4)
		if !ok || n[2] < 1 || n[3] < 1 {
			p.unknown(quoted(line))
			return nil, nil
		}
		p.add(mark{x: n[0], y: n[1], w: n[2], h: n[3]})
	case name == "P":
		n, ok := numbers(args, 1, 2)
		if !ok || n[0] < 1 || len(n) > 1 && n[1] < 1 {
			p.unknown(quoted(line))
			n = []int{1}
		}
		if p.moved {
			p.unknown("R after q, which takes the label out of the middle of the print head")
		}
		p.print(product(n))
	case name == "q":
		p.eplSize(line, &p.w, 1)
		p.centred, p.moved = true, false
	case name == "Q":
		p.eplSize(line, &p.h, 3)
	case line == "R0,0":
		p.moved = p.centred
	case strings.Contains(eplSettings, name):
	default:
		p.unknown(quoted(line))
	}
	return nil, nil
}

// eplSize sets a side of the label. Both commands clear what is drawn.
func (p *page) eplSize(line string, side *int, most int) {
	p.settle(line[:1])
	n, ok := numbers(strings.TrimPrefix(line[1:], " "), 1, most)
	if !ok || n[0] < 1 || n[0] > maxSide {
		p.unknown(quoted(line))
		return
	}
	*side = n[0]
}

// eplPicture draws the GW that form begins with.
func (p *page) eplPicture(form []byte) (left []byte, err error) {
	head, data, ok := cutCommas(form, 4)
	if !ok {
		p.unknown(quoted(string(head)))
		return nil, nil
	}
	n, ok := numbers(string(head[len("GW"):]), 4, 4)
	if !ok || n[2] < 1 || n[3] < 1 {
		p.unknown(quoted(string(head)))
		return nil, nil
	}
	return p.picture(n[0], n[1], n[2], n[3], data)
}

// cutCommas divides b behind its n-th comma, which must be near.
func cutCommas(b []byte, n int) (head, rest []byte, ok bool) {
	at := 0
	near := b[:min(len(b), maxLine)]
	for range n {
		k := bytes.IndexByte(near[at:], ',')
		if k < 0 {
			return near[:min(len(near), 40)], nil, false
		}
		at += k + 1
	}
	return b[:at-1], b[at:], true
}

func product(n []int) int {
	all := 1
	for _, v := range n {
		all *= v
	}
	return all
}
