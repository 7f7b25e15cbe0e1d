package scan

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
)

// elementString reads data that the symbol says is GS1's. A carrier's number
// that is in it counts even where GS1's rules are broken: the parcel is there.
func (s *Scan) elementString(t *carrier.Table) {
	els, err := gs1.ParseElements(s.Data)
	s.took(els, err)
	s.recognise(t, parcelNumber(s.Data, els), carrier.Hints{AIM: s.AIM})
	if s.Kind != TrackingNumber && s.Error == nil {
		s.Kind = GS1
	}
}

// took enters the elements, or why they are refused: wrong by themselves, or
// not right together.
func (s *Scan) took(els []gs1.Element, err error) {
	placed := err != nil
	if err == nil {
		err = gs1.CheckTogether(els)
	}
	if err != nil {
		s.failGS1(err, placed)
		s.Partial = els
		return
	}
	s.GS1 = append(s.GS1, els...)
}

// failGS1 says what is wrong with GS1 data; placed: its place is a byte's, and
// not an element's.
func (s *Scan) failGS1(err error, placed bool) {
	var e *gs1.Error
	if !errors.As(err, &e) {
		s.fail("gs1", err.Error())
		return
	}
	s.Error = &Error{Code: string(e.Code), Message: e.Error(), AI: e.AI, Position: e.Offset + 1, Remedy: e.Remedy}
	if !placed {
		s.Error.Message, s.Error.Position = "("+e.AI+") "+e.Message, 0
	}
}

// tradeItem reads the barcode of a product, which is never a parcel's number:
// EAN and UPC, with what may stand beside them, and ITF-14.
func (s *Scan) tradeItem() bool {
	if strings.HasPrefix(s.AIM, "]I") && len(s.Data) == 14 && gs1.CheckMod10(s.Data) {
		s.Kind = GS1
		s.GS1 = append(s.GS1, gs1.Element{AI: "01", Value: s.Data})
		return true
	}
	if !strings.HasPrefix(s.AIM, "]E") {
		return false
	}
	digits := 13
	switch s.AIM {
	case "]E4":
		digits = 8
	case "]E1", "]E2":
		s.fail("add_on", "is only the add-on beside a product's barcode; scan both together")
		return true
	}
	if i := strings.IndexFunc(s.Data, func(c rune) bool { return c < '0' || c > '9' }); i >= 0 && i < digits {
		c, _ := utf8.DecodeRuneInString(s.Data[i:])
		s.Error = &Error{
			Code: "bad_character", Position: i + 1, Remedy: "check how the scanner is set up to send identifiers",
			Message: fmt.Sprintf("came as a product's barcode (%s), which has digits alone, and it has %s", s.AIM, shipment.Quoted(string(c))),
		}
		if strings.HasPrefix(s.Data, shipment.DeskCommandPrefix) {
			s.Error.Remedy = "control barcodes count in the symbols of the printed sheet alone; scan it there"
		}
		return true
	}
	if len(s.Data) < digits {
		s.fail("too_short", fmt.Sprintf("a product's barcode under %s has %d digits, this one %d; set the scanner to send UPC-A and UPC-E with 13", s.AIM, digits, len(s.Data)))
		s.LooksLike = carrier.LooksLike(s.Data)
		return true
	}
	number, beside := s.Data[:digits], s.Data[digits:]
	if !gs1.CheckMod10(number) {
		s.fail("check_digit", "looks like a product's barcode, but its check digit is wrong; scan again")
		return true
	}
	els, err := s.beside([]gs1.Element{{AI: "01", Value: strings.Repeat("0", 14-digits) + number}}, beside)
	if s.Error == nil {
		s.took(els, moved(err, len(s.Data)-len(beside)+len(compositePart)))
	}
	if s.Error == nil {
		s.Kind = GS1
	}
	return true
}

// compositePart begins the message of a composite symbol's two-dimensional part.
const compositePart = "|]e0"

// moved returns the error of GS1 data that begins so many bytes within the scan's.
func moved(err error, by int) error {
	if e := (*gs1.Error)(nil); errors.As(err, &e) {
		e.Offset += by
	}
	return err
}

