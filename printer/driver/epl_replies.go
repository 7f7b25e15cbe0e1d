package driver

import (
	"strings"

	"waybill/printer"
)

// eplWords are the codes of ^ee that are the printer's (Intermec, ESim v5.12,
// appendix A; 07, 11 and 12 are Zebra's, EPL2 Programmer's Manual, as well).
// Codes 01 to 06, 08 to 10, 50 and 51 are of commands that it has not understood,
// and stop nothing.
func eplWords() map[string]printer.Condition {
	return map[string]printer.Condition{
		"07": printer.PaperOut, // or, as Zebra has it, ribbon
		"11": printer.HeadOpen,
		"12": printer.Paused, // or waits for a label to be taken
		"62": printer.TooHot,
		"81": printer.CutterFault,
		"92": printer.Paused,
	}
}

// parseEPLCodes reads the answer to ^ee: codes of two digits, with commas. ok is
// false for a line that is no such answer.
func parseEPLCodes(line string) (codes []string, ok bool) {
	for code := range strings.SplitSeq(strings.TrimSpace(line), ",") {
		if len(code) != 2 || !isDigits(code) {
			return nil, false
		}
		codes = append(codes, code)
	}
	return codes, true
}

// eplStatus returns what codes say.
func eplStatus(codes []string) printer.Status {
	var s printer.Status
	for _, code := range codes {
		c, known := eplWords()[code]
		switch {
		case code == "00":
		case known:
			add(&s, c)
		case code <= "06", code >= "08" && code <= "10", code == "50", code == "51":
			add(&s, printer.UnknownWarning)
		default:
			add(&s, printer.UnknownFault)
		}
	}
	if !s.Clear() || len(s.Warnings) > 0 {
		s.Detail = "codes " + strings.Join(codes, ",")
	}
	return s
}

// parseEPLModel reads the first line of the answer to UQ, such as
// "UKQ1935HLU  V4.42". What is no such line is the model as it stands.
func parseEPLModel(line string) printer.Identity {
	id := printer.Identity{Model: strings.Join(strings.Fields(line), " "), LanguageOK: true}
	if words := strings.Fields(line); len(words) == 2 && strings.HasPrefix(words[1], "V") {
		id.Model, id.Firmware = words[0], words[1]
	}
	return id
}
