package labelproof

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"waybill/labels"
)

// aims are the symbology identifiers (ISO/IEC 15424) under which ZXing reports
// our symbols; names are what zbar calls them.
func aims(s labels.Symbology) (aims, names []string) {
	switch s {
	case labels.Code128:
		return []string{"]C0"}, []string{"CODE-128"}
	case labels.GS1128:
		return []string{"]C1"}, []string{"CODE-128"}
	case labels.QR:
		return []string{"]Q1", "]Q2"}, []string{"QR-Code"}
	case labels.GS1QR:
		return []string{"]Q3"}, []string{"QR-Code"}
	case labels.Aztec:
		return []string{"]z0", "]z3"}, nil
	case labels.DataMatrix:
		return []string{"]d1", "]d4"}, nil
	case labels.GS1DataMatrix:
		return []string{"]d2"}, nil
	case labels.EAN13:
		return []string{"]E0"}, []string{"EAN-13", "UPC-A"}
	case labels.EAN8:
		return []string{"]E4"}, []string{"EAN-8"}
	case labels.UPCA:
		return []string{"]E0"}, []string{"UPC-A"}
	case labels.UPCE:
		return []string{"]E0"}, []string{"UPC-E"}
	case labels.ITF14:
		return []string{"]I0", "]I1"}, []string{"I2/5"}
	case labels.Code39:
		return []string{"]A0", "]A1"}, []string{"CODE-39"}
	case labels.Code39Full:
		return []string{"]A4", "]A5"}, nil
	case labels.Code93:
		return []string{"]G0"}, []string{"CODE-93"}
	case labels.Codabar:
		return []string{"]F0"}, []string{"Codabar"}
	case labels.PDF417:
		return []string{"]L0", "]L1", "]L2"}, nil
	case labels.MaxiCode:
		return []string{"]U0", "]U1"}, nil
	case labels.IMb:
	}
	return nil, nil
}

// is reports whether r is what a reader makes of s, to the last byte. What
// readers add or leave out by custom is spelt out here, symbology by symbology.
func (r Read) is(s labels.Symbology, payload string) bool {
	aim, names := aims(s)
	if r.Identifier != "" && !slices.Contains(aim, r.Identifier) && !slices.Contains(names, r.Identifier) {
		return false
	}
	if r.Text != "" && !ascii(payload) { // there the bytes may be those of another character set
		return r.Text == payload
	}
	if r.Bytes == payload {
		return true
	}
	switch s {
	case labels.EAN13: // one that begins with 0 is a UPC-A to some
		return r.Bytes == strings.TrimPrefix(payload, "0")
	case labels.UPCA: // and the other way round
		return r.Bytes == "0"+payload
	case labels.UPCE:
		return r.Bytes == "0"+upcA(payload)
	case labels.Code39Full: // ]A5 says that the check character comes along
		return r.Identifier == "]A5" && len(r.Bytes) > 0 && r.Bytes[:len(r.Bytes)-1] == payload
	default:
		return false
	}
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// upcA returns the UPC-A that a UPC-E of eight digits stands for.
func upcA(e string) string {
	if len(e) != 8 {
		return ""
	}
	d, check := e[1:7], e[7:]
	switch d[5] {
	case '0', '1', '2':
		return e[:1] + d[:2] + d[5:] + "0000" + d[2:5] + check
	case '3':
		return e[:1] + d[:3] + "00000" + d[3:5] + check
	case '4':
		return e[:1] + d[:4] + "00000" + d[4:5] + check
	}
	return e[:1] + d[:5] + "0000" + d[5:] + check
}

// A Verdict is what a decoder made of one symbol of a label.
type Verdict struct {
	Symbol labels.Symbol
	OK     bool
	Exempt string // why the decoder is not asked
	Got    string // what it said, where it is wrong
}

// Match holds what a decoder read in a picture of l against l's symbols. Extra
// are the readings that belong to none of them.
func (d Decoder) Match(l labels.Label, reads []Read) (verdicts []Verdict, extra []Read) {
	used := make([]bool, len(reads))
	for _, item := range l.Items {
		s, ok := item.(labels.Symbol)
		if !ok {
			continue
		}
		v := Verdict{Symbol: s, Exempt: d.CannotRead[s.Symbology]}
		if v.Exempt == "" && !ascii(string(s.Payload)) {
			v.Exempt = d.ASCIIOnly[s.Symbology]
		}
		var said []string
		for i, r := range reads {
			if !r.within(l.Resolution, s) {
				continue
			}
			if r.is(s.Symbology, string(s.Payload)) {
				v.OK, used[i] = true, true
			} else if r.X >= 0 {
				said = append(said, fmt.Sprintf("%s %q", r.Identifier, r.Bytes))
				used[i] = true
			}
		}
		if v.OK {
			v.Exempt = "" // it can, so it counts
		} else if v.Exempt == "" {
			v.Got = strings.Join(said, ", ")
		}
		verdicts = append(verdicts, v)
	}
	for i, r := range reads {
		if !used[i] {
			extra = append(extra, r)
		}
	}
	return verdicts, extra
}

// within reports whether r was read at the place of s, as far as the decoder
// says.
func (r Read) within(res labels.Resolution, s labels.Symbol) bool {
	if r.X < 0 {
		return true
	}
	w, h := s.Size()
	x, y := res.Dots(s.At.X), res.Dots(s.At.Y)
	return r.X >= x && r.X <= x+w && r.Y >= y && r.Y <= y+h
}
