// Package scan tells what a scanner sent: one of our own labels, a control
// barcode, a tracking number, GS1 data, or nothing we know.
//
// It looks nothing up and decides nothing about parcels; what a scan means at
// the desk is the desk's to say.
package scan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
)

// A Kind is what a scan is.
type Kind string

// The kinds of scans.
const (
	GS1            Kind = "gs1"             // GS1 data that is no parcel's number
	TrackingNumber Kind = "tracking_number" // of some carrier; Matches says which
	Order          Kind = "order"           // the QR code of our own label
	Command        Kind = "command"         // a control barcode
	Unknown        Kind = "unknown"
)

// A Scan is what was sent, taken apart.
type Scan struct {
	Raw       string               `json:"raw"`
	AIM       string               `json:"aim"`
	Symbology string               `json:"symbology"`
	Data      string               `json:"data"` // without the AIM identifier
	Kind      Kind                 `json:"kind"`
	GS1       []gs1.Element        `json:"gs1"`
	Matches   []carrier.Match      `json:"matches"`
	LooksLike []string             `json:"looks_like,omitempty"` // what else the digits may be, such as upc_a
	Error     *Error               `json:"error,omitempty"`
	Number    string               `json:"number,omitempty"`  // the best match's, as its carrier writes it
	Code      *shipment.LabelCode  `json:"-"`                 // of our own label
	Command   shipment.DeskCommand `json:"command,omitempty"` // of a control barcode
}

// An Error says why a scan is less than it set out to be.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// maxData is more than any barcode on a parcel holds.
const maxData = 4096

// Parse tells what raw, one scan without its framing, is. It never fails: what
// it cannot read is Unknown, with Error saying why.
func Parse(t *carrier.Table, raw []byte) Scan {
	aim, data := gs1.ParseAIM(raw)
	s := Scan{
		Raw: string(raw), AIM: aim, Symbology: gs1.Symbology(aim), Data: string(data),
		Kind: Unknown, GS1: []gs1.Element{}, Matches: []carrier.Match{},
	}
	switch {
	case len(data) == 0:
		s.fail("empty", "the scan holds no data; scan again")
	case len(data) > maxData:
		s.fail("too_long", fmt.Sprintf("the scan holds %d bytes, more than any label; two scans may have run together", len(data)))
	case !utf8.Valid(data):
		s.fail("not_text", "the scan is not text; check the scanner's character set")
	case s.own() || s.command() || s.tradeItem():
	default:
		s.foreign(t, data)
	}
	return s
}

// own reads one of our labels.
func (s *Scan) own() bool {
	code, err := shipment.ParseLabelCode(s.Data)
	if err != nil {
		return false
	}
	s.Kind, s.Code, s.Number = Order, &code, string(code.TrackingNumber)
	return true
}

// command reads a control barcode.
func (s *Scan) command() bool {
	name, ok := strings.CutPrefix(s.Data, shipment.DeskCommandPrefix)
	if !ok {
		return false
	}
	s.Kind, s.Command = Command, shipment.DeskCommand(strings.ToLower(name))
	if !slices.Contains(shipment.DeskCommands(), s.Command) {
		s.Kind, s.Command = Unknown, ""
		s.fail("unknown_command", fmt.Sprintf("%q is no control barcode of this version", s.Data))
	}
	return true
}

// tradeItem reads the barcode of a product, which is never a parcel's number.
func (s *Scan) tradeItem() bool {
	carton := strings.HasPrefix(s.AIM, "]I") && len(s.Data) == 14 && gs1.CheckMod10(s.Data) // ITF-14
	if !strings.HasPrefix(s.AIM, "]E") && !carton {
		return false
	}
	if len(s.Data) > 14 || !gs1.CheckMod10(s.Data) {
		s.fail("check_digit", "looks like a product's barcode, but its check digit is wrong; scan again")
		return true
	}
	s.Kind = GS1
	s.GS1 = append(s.GS1, gs1.Element{AI: "01", Value: strings.Repeat("0", 14-len(s.Data)) + s.Data})
	return true
}

// foreign reads what others print: GS1 data and tracking numbers.
func (s *Scan) foreign(t *carrier.Table, data []byte) {
	isGS1 := gs1.IsGS1(s.AIM)
	var gs1Err error
	if isGS1 || s.AIM == "" && looksGS1(data) {
		var els []gs1.Element
		if els, gs1Err = gs1.ParseElements(data); gs1Err == nil {
			s.GS1 = append(s.GS1, els...)
		}
	}
	number, matches := t.Recognise(parcelNumber(s.Data, s.GS1), carrier.Hints{AIM: s.AIM})
	s.Matches = append(s.Matches, matches...)
	s.LooksLike = carrier.LooksLike(s.Data)
	switch {
	case len(matches) > 0 && surely(matches[0]):
		s.Kind, s.Number = TrackingNumber, number
	case len(s.GS1) > 0:
		s.Kind = GS1
	case isGS1 && gs1Err != nil:
		s.failGS1(gs1Err)
	case len(matches) > 0 && matches[0].CheckDigit == "bad":
		s.fail("check_digit", fmt.Sprintf("looks like a number of %s, but its check digit is wrong; scan again", matches[0].Carrier))
	}
}

// surely reports whether the match makes the scan a tracking number. Digits of a
// form without a check digit, such as any 14, do not: a product has as many.
func surely(m carrier.Match) bool {
	return m.Valid && (m.Confidence != carrier.Low || m.CheckDigit == "ok")
}

func (s *Scan) failGS1(err error) {
	var e *gs1.Error
	if errors.As(err, &e) {
		s.fail(e.Code, e.Error())
		return
	}
	s.fail("gs1", err.Error())
}

func (s *Scan) fail(code, message string) { s.Error = &Error{Code: code, Message: message} }

// looksGS1 reports whether data without an AIM identifier is worth reading as
// GS1: it has a separator, or an SSCC's or trade item's form. Plain digits of
// any other length could begin with an application identifier by chance.
func looksGS1(data []byte) bool {
	s := string(data)
	return strings.ContainsRune(s, gs1.GS) ||
		len(s) == 20 && strings.HasPrefix(s, "00") && gs1.CheckMod10(s) ||
		len(s) >= 16 && strings.HasPrefix(s, "01") && gs1.CheckMod10(s[2:16])
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
	if s.Kind == Order {
		return out
	}
	if s.Error == nil || s.Error.Code == "check_digit" {
		add(s.Data)
		add(strings.ToUpper(strings.NewReplacer(" ", "", "-", "", string(rune(gs1.GS)), "").Replace(s.Data)))
	}
	return out
}
