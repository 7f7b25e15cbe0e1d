package driver

import (
	"strings"

	"waybill/scale"
)

// The Standard Interface Command Set of Mettler-Toledo, MT-SICS level 0. The
// shape of the answers: operating instructions of the AL-IC and JS balances, MT-SICS
// reference manual 11780711 as quoted there (looked up 2026-11-28). The answer
// with an error number of the scale is from general knowledge of that manual.
var sicsDriver = scale.Driver{
	Name: "mt-sics",
	Doc:  "scales of Mettler-Toledo and others that speak MT-SICS, asked with SI",
	Line: "baud=9600&bits=8&parity=none&flow=none",
	Open: speaks(always(sics)),
}

var sicsRepeatDriver = scale.Driver{
	Name: "mt-sics-repeat",
	Doc:  "the same, told once with SIR to repeat its weight",
	Line: "baud=9600&bits=8&parity=none&flow=none",
	Open: speaks(always(sicsRepeat)),
}

var sics = language{name: "mt-sics", ask: []byte("SI\r\n"), cut: cutLine, read: readSICS}

var sicsRepeat = language{name: "mt-sics-repeat", ask: []byte("SIR\r\n"), repeats: true, cut: cutLine, read: readSICS}

// sicsWidth is how wide the field of the weight is. A field of another width has
// lost a digit.
const sicsWidth = 10

func readSICS(answer []byte) scale.Reading {
	line, ok := strings.CutSuffix(string(answer), "\r\n")
	switch {
	case !ok:
		return garbled("half a line: %.40q", answer)
	case line == "ES":
		return amiss(scale.Refused, "it does not know the command (ES)")
	case line == "EL":
		return amiss(scale.Refused, "it cannot carry out the command (EL)")
	case line == "ET":
		return garbled("it did not understand what we sent (ET)")
	case line == "S I":
		return amiss(scale.Refused, "it is busy with something else (S I)")
	case line == "S +":
		return amiss(scale.Over, "S +")
	case line == "S -":
		return amiss(scale.Under, "S -")
	case strings.HasPrefix(line, "S S Error "):
		return amiss(scale.Fault, "%.40q", line)
	}
	rest, stable := strings.CutPrefix(line, "S S ")
	if !stable {
		var dynamic bool
		if rest, dynamic = strings.CutPrefix(line, "S D "); !dynamic {
			return garbled("no answer of MT-SICS: %.40q", line)
		}
	}
	if len(rest) < sicsWidth+2 || rest[sicsWidth] != ' ' || strings.HasSuffix(rest[:sicsWidth], " ") {
		return garbled("the weight is not %d characters wide: %.40q", sicsWidth, line)
	}
	r := weight(strings.TrimLeft(rest[:sicsWidth], " "), rest[sicsWidth+1:])
	if !stable {
		r = moving(r)
	}
	return r
}
