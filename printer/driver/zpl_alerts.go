package driver

import (
	"strings"

	"waybill/printer"
)

// How the lines begin by which a printer tells of a fault that comes and goes.
const (
	alertComes = "ERROR CONDITION:"
	alertGoes  = "ERROR CLEARED:"
	alertWarns = "ALERT:"
)

// isAlert reports whether line is one that tells of a fault.
func isAlert(line string) bool {
	return strings.HasPrefix(line, alertComes) || strings.HasPrefix(line, alertGoes) || strings.HasPrefix(line, alertWarns)
}

// alertWords are the conditions that a printer tells by itself, by the names that
// the list of ^SX has for them, and that no question asks for. What ~HQES and ~HS
// tell is left to them: an alert that got lost would stand for ever (Zebra, ZPL
// II Programming Guide, "^SX"; lines as printers were seen to write them).
func alertWords() map[string]printer.Condition {
	return map[string]printer.Condition{
		"RIBBON IN":     printer.RibbonIn,
		"REWIND FULL":   printer.RewinderFull,
		"REWINDER FULL": printer.RewinderFull,
		"MEDIA LOW":     printer.PaperLow,
		"PAPER LOW":     printer.PaperLow,
		"RIBBON LOW":    printer.RibbonLow,
		"BATTERY LOW":   printer.BatteryLow,
	}
}

// parseAlert reads a line that tells of a fault, such as
// "ERROR CONDITION: RIBBON IN [date] [serial number]". Printers of other places
// write it in their own language; then it says nothing here.
func parseAlert(line string) (c printer.Condition, on, ok bool) {
	name, found := strings.CutPrefix(line, alertComes)
	on = found
	for _, begin := range []string{alertGoes, alertWarns} {
		if rest, is := strings.CutPrefix(line, begin); is {
			name, on, found = rest, begin == alertWarns, true
		}
	}
	if !found {
		return "", false, false
	}
	name, _, _ = strings.Cut(name, "[")
	c, ok = alertWords()[strings.ToUpper(strings.TrimSpace(name))]
	return c, on, ok
}
