package driver

import (
	"bytes"
	"strings"
	"time"

	"waybill/scale"
)

// The continuous output of Toledo's indicators, which sends by itself some twenty
// times a second. Its shape, checksum and bits: Mettler-Toledo ICS425 manual
// 22013194B p. 50, Wildcat E15609900A manual tables 6-9 to 6-11, Fairbanks FB3000
// manual 51146 p. 55 (looked up 2026-11-28).
var toledoContinuousDriver = scale.Driver{
	Name: "toledo-continuous",
	Doc:  "indicators set to Toledo continuous output",
	Line: "baud=9600&bits=7&parity=even&flow=none",
	Open: speaks(always(toledoContinuous)),
}

// The checksum follows the CR or does not, as the scale is set.
var toledoContinuous = language{name: "toledo-continuous", linger: 40 * time.Millisecond, cut: cutContinuous, read: readContinuous}

const (
	startOfText     = 0x02
	continuousFrame = 17 // STX, three bytes of status, twice six digits, CR
)

// cutContinuous finds a frame, with its checksum where one follows.
func cutContinuous(b []byte) (from, to int) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], startOfText)
		if i < 0 || at+i+continuousFrame > len(b) {
			return 0, 0
		}
		from = at + i
		to = from + continuousFrame
		if b[to-1] == '\r' && bytes.IndexByte(b[from+1:to], startOfText) < 0 {
			break
		}
		at = from + 1
	}
	if to < len(b) && (b[to] != startOfText || b[to] == continuousSum(b[from:to])) {
		to++
	}
	return from, to
}

// continuousSum makes the low seven bits of all bytes add up to nothing.
func continuousSum(frame []byte) byte {
	var sum byte
	for _, c := range frame {
		sum += c & 0x7f
	}
	return -sum & 0x7f
}

// The bits of the status bytes.
const (
	contPoint  = 7      // A: where the decimal point is
	contStep   = 3 << 3 // A: steps of 1, 2 or 5; never 0
	contA      = 1 << 5 // A: always set
	contNet    = 1 << 0 // B
	contMinus  = 1 << 1
	contRange  = 1 << 2 // out of it
	contMotion = 1 << 3
	contKilo   = 1 << 4
	contWaking = 1 << 6 // not zeroed since it was switched on
	contUnit   = 7      // C: 0: as B says; 1: grams
	contExpand = 1 << 4 // C: one more digit than the scale is good for
)

func readContinuous(frame []byte) scale.Reading {
	if len(frame) > continuousFrame {
		if sum := continuousSum(frame[:continuousFrame]); len(frame) != continuousFrame+1 || frame[continuousFrame] != sum {
			return garbled("checksum wrong: %.40q", frame)
		}
		frame = frame[:continuousFrame]
	}
	if len(frame) != continuousFrame || frame[0] != startOfText || frame[continuousFrame-1] != '\r' {
		return garbled("half an answer: %.40q", frame)
	}
	a, b, c := frame[1], frame[2], frame[3]
	number, tare := strings.TrimLeft(string(frame[4:10]), " "), strings.TrimLeft(string(frame[10:16]), " ")
	switch {
	case a&contA == 0 || a&(1<<6) != 0 || a&contStep == 0 || (a|b|c)&0x80 != 0:
		return garbled("no status: %.40q", frame)
	case strings.Trim(number, "0123456789") != "" || strings.Trim(tare, "0123456789") != "":
		return garbled("no weight: %.40q", frame)
	case b&contRange != 0 && b&contMinus != 0:
		return amiss(scale.Under, "out of range, below zero")
	case b&contRange != 0:
		return amiss(scale.Over, "out of range")
	case b&contWaking != 0:
		return amiss(scale.NeedsZero, "not zeroed since it was switched on")
	case a&contPoint < 2:
		return amiss(scale.Refused, "its display ends in zeros that it does not send; set it to show one step more")
	case c&contExpand != 0:
		return amiss(scale.Refused, "its display is expanded tenfold, as for calibration")
	}
	unit := "lb"
	switch {
	case c&contUnit == 1:
		unit = "g"
	case c&contUnit != 0:
		return amiss(scale.WrongUnit, "it weighs in none of g, kg, lb (status %02x)", c)
	case b&contKilo != 0:
		unit = "kg"
	}
	if places := int(a&contPoint) - 2; places > 0 && number != "" {
		number = strings.Repeat("0", max(0, places+1-len(number))) + number
		number = number[:len(number)-places] + "." + number[len(number)-places:]
	}
	if b&contMinus != 0 {
		number = "-" + number
	}
	r := weight(number, unit)
	if b&contMotion != 0 {
		r = moving(r)
	}
	if b&contNet != 0 {
		r = net(r)
	}
	return r
}
