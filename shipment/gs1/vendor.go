package gs1

import (
	"strings"
	"sync"
)

// A CodeIDs is a scanner maker's own set of identifiers before the data, which
// say the symbology where AIM's are switched off. The same letter means other
// things with another maker.
type CodeIDs string

// The sets.
const (
	NoCodeIDs   CodeIDs = ""
	Zebra       CodeIDs = "zebra"        // "Symbol code ID"
	Honeywell   CodeIDs = "honeywell"    // the factory's code IDs
	DatalogicUS CodeIDs = "datalogic_us" // the preloaded set for the USA
	DatalogicEU CodeIDs = "datalogic_eu" // the preloaded set for Europe
)

// AllCodeIDs returns the sets by name.
func AllCodeIDs() []CodeIDs { return []CodeIDs{Zebra, Honeywell, DatalogicUS, DatalogicEU} }

// anyEAN stands for the EAN and UPC symbols together; their lengths tell them
// apart.
const anyEAN = "]E"

// codeIDs holds the AIM identifier that each of a set's identifiers stands
// for. From the makers' manuals, for Honeywell's linear ones partly general
// knowledge; checked on 2026-11-27.
var codeIDs = sync.OnceValue(func() map[CodeIDs]map[string]string {
	return map[CodeIDs]map[string]string{
		Zebra: {
			"A": anyEAN, "B": "]A0", "C": "]F0", "D": "]C0", "E": "]G0", "F": "]I0", "G": "]S0", "H": "]H0", "J": "]M0",
			"K": "]C1", "L": anyEAN, "R": "]e0", "T": "]e0", "X": "]L0", "z": "]z0", "P00": "]d1", "P01": "]Q1",
			"P02": "]U0", "P0G": "]d2", "P0H": "]h0", "P0Q": "]Q3",
		},
		Honeywell: {
			"c": anyEAN, "d": anyEAN, "D": anyEAN, "j": "]C0", "I": "]C1", "b": "]A0", "e": "]I0", "a": "]F0", "i": "]G0",
			"y": "]e0", "{": "]e0", "}": "]e0", "w": "]d1", "s": "]Q1", "r": "]L0", "R": "]L0", "x": "]U0", "z": "]z0",
		},
		DatalogicUS: {
			"F": anyEAN, "FF": anyEAN, "A": anyEAN, "#": "]C0", "*": "]A0", "%": "]F0", "&": "]G0", "i": "]I0",
			"R4": "]e0", "RL": "]e0", "RX": "]e0",
		},
		DatalogicEU: {
			"B": anyEAN, "A": anyEAN, "C": anyEAN, "T": "]C0", "k": "]C1", "V": "]A0", "R": "]F0", "U": "]G0", "N": "]I0",
			"u": "]e0", "v": "]e0", "t": "]e0",
		},
	}
})

// longestCodeID is the length of the longest identifier of any maker.
const longestCodeID = 3

// CutCodeID splits a maker's identifier off the front of a scan and returns the
// AIM identifier that it stands for; empty: there is none of the set.
func CutCodeID(ids CodeIDs, raw string) (aim, data string) {
	set := codeIDs()[ids]
	for n := min(longestCodeID, len(raw)); n > 0; n-- {
		aim, ok := set[raw[:n]]
		if !ok {
			continue
		}
		if aim != anyEAN {
			return aim, raw[n:]
		}
		if aim, data := eanBySize(raw[n:]); aim != "" {
			return aim, data
		}
	}
	return "", raw
}

// eanBySize returns the AIM identifier of an EAN or UPC symbol by its digits; 12
// get the zero before them that AIM's identifiers go with.
func eanBySize(data string) (string, string) {
	switch {
	case !allDigits(data):
	case len(data) == 13:
		return "]E0", data
	case len(data) == 12:
		return "]E0", "0" + data
	case len(data) == 8:
		return "]E4", data
	}
	return "", data
}

// NamedSeparator is the separator's name in braces, which is sent and written for
// it, and cannot be anything else: no GS1 value holds a brace.
const NamedSeparator = "{GS}"

// Separators returns what scanners are set to send in place of the separator GS,
// none of which a GS1 value may hold.
func Separators() []string { return []string{NamedSeparator, "|", "~", "^"} }

// WithSeparator returns data with GS in place of what a scanner sends for it.
func WithSeparator(data, sent string) string {
	if sent == "" {
		return data
	}
	return strings.ReplaceAll(data, sent, string(rune(GS)))
}
