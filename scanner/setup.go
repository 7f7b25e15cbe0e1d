package scanner

import (
	"bytes"
	"strings"

	"waybill/shipment"
)

// SetupData is what the barcode of the set-up page holds: a GS1-128 with a
// separator in the middle, of a product number kept for examples.
const SetupData = "010952123454321310WAYBILL" + gs + "21SETUP"

const gs = "\x1d"

// A Setup is what a scan of the set-up page's barcode tells of the scanner.
type Setup struct {
	AIM       bool   // the identifier ]C1 came
	Prefix    string // came before the data in its place
	Separator string // came for FNC1: GS, something else, or nothing
	Rest      string // came after the data

	// Mistyped says how the characters of a scanner that types are exchanged,
	// because it types for another keyboard than reads it; empty: they are not.
	// While they are, nothing else can be told for sure.
	Mistyped string
}

// maxAround is how many bytes may stand before, between and after the data for
// the scan to be of the set-up page's barcode.
const maxAround = 8

// ReadSetup tells how the scanner sent the set-up page's barcode; ok is false
// where the scan is of another.
func ReadSetup(s Scan) (setup Setup, ok bool) {
	if s.Bad != "" {
		return Setup{}, false
	}
	data := s.Data()
	if setup, ok = readSetup(data, SetupData); ok || !mayBeMistyped(data) {
		return setup, ok
	}
	for _, m := range mistypings() {
		if setup, ok = readSetup(data, m.typed(SetupData)); ok {
			setup.Mistyped = m.words
			return setup, true
		}
	}
	return Setup{}, false
}

// readSetup reads the scan of a barcode that arrives as want where nothing stands
// around it.
func readSetup(data []byte, want string) (setup Setup, ok bool) {
	before, after, _ := strings.Cut(want, gs)
	i := bytes.Index(data, []byte(before))
	if i < 0 || i > maxAround {
		return Setup{}, false
	}
	setup.Prefix = string(data[:i])
	if setup.AIM = setup.Prefix == "]C1"; setup.AIM {
		setup.Prefix = ""
	}
	rest := string(data[i+len(before):])
	j := strings.Index(rest, after)
	if j < 0 || j > maxAround {
		return Setup{}, false
	}
	setup.Separator, setup.Rest = rest[:j], rest[j+len(after):]
	return setup, true
}

// Good reports whether nothing is left to be done.
func (s Setup) Good() bool {
	return s.Mistyped == "" && s.AIM && s.Separator == gs && s.Rest == ""
}

// A Finding is one thing that a scan of the set-up page's barcode tells of the
// scanner.
type Finding struct {
	What  string // it is about, in two or three words
	Good  bool   // nothing is to be done about it
	Words string // what came, and what to do about it
}

// Findings returns what came, one thing after the other.
func (s Setup) Findings() []Finding {
	if s.Mistyped != "" {
		return []Finding{{What: "Keyboard", Words: s.Mistyped + " Then scan again."}}
	}
	list := []Finding{{What: "AIM identifiers", Good: s.AIM, Words: "AIM identifiers do not arrive: switch them on."}}
	switch {
	case s.AIM:
		list[0].Words = "AIM identifiers arrive."
	case s.Prefix != "":
		list[0].Words = "AIM identifiers do not arrive, but " + shipment.Quoted(s.Prefix) + " does: switch AIM identifiers on in place of the maker's own."
	}
	separator := Finding{What: "GS between fields", Good: s.Separator == gs}
	switch s.Separator {
	case gs:
		separator.Words = "GS arrives."
	case "":
		separator.Words = "GS does not arrive: have the scanner send GS (hexadecimal 1D) for FNC1."
	default:
		separator.Words = shipment.Quoted(s.Separator) + " arrives in place of GS: have the scanner send GS, or write it as separator in the configuration."
	}
	list = append(list, separator)
	if s.Rest != "" {
		list = append(list, Finding{What: "End of the scan", Words: shipment.Quoted(s.Rest) + " follows the data: it belongs into suffix in the configuration."})
	}
	return list
}

// Words says what came, and what to do about it.
func (s Setup) Words() string {
	findings := s.Findings()
	w := make([]string, 0, len(findings)+1)
	for _, f := range findings {
		w = append(w, f.Words)
	}
	if s.Good() {
		w = append(w, "This scanner is set up.")
	}
	return strings.Join(w, " ")
}
