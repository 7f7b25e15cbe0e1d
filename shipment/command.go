package shipment

import (
	"errors"
	"slices"
	"strings"
)

// A DeskCommand is what a control barcode tells the desk to do, so that hands
// need not leave the scanner.
type DeskCommand string

// The commands, as they stand behind the prefix in control barcodes.
const (
	NextCommand    DeskCommand = "next"    // go on with the next order
	UndoCommand    DeskCommand = "undo"    // take the last step back
	ReprintCommand DeskCommand = "reprint" // print the current label again; the argument is a ReprintReason
	CloseCommand   DeskCommand = "close"   // at the bench the box is full; at the dock the pick-up ends
	BoxCommand     DeskCommand = "box"     // the parcel goes into the box of that number, 1 to 9
	BadgeCommand   DeskCommand = "badge"   // the operator of that ID is here
)

// DeskCommandPrefix begins every control barcode.
const DeskCommandPrefix = "WBC:"

// DeskCommands returns every command.
func DeskCommands() []DeskCommand {
	return []DeskCommand{NextCommand, UndoCommand, ReprintCommand, CloseCommand, BoxCommand, BadgeCommand}
}

// MaxBoxes is how many kinds of boxes have a control barcode.
const MaxBoxes = 9

// A ReprintReason is why a label is printed again, as a control barcode says it.
type ReprintReason string

// The reasons.
const (
	ReprintDamaged    ReprintReason = "damaged"
	ReprintUnreadable ReprintReason = "unreadable"
	ReprintLost       ReprintReason = "lost"
)

// ReprintReasons returns every reason.
func ReprintReasons() []ReprintReason {
	return []ReprintReason{ReprintDamaged, ReprintUnreadable, ReprintLost}
}

// Words returns the reason as it is kept in the history.
func (r ReprintReason) Words() string {
	switch r {
	case ReprintDamaged:
		return "the label was damaged"
	case ReprintUnreadable:
		return "the label does not scan"
	case ReprintLost:
		return "the label was lost"
	}
	return string(r)
}

// A ControlCode is what a control barcode holds. It is written WBC:COMMAND or
// WBC:COMMAND:ARGUMENT. A badge holds the operator's ID, which is no secret:
// whoever sees the badge can copy it.
type ControlCode struct {
	Command  DeskCommand
	Argument string // of box its number, of badge the operator's ID, of reprint the reason
}

// errControlCode is why a text is no control code.
var errControlCode = errors.New("no control barcode of this version")

// String returns the code as it is printed.
func (c ControlCode) String() string {
	s := DeskCommandPrefix + strings.ToUpper(string(c.Command))
	if c.Argument != "" {
		s += ":" + strings.ToUpper(c.Argument)
	}
	return s
}

// ParseControlCode reads a control barcode back. Capitals and small letters of
// ASCII are the same, for a keyboard with its lock on; a letter that only folds
// to one of those is another.
func ParseControlCode(s string) (ControlCode, error) {
	rest, ok := strings.CutPrefix(s, DeskCommandPrefix)
	if !ok {
		return ControlCode{}, errControlCode
	}
	name, argument, given := strings.Cut(asciiLower(rest), ":")
	c := ControlCode{Command: DeskCommand(name), Argument: argument}
	fits := false
	switch c.Command {
	case NextCommand, UndoCommand, CloseCommand:
		fits = !given
	case ReprintCommand:
		fits = !given || slices.Contains(ReprintReasons(), ReprintReason(argument))
	case BoxCommand:
		fits = len(argument) == 1 && argument >= "1" && argument <= "9"
	case BadgeCommand:
		c.Argument = strings.ToUpper(argument)
		fits = IsBadge(c.Argument)
	}
	if !fits {
		return ControlCode{}, errControlCode
	}
	return c, nil
}

// maxBadge keeps the bars of a badge as short as a badge is wide.
const maxBadge = 16

// IsBadge reports whether id can stand on a badge: capital letters, digits and
// hyphens, 16 at most.
func IsBadge(id string) bool {
	return id != "" && len(id) <= maxBadge && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
}

// asciiLower returns s with the capital letters of ASCII made small, and no
// others.
func asciiLower(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c - 'A' + 'a'
		}
		return c
	}, s)
}
