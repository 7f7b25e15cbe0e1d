package scanner

import (
	"bytes"
	"strings"
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
}

// ReadSetup tells how the scanner sent the set-up page's barcode; ok is false
// where the scan is of another.
func ReadSetup(s Scan) (setup Setup, ok bool) {
	before, after, _ := strings.Cut(SetupData, gs)
	data := s.Data()
	i := bytes.Index(data, []byte(before))
	if s.Bad != "" || i < 0 || i > 8 {
		return Setup{}, false
	}
	setup.Prefix = string(data[:i])
	if setup.AIM = setup.Prefix == "]C1"; setup.AIM {
		setup.Prefix = ""
	}
	rest := string(data[i+len(before):])
	j := strings.Index(rest, after)
	if j < 0 || j > 8 {
		return Setup{}, false
	}
	setup.Separator, setup.Rest = rest[:j], rest[j+len(after):]
	return setup, true
}

// Good reports whether nothing is left to be done.
func (s Setup) Good() bool { return s.AIM && s.Separator == gs && s.Rest == "" }

// Words says what came, and what to do about it.
func (s Setup) Words() string {
	var w []string
	switch {
	case s.AIM:
		w = append(w, "AIM identifiers arrive.")
	case s.Prefix != "":
		w = append(w, "AIM identifiers do not arrive, but "+quoted(s.Prefix)+" does: switch AIM identifiers on in place of the maker's own.")
	default:
		w = append(w, "AIM identifiers do not arrive: switch them on.")
	}
	switch s.Separator {
	case gs:
		w = append(w, "GS arrives.")
	case "":
		w = append(w, "GS does not arrive: have the scanner send GS (hexadecimal 1D) for FNC1.")
	default:
		w = append(w, quoted(s.Separator)+" arrives in place of GS: have the scanner send GS, or write it as separator in the configuration.")
	}
	if s.Rest != "" {
		w = append(w, quoted(s.Rest)+" follows the data: it belongs into suffix in the configuration.")
	}
	if s.Good() {
		w = append(w, "This scanner is set up.")
	}
	return strings.Join(w, " ")
}

// quoted shows what came, control characters too.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' {
			r += 0x2400 // the pictures of control characters
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