// beside reads what stands behind a product's number: the two-dimensional part
// of a composite symbol, which begins a message of its own, or an add-on.
func (s *Scan) beside(els []gs1.Element, rest string) ([]gs1.Element, error) {
	if rest == "" {
		return els, nil
	}
	if composite, ok := strings.CutPrefix(rest, compositePart); ok {
		more, err := gs1.ParseElements(composite)
		return append(els, more...), err
	}
	addOn, marked := strings.CutPrefix(rest, "]E1")
	if !marked {
		addOn, marked = strings.CutPrefix(rest, "]E2")
	}
	if n := len(addOn); (marked || s.AIM == "]E3") && (n == 2 || n == 5) && strings.Trim(addOn, "0123456789") == "" {
		s.AddOn = addOn
		return els, nil
	}
	s.fail("too_long", fmt.Sprintf("has %d characters behind a product's barcode; two scans may have run together", len(rest)))
	return els, nil
}

// webAddress reads a GS1 Digital Link.
func (s *Scan) webAddress(t *carrier.Table) bool {
	if !gs1.IsWebAddress(s.Data) {
		return false
	}
	s.LooksLike = append(s.LooksLike, "web_address")
	link, err := gs1.ParseLink(s.Data)
	s.took(link.Elements, err)
	s.numberIn(t)
	if s.Error == nil {
		s.Link = link.Stem
	}
	return true
}

// reference reads GS1 data as people and programs write it down, which
// scanners do not send: identifiers in brackets, or ^ for FNC1.
func (s *Scan) reference(t *carrier.Table) bool {
	if s.AIM != "" || len(s.Data) < 2 {
		return false
	}
	switch {
	case gs1.IsCaret(s.Data):
		els, err := gs1.ParseCaret(s.Data)
		s.took(els, err)
	case s.Data[0] == '(' && s.Data[1] >= '0' && s.Data[1] <= '9':
		els, err := gs1.ParseBracketed(s.Data)
		s.took(els, err)
	default:
		return false
	}
	s.numberIn(t)
	return true
}

// numberIn looks for a carrier's number among the elements of GS1 data that
// says itself what it is.
func (s *Scan) numberIn(t *carrier.Table) {
	els := s.GS1
	if s.Error != nil {
		els = s.Partial
	}
	if n := parcelNumber("", els); n != "" {
		s.recognise(t, n, carrier.Hints{AIM: "]C1"})
	}
	if s.Kind != TrackingNumber && s.Error == nil {
		s.Kind = GS1
	}
}

// guessGS1 reads GS1 data that comes without an identifier, where there are
// reasons to think that it is some: FNC1 in front, a separator, or an SSCC's or
// trade item's form. Plain digits of any other length could begin with an
// application identifier by chance.
func (s *Scan) guessGS1() {
	if s.AIM != "" {
		return
	}
	data, first := strings.CutPrefix(s.Data, "\x1d") // some scanners send the first FNC1 too
	known := beginsWithKey(data)
	if known {
		for _, sent := range gs1.Separators() {
			data = gs1.WithSeparator(data, sent)
		}
	}
	if !known && !first && strings.IndexByte(data, gs1.GS) < 0 || len(data) == 0 {
		return
	}
	els, err := gs1.ParseElements(data)
	if first {
		err = moved(err, 1)
	}
	s.took(els, err)
}

// beginsWithKey reports whether data begins with an SSCC or a trade item's
// number, identifier and right check digit included. 20 digits and more of others
// could begin like an SSCC: it stands alone, or what it contains stands behind it
// with a right check digit of its own.
func beginsWithKey(data string) bool {
	const sscc, gtin = 2 + 18, 2 + 14
	if rest, ok := strings.CutPrefix(data, "01"); ok {
		return len(data) >= gtin && gs1.CheckMod10(rest[:gtin-2])
	}
	if !strings.HasPrefix(data, "00") || len(data) < sscc || !gs1.CheckMod10(data[2:sscc]) {
		return false
	}
	content, ok := strings.CutPrefix(data[sscc:], "02")
	return len(data) == sscc || ok && len(content) >= gtin-2 && gs1.CheckMod10(content[:gtin-2])
}

// parcelNumber returns the part of the data that may be a parcel's number: the
// element of a carrier or the SSCC, else all of it. The routing element (420)
// is left out, and the application identifier of a carrier's own number is
// part of the number.
func parcelNumber(data string, els []gs1.Element) string {
	for _, e := range els {
		switch e.AI {
		case "91", "92", "93", "94", "95", "96", "00":
			return e.AI + e.Value
		}
	}
	return data
}
