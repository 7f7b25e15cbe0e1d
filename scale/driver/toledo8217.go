package driver

import (
	"fmt"
	"strings"

	"waybill/scale"
)

// The protocol of Toledo's counter scales 8217 and 8213. Its shape and the bits of
// the status: Transcell PC-150 service manual B.1.4, Rice Lake BenchPro manual
// p. 30, Salter Brecknell 3700LP manual p. 11 (looked up 2026-11-28). It has no
// checksum and sends no unit, and a weight below zero is only told as status.
var toledo8217Driver = scale.Driver{
	Name:     "toledo-8217",
	Doc:      "counter scales that speak Toledo 8217 or 8213",
	Line:     "baud=9600&bits=7&parity=even&flow=none",
	Unitless: true,
	Open: speaks(func(o scale.Options) (language, error) {
		if o.Unit == "" {
			return language{}, fmt.Errorf("this language sends no unit: say which the scale shows, as unit: lb")
		}
		return toledo8217(o.Unit), nil
	}),
}

func toledo8217(unit scale.Unit) language {
	return language{
		name: "toledo-8217", ask: []byte("W"),
		cut:  func(b []byte) (int, int) { return cutBetween(b, 0x02, '\r') },
		read: func(answer []byte) scale.Reading { return read8217(answer, unit) },
	}
}

// The bits of the status.
const (
	t8217Motion   = 1 << 0
	t8217Over     = 1 << 1
	t8217Under    = 1 << 2
	t8217Uncaught = 1 << 3 // outside of the range in which it zeroes itself
	t8217Always   = 1 << 6
	t8217Parity   = 1 << 7
)

func read8217(answer []byte, unit scale.Unit) scale.Reading {
	if len(answer) < 3 || answer[0] != 0x02 || answer[len(answer)-1] != '\r' {
		return garbled("half an answer: %.40q", answer)
	}
	body := string(answer[1 : len(answer)-1])
	if status, ok := strings.CutPrefix(body, "?"); ok {
		if len(status) != 1 || status[0]&t8217Always == 0 || status[0]&t8217Parity != 0 {
			return garbled("no status: %.40q", answer)
		}
		return status8217(status[0])
	}
	number, tared := strings.CutSuffix(body, "N")
	sent := unit
	if at := strings.IndexAny(number, "lkog"); at > 0 { // some add the unit
		var known bool
		if sent, known = scale.UnitNamed(strings.Trim(number[at:], " ")); !known {
			return garbled("no weight: %.40q", answer)
		}
		number = number[:at]
	}
	digits := strings.Trim(number, " ")
	if len(digits) < 4 || len(digits) > 7 || strings.ContainsAny(digits, "+-") {
		return garbled("no weight: %.40q", answer)
	}
	r := weight(digits, string(sent))
	if tared {
		r = net(r)
	}
	return r
}

func status8217(s byte) scale.Reading {
	detail := fmt.Sprintf("status %02x", s)
	switch {
	case s&t8217Over != 0:
		return amiss(scale.Over, "%s", detail)
	case s&t8217Under != 0:
		return amiss(scale.Under, "%s", detail)
	case s&t8217Uncaught != 0:
		return amiss(scale.NeedsZero, "%s", detail)
	case s&t8217Motion != 0:
		return amiss(scale.Motion, "%s", detail)
	}
	return amiss(scale.Refused, "it gives no weight and no reason: %s", detail)
}
