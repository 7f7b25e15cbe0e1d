package driver

import (
	"bytes"
	"strings"

	"waybill/scale"
)

// The protocol SCP-01 of NCI and Weigh-Tronix, which Brecknell, Ohaus, Fairbanks
// (as P Ship) and others speak too. Its shape: NCI 6702 manual p. 14, NCI 7800
// manual p. 32; the third and fourth byte of the status: Ohaus Aviator 7000
// service manual p. 49 (looked up 2026-11-28). It has no checksum.
var nciDriver = scale.Driver{
	Name: "nci",
	Doc:  "scales of Weigh-Tronix, NCI, Brecknell, Ohaus and others that speak NCI SCP-01; Fairbanks set to P Ship",
	Line: "baud=9600&bits=7&parity=even&flow=none",
	Open: speaks(always(nci)),
}

var nci = language{name: "nci", ask: []byte("W\r"), cut: cutNCI, read: readNCI}

const (
	lineFeed  = 0x0a
	endOfText = 0x03
)

// cutNCI finds an answer: one or two lines, each between LF and CR, and ETX.
func cutNCI(b []byte) (from, to int) {
	end := bytes.IndexByte(b, endOfText)
	if end < 0 {
		return 0, 0
	}
	from = bytes.LastIndexByte(b[:end], lineFeed)
	if from < 0 {
		return 0, end + 1 // noise that ends as an answer does: let read say so
	}
	if from > 0 && b[from-1] == '\r' {
		if first := bytes.LastIndexByte(b[:from-1], lineFeed); first >= 0 && bytes.IndexByte(b[first:from-1], '\r') < 0 {
			from = first
		}
	}
	return from, end + 1
}

// The bits of the status bytes.
const (
	nciMark = 0x30 // set in each
	nciMore = 0x40 // another follows
	nciHigh = 0x80 // parity, which the link takes off

	nciMotion = 1 << 0 // first
	nciRAM    = 1 << 2
	nciEEPROM = 1 << 3

	nciUnder     = 1 << 0 // second
	nciOver      = 1 << 1
	nciROM       = 1 << 2
	nciCalibrate = 1 << 3

	nciNet  = 1 << 2 // third
	nciZero = 1 << 3 // it was not at zero when it was switched on
)

func readNCI(answer []byte) scale.Reading {
	body, ok := bytes.CutSuffix(answer, []byte{'\r', endOfText})
	if !ok || len(body) == 0 || body[0] != lineFeed {
		return garbled("half an answer: %.40q", answer)
	}
	body = body[1:]
	if string(body) == "?" {
		return amiss(scale.Refused, "it does not know the question")
	}
	field, status, whole := bytes.Cut(body, []byte{'\r', lineFeed})
	if !whole {
		return garbled("a status without a weight: %.40q", answer)
	}
	if !nciStatus(status) {
		return garbled("no status: %.40q", answer)
	}
	third := byte(0)
	if len(status) > 2 {
		third = status[2]
	}
	switch {
	case status[0]&(nciRAM|nciEEPROM) != 0 || status[1]&nciROM != 0:
		return amiss(scale.Fault, "its memory is damaged, status %x", status)
	case status[1]&nciCalibrate != 0:
		return amiss(scale.Calibrate, "status %x", status)
	case status[1]&nciOver != 0:
		return amiss(scale.Over, "status %x", status)
	case third&nciZero != 0:
		return amiss(scale.NeedsZero, "status %x", status)
	case status[1]&nciUnder != 0:
		return amiss(scale.Under, "status %x", status)
	}
	r := fieldNCI(strings.Trim(string(field), " "))
	if status[0]&nciMotion != 0 {
		r = moving(r)
	}
	if third&nciNet != 0 {
		r = net(r)
	}
	return r
}

// nciStatus reports whether b is two to four status bytes, chained as they say.
func nciStatus(b []byte) bool {
	if len(b) < 2 || len(b) > 4 {
		return false
	}
	for i, c := range b {
		if c&nciMark != nciMark || c&nciHigh != 0 {
			return false
		}
		if more := c&nciMore != 0; i > 0 && more != (i < len(b)-1) || i == 0 && more {
			return false
		}
	}
	return true
}

// fieldNCI reads what the display shows: digits and a unit, or bars.
func fieldNCI(field string) scale.Reading {
	at := strings.IndexFunc(field, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
	bars := field
	if at >= 0 {
		bars = field[:at]
	}
	bars = strings.ReplaceAll(bars, " ", "")
	switch {
	case len(bars) > 1 && strings.Trim(bars, "^") == "":
		return amiss(scale.Over, "it shows upper bars")
	case len(bars) > 1 && strings.Trim(bars, "_") == "":
		return amiss(scale.Under, "it shows lower bars")
	case len(bars) > 1 && strings.Trim(bars, "-") == "":
		return amiss(scale.NeedsZero, "it shows middle bars")
	case at < 1:
		return garbled("no weight: %.40q", field)
	case strings.ContainsAny(field[at:], "0123456789"):
		return amiss(scale.WrongUnit, "it weighs in two units at once, %q: set it to decimal pounds", field)
	}
	return weight(field[:at], field[at:])
}
