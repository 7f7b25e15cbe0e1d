package virtual

import (
	"bytes"
	"fmt"
	"strings"

	"waybill/scale"
)

// A speech is a language as the scale has it.
type speech struct {
	asked    func(b []byte) bool // b is a whole question, to be answered or not
	unasked  bool                // it speaks by itself
	repeat   func(question []byte) bool
	answer   func(d display, question []byte) []byte
	measured func(d display, sides [3]int64, origin byte) []byte
}

func speeches() map[string]speech {
	line := func(b []byte) bool { return bytes.HasSuffix(b, []byte("\r\n")) }
	carriageReturn := func(b []byte) bool { return bytes.HasSuffix(b, []byte("\r")) }
	letter := func(b []byte) bool { return len(b) == 1 }
	never := func([]byte) bool { return false }
	mute := func(display, []byte) []byte { return nil }
	return map[string]speech{
		"mt-sics":           {asked: line, answer: saySICS},
		"mt-sics-repeat":    {asked: line, answer: saySICS, repeat: func(q []byte) bool { return string(q) == "SIR\r\n" }},
		"toledo-8217":       {asked: letter, answer: say8217},
		"toledo-continuous": {asked: never, unasked: true, answer: sayContinuous},
		"nci":               {asked: carriageReturn, answer: sayNCI},
		"fairbanks":         {asked: carriageReturn, answer: sayFairbanks},
		"cubiscan":          {asked: line, answer: sayCubiscan, measured: measureCubiscan},
		"dimension-line":    {asked: never, answer: mute, measured: measureLine},
	}
}

// number writes what the display shows.
func (d display) number() string {
	digits := fmt.Sprintf("%0*d", d.places+1, max(d.value, -d.value))
	if d.places > 0 {
		digits = digits[:len(digits)-d.places] + "." + digits[len(digits)-d.places:]
	}
	if d.value < 0 {
		return "-" + digits
	}
	return digits
}

// zeros fills a number up with leading zeros.
func zeros(number string, width int) string {
	return strings.Repeat("0", max(0, width-len(number))) + number
}

func saySICS(d display, question []byte) []byte {
	status := "S"
	if d.moving {
		status = "D"
	}
	switch q := strings.TrimSuffix(string(question), "\r\n"); {
	case q != "" && q != "SI" && q != "SIR" && q != "S":
		return []byte("ES\r\n")
	case d.over:
		return []byte("S +\r\n")
	case d.under || d.awaking:
		return []byte("S -\r\n")
	}
	return fmt.Appendf(nil, "S %s %10s %s\r\n", status, d.number(), d.unit)
}

func say8217(d display, question []byte) []byte {
	status := byte(0x60)
	for _, bit := range []struct {
		set bool
		bit byte
	}{{d.moving, 1}, {d.over, 2}, {d.under, 4}, {d.awaking, 8}, {d.value == 0, 16}} {
		if bit.set {
			status |= bit.bit
		}
	}
	tail := "\r"
	if d.net {
		tail = "N\r"
	}
	switch {
	case string(question) != "W", d.moving, d.over, d.under, d.awaking:
		return []byte{0x02, '?', status, '\r'}
	case d.places == 0:
		return fmt.Appendf(nil, "\x02%05d%s", d.value, tail)
	}
	return fmt.Appendf(nil, "\x02%s%s", zeros(d.number(), 6), tail)
}

func sayNCI(d display, question []byte) []byte {
	if string(question) != "W\r" {
		return []byte("\n?\r\x03")
	}
	status := []byte{0x30, 0x30}
	if d.moving {
		status[0] |= 1
	}
	if d.value == 0 {
		status[0] |= 2
	}
	field := d.number()
	switch {
	case d.under:
		status[1] |= 1
		field = "______"
	case d.over:
		status[1] |= 2
		field = "^^^^^^"
	case d.awaking:
		field = "------"
	}
	if d.net {
		status[1] |= 0x40
		status = append(status, 0x34)
	}
	return fmt.Appendf(nil, "\n%7s%s\r\n%s\r\x03", field, d.unit, status)
}

func sayFairbanks(d display, _ []byte) []byte {
	mode, end := "GR", ""
	if d.moving {
		mode = "gr"
	}
	if d.over || d.awaking {
		end = "\x04"
	}
	number := fmt.Sprintf("%7s", d.number())
	if d.under {
		number = fmt.Sprintf("-%6s", strings.TrimPrefix(d.number(), "-"))
	}
	return fmt.Appendf(nil, "%s %s %s  \r\n%s", number, d.unit, mode, end)
}

func sayContinuous(d display, _ []byte) []byte {
	a, b, c := byte(0x28|d.places+2), byte(0x20), byte(0x20)
	for _, bit := range []struct {
		set bool
		bit byte
	}{{d.net, 1}, {d.value < 0, 2}, {d.over, 4}, {d.moving, 8}, {d.unit == scale.Kilogram, 16}, {d.awaking, 64}} {
		if bit.set {
			b |= bit.bit
		}
	}
	if d.unit == scale.Gram {
		c |= 1
	}
	frame := fmt.Appendf(nil, "\x02%c%c%c%6d%06d\r", a, b, c, min(max(d.value, -d.value), 999_999), 0)
	var sum byte
	for _, x := range frame {
		sum += x & 0x7f
	}
	return append(frame, -sum&0x7f)
}

func sayCubiscan(d display, question []byte) []byte {
	if string(question) == "\x02M\x03\r\n" {
		return measureCubiscan(d, [3]int64{300, 200, 100}, 'H')
	}
	return []byte("\x02?N\x03\r\n")
}

func measureCubiscan(d display, sides [3]int64, origin byte) []byte {
	system := "M"
	if d.unit == scale.Pound {
		system = "E"
	}
	weighed := zeros(d.number(), 6)
	switch {
	case d.over:
		weighed = "~~~~~~"
	case d.under:
		weighed = "______"
	case d.moving:
		weighed = "------"
	}
	field := func(tenths int64) string {
		if tenths <= 0 {
			return "_____"
		}
		return fmt.Sprintf("%03d.%d", tenths/10, tenths%10)
	}
	return fmt.Appendf(nil, "\x02MA%cBENCH1,L%s,W%s,H%s,%s,K%s,D000.00,%s,F5000,D\x03\r\n",
		origin, field(sides[0]), field(sides[1]), field(sides[2]), system, weighed, system)
}

func measureLine(_ display, sides [3]int64, _ byte) []byte {
	return fmt.Appendf(nil, "%d.%d,%d.%d,%d.%d\r\n", sides[0]/10, sides[0]%10, sides[1]/10, sides[1]%10, sides[2]/10, sides[2]%10)
}
