package driver

import (
	"bytes"
	"strings"
	"time"

	"waybill/scale"
)

// The format in which Fairbanks instruments talk to UPS WorldShip. Its shape:
// Fairbanks FB2255 manual 51297 rev. 1, appendix 1, I (looked up 2026-11-28). It
// has no checksum.
var fairbanksDriver = scale.Driver{
	Name: "fairbanks",
	Doc:  "scales of Fairbanks and others set to the format UPS (WorldShip)",
	Line: "baud=9600&bits=8&parity=none&flow=none",
	Open: speaks(always(fairbanks)),
}

// EOT follows the line where the scale is overloaded; USB adapters keep it back
// for up to 16 ms.
var fairbanks = language{name: "fairbanks", ask: []byte("\r"), linger: 40 * time.Millisecond, cut: cutFairbanks, read: readFairbanks}

const (
	endOfTransmission = 0x04
	fairbanksLine     = 17 // characters, CR and LF with them
)

// cutFairbanks finds a line, with what is said behind it. A line's length is fixed,
// so noise before it falls off.
func cutFairbanks(b []byte) (from, to int) {
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return 0, 0
	}
	to = end + 2
	if to < len(b) && b[to] == endOfTransmission {
		to++
	}
	return max(0, end+2-fairbanksLine), to
}

func readFairbanks(answer []byte) scale.Reading {
	line, hiCap := strings.CutSuffix(string(answer), string(rune(endOfTransmission)))
	if hiCap {
		return amiss(scale.Over, "it marks the weight as too high, or was switched on with a load: %.40q", answer)
	}
	// XXXX.XX_lb_GR__ : the weight fills seven places.
	if len(line) != fairbanksLine || line[7] != ' ' || line[10] != ' ' || line[13:] != "  \r\n" {
		return garbled("no line of this format: %.40q", answer)
	}
	number, unit, mode := line[:7], line[8:10], line[11:13]
	if unit != "lb" && unit != "kg" {
		return garbled("no unit: %.40q", answer)
	}
	sign, digits := "", number
	if number[0] == '-' {
		sign, digits = "-", number[1:]
	}
	digits = strings.TrimLeft(digits, " ")
	if digits != "" && digits[0] == '.' { // leading zeros are blanks
		digits = "0" + digits
	}
	if strings.ContainsAny(digits, "+-") {
		return garbled("no weight: %.40q", answer)
	}
	r := weight(sign+digits, unit)
	switch mode {
	case "GR":
		return r
	case "gr":
		return moving(r)
	}
	return garbled("neither GR nor gr: %.40q", answer)
}
