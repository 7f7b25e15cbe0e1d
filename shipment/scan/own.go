package scan

import (
	"fmt"
	"slices"
	"strings"

	"waybill/shipment"
)

// ownPrefix begins the QR codes of our own labels, in every version.
const ownPrefix = "WB"

// own reads one of our labels.
func (s *Scan) own() bool {
	code, err := shipment.ParseLabelCode(s.Data)
	if err == nil {
		s.Kind, s.Code, s.Number = Order, &code, string(code.TrackingNumber)
		return true
	}
	version, _, ok := strings.Cut(strings.TrimPrefix(s.Data, ownPrefix), "/")
	if !ok || !strings.HasPrefix(s.Data, ownPrefix) || version == "" || strings.Trim(version, "0123456789") != "" {
		return false
	}
	if version == "1" {
		s.fail("label_code", "begins like the code of one of our labels, and is not one; scan again")
	} else {
		s.fail("label_version", fmt.Sprintf("is the code of a label of version %s, which this program does not know; update it", version))
	}
	return true
}

// command reads a control barcode: the prefix and a command, and nothing else.
// It is looked for only in data that no standard says is something else.
func (s *Scan) command() bool {
	if !strings.HasPrefix(s.Data, shipment.DeskCommandPrefix) {
		return false
	}
	code, err := shipment.ParseControlCode(s.Data)
	if err != nil {
		s.fail("unknown_command", fmt.Sprintf("%s is no control barcode of this version; print the sheet of control barcodes anew", shipment.Quoted(s.Data)))
		return true
	}
	s.Kind, s.Command, s.Argument = Command, code.Command, code.Argument
	return true
}

// Numbers returns the tracking numbers the scan may mean, likeliest first: what
// to look a parcel up by.
func (s Scan) Numbers() []shipment.TrackingNumber {
	if s.Kind == Command {
		return nil
	}
	var out []shipment.TrackingNumber
	add := func(n string) {
		if tn := shipment.TrackingNumber(n); n != "" && !slices.Contains(out, tn) {
			out = append(out, tn)
		}
	}
	add(s.Number)
	if s.Kind == Order || s.Error != nil && !lookUp(s.Error.Code) {
		return out
	}
	add(s.Data)
	add(strings.ToUpper(strings.Map(unlessSpacing, s.Data)))
	return out
}

// unlessSpacing drops what stands between the characters of a number for people only.
func unlessSpacing(r rune) rune {
	switch r {
	case ' ', '-', '\x1d':
		return -1
	}
	return r
}

// lookUp reports whether data with this error may be a parcel's number all the
// same: a number of one's own need not be what the symbol says it is.
func lookUp(code string) bool {
	switch code {
	case "empty", "not_text", "character_set", "label_code", "label_version", "unknown_command":
		return false
	}
	return true
}

// isUUID reports whether s has the form of the IDs that pick-ups, and so the
// codes of manifests, have.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'):
			return false
		}
	}
	return true
}
