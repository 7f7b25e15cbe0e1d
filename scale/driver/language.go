package driver

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"waybill/scale"
)

// A language is what a kind of scale speaks. Its functions are pure.
type language struct {
	name    string
	ask     []byte // what is sent for a reading; nil: the scale speaks by itself
	repeats bool   // one question has many answers
	events  bool   // it speaks only when there is something new; silence is no fault
	measure []byte // what orders a measurement; nil: nothing does
	// linger is for what may follow a whole answer, or may not.
	linger time.Duration
	// cut returns where the first whole answer in b is, which cannot be empty; to
	// is 0 where there is none yet. What stands before it is noise.
	cut func(b []byte) (from, to int)
	// read returns what an answer says. What is not exactly an answer of the
	// language is a reading with the condition Garbled.
	read func(answer []byte) scale.Reading
}

// weight returns a reading at rest.
func weight(number, unit string) scale.Reading {
	u, known := scale.UnitNamed(unit)
	if !known {
		return amiss(scale.WrongUnit, "it weighs in %q, which is none of g, kg, lb, oz", unit)
	}
	w, err := scale.ParseWeight(strings.Trim(number, " "), u)
	if err != nil {
		return garbled("%v", err)
	}
	return scale.Reading{Weight: w, Stable: true}
}

// amiss returns a reading without a weight.
func amiss(c scale.Condition, format string, args ...any) scale.Reading {
	return scale.Reading{Condition: c, Detail: fmt.Sprintf(format, args...)}
}

func garbled(format string, args ...any) scale.Reading { return amiss(scale.Garbled, format, args...) }

// moving returns r, whose weight is still changing.
func moving(r scale.Reading) scale.Reading {
	if r.Condition == scale.Fine {
		r.Stable, r.Condition = false, scale.Motion
	}
	return r
}

// net returns r, which is what is left after a tare.
func net(r scale.Reading) scale.Reading {
	if r.Condition == scale.Fine || r.Condition == scale.Motion {
		r.Condition = scale.Net
	}
	return r
}

// finish applies what the configuration says to what a language has read.
func finish(r scale.Reading, o scale.Options) scale.Reading {
	blank := func(c scale.Condition, format string, args ...any) scale.Reading {
		return scale.Reading{Condition: c, Detail: fmt.Sprintf(format, args...)}
	}
	if r.Condition == scale.Net && o.Net {
		r.Condition = scale.Fine
		if !r.Stable {
			r.Condition = scale.Motion
		}
	}
	switch {
	case r.Weight.Unit != "" && o.Unit != "" && r.Weight.Unit != o.Unit:
		return blank(scale.WrongUnit, "it weighs in %s, the configuration says %s", r.Weight.Unit, o.Unit)
	case r.Size != (scale.Size{}) && o.LengthUnit != "" && r.Size.Length.Unit != o.LengthUnit:
		return blank(scale.WrongUnit, "it measures in %s, the configuration says %s", r.Size.Length.Unit, o.LengthUnit)
	case r.Weight.Value < 0 && (r.Condition == scale.Fine || r.Condition == scale.Net):
		return blank(scale.Under, "it shows %s", r.Weight)
	case r.Condition != scale.Fine && r.Condition != scale.Motion && r.Condition != scale.Net:
		return blank(r.Condition, "%s", r.Detail)
	}
	return r
}

// hint says of bytes that are no answer of a language what they may be.
func hint(l language, b []byte) string {
	plain := make([]byte, len(b))
	for i, c := range b {
		plain[i] = c & 0x7f
	}
	if !bytes.Equal(plain, b) {
		if understood(l, plain) {
			return "; it seems to be set to 7 bits and parity: add bits=7&parity=even or parity=odd to the link"
		}
		return "; that is noise, or another baud rate or parity"
	}
	for _, other := range languages() {
		if other.name != l.name && understood(other, b) {
			return "; it seems to speak the language of the driver " + other.name
		}
	}
	return ""
}

// understood reports whether there is a whole answer in b.
func understood(l language, b []byte) bool {
	from, to := l.cut(b)
	return to > 0 && l.read(b[from:to]).Condition != scale.Garbled
}

// languages returns those that can be told from what a scale says.
func languages() []language {
	return []language{sics, toledo8217("g"), toledoContinuous, nci, fairbanks, cubiscan}
}

// cutLine finds a line that ends with CR LF.
func cutLine(b []byte) (from, to int) {
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return 0, 0
	}
	return 0, end + 2
}

// cutBetween finds what stands between two marks, with them. Of a start without an
// end, only the last before an end counts.
func cutBetween(b []byte, start, end byte) (from, to int) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], start)
		if i < 0 {
			return 0, 0
		}
		from = at + i
		j := bytes.IndexByte(b[from:], end)
		if j < 0 {
			return 0, 0
		}
		to = from + j + 1
		if again := bytes.LastIndexByte(b[from+1:to], start); again >= 0 {
			at = from + 1 + again
			continue
		}
		return from, to
	}
}
