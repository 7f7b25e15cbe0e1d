package driver

import (
	"strings"

	"waybill/scale"
)

// The measurements of Quantronix' Cubiscan dimensioners, which come when somebody
// measures at the machine or when it is told to. The places of the answer:
// Cubiscan 125 service manual p. 77, Cubiscan 325 service manual p. 54 (looked up
// 2026-11-28); what the bars in a field mean, by what the author of a program
// quotes of the same manual. It has no checksum; its places are fixed.
var cubiscanDriver = scale.Driver{
	Name:   "cubiscan",
	Doc:    "dimensioners that speak Cubiscan's language, as the 110, 125 and 325",
	Line:   "baud=9600&bits=8&parity=none&flow=none",
	Events: true,
	Open:   speaks(always(cubiscan)),
}

var cubiscan = language{
	name: "cubiscan", events: true, measure: []byte("\x02M\x03\r\n"),
	cut:  func(b []byte) (int, int) { return cutBetween(b, startOfText, lineFeed) },
	read: readCubiscan,
}

func readCubiscan(answer []byte) scale.Reading {
	s, ok := strings.CutSuffix(string(answer), "\x03\r\n")
	if ok {
		s, ok = strings.CutPrefix(s, "\x02")
	}
	if !ok {
		return garbled("half an answer: %.80q", answer)
	}
	switch {
	case s == "?N":
		return amiss(scale.Refused, "it does not know the command")
	case strings.HasPrefix(s, "MN"):
		return refusedCubiscan(s)
	case len(s) != 58 || !strings.HasPrefix(s, "MA") || s[2] != 'C' && s[2] != 'H':
		return garbled("no measurement: %.80q", answer)
	}
	// Places in the manual count STX as the first.
	at := func(from, n int) string { return s[from-2 : from-2+n] }
	for _, mark := range []struct {
		from int
		text string
	}{{11, ",L"}, {18, ",W"}, {25, ",H"}, {32, ","}, {34, ",K"}, {42, ",D"}, {50, ","}, {52, ",F"}, {58, ","}} {
		if at(mark.from, len(mark.text)) != mark.text {
			return garbled("no measurement: %.80q", answer)
		}
	}
	lengthUnit, weightUnit := "", ""
	switch at(33, 1) {
	case "E":
		lengthUnit = "in"
	case "M":
		lengthUnit = "cm"
	}
	switch at(51, 1) {
	case "E":
		weightUnit = "lb"
	case "M":
		weightUnit = "kg"
	}
	if lengthUnit == "" || weightUnit == "" || strings.Trim(at(54, 4), "0123456789 ") != "" || at(59, 1) != "D" && at(59, 1) != "I" {
		return garbled("no measurement: %.80q", answer)
	}
	return measured(at(13, 5), at(20, 5), at(27, 5), lengthUnit, at(36, 6), weightUnit)
}

// refusedCubiscan reads why nothing was measured.
func refusedCubiscan(s string) scale.Reading {
	why := "it does not say why"
	switch s[len(s)-1] {
	case 'C':
		why = "its corner sensor is at fault or covered"
	case 'M':
		why = "it could not measure"
	case 'Z':
		why = "it is not at zero"
	}
	return amiss(scale.NotMeasured, "%s (%.20q)", why, s)
}

// measured makes a reading of a dimensioner's fields. Bars instead of digits stand
// for under (_), not at rest (-) and over (~).
func measured(length, width, height, lengthUnit, weighed, weightUnit string) scale.Reading {
	var size scale.Size
	for _, side := range []struct {
		name, text string
		into       *scale.Length
	}{{"length", length, &size.Length}, {"width", width, &size.Width}, {"height", height, &size.Height}} {
		text := strings.Trim(side.text, " ")
		if c, bars := barred(text); bars {
			return amiss(scale.NotMeasured, "the %s is %s", side.name, c)
		}
		u, known := scale.LengthUnitNamed(lengthUnit)
		if !known {
			return amiss(scale.WrongUnit, "it measures in %q", lengthUnit)
		}
		l, err := scale.ParseLength(text, u)
		switch {
		case err != nil:
			return garbled("%s: %v", side.name, err)
		case l.Value <= 0:
			return amiss(scale.NotMeasured, "the %s is %s", side.name, l)
		}
		*side.into = l
	}
	if weighed == "" { // a dimensioner without a scale
		return scale.Reading{Size: size, Stable: true}
	}
	text := strings.Trim(weighed, " ")
	if c, bars := barred(text); bars {
		return amiss(c, "the weight is shown as %q", text)
	}
	r := weight(text, weightUnit)
	if r.Condition == scale.Fine {
		r.Size = size
	}
	return r
}

// barred reports whether a field holds bars instead of digits, and what they say.
func barred(text string) (scale.Condition, bool) {
	for bar, c := range map[string]scale.Condition{"_": scale.Under, "-": scale.Motion, "~": scale.Over} {
		if text != "" && strings.Trim(text, bar+".") == "" {
			return c, true
		}
	}
	return scale.Fine, false
}
