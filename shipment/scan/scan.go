// Package scan tells what a scanner sent: one of our own labels, a control
// barcode, a tracking number, GS1 data, or nothing we know.
//
// It looks nothing up and decides nothing about parcels; what a scan means at
// the desk is the desk's to say. What only looks like one of our control
// barcodes is never taken for one.
package scan

import (
	"encoding/base64"
	"fmt"
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
	RawBase64 string               `json:"raw_b64,omitempty"` // the bytes, where they are not UTF-8 and Raw cannot hold them
	AIM       string               `json:"aim"`
	Symbology string               `json:"symbology"`
	Data      string               `json:"data"` // without the AIM identifier
	Kind      Kind                 `json:"kind"`
	GS1       []gs1.Element        `json:"gs1"`               // empty where the data is refused
	Partial   []gs1.Element        `json:"partial,omitempty"` // what could be read of GS1 data that is refused
	Matches   []carrier.Match      `json:"matches"`
	LooksLike []string             `json:"looks_like,omitempty"` // what else the data may be, such as upc_a
	AddOn     string               `json:"add_on,omitempty"`     // the 2 or 5 digits beside a product's barcode
	Link      string               `json:"link,omitempty"`       // of a GS1 Digital Link: what stands before its key
	Fields    []Field              `json:"fields,omitempty"`     // of a carrier's two-dimensional code
	Error     *Error               `json:"error,omitempty"`
	Number    string               `json:"number,omitempty"`   // the best match's, as its carrier writes it
	Code      *shipment.LabelCode  `json:"-"`                  // of our own label
	Command   shipment.DeskCommand `json:"command,omitempty"`  // of a control barcode
	Argument  string               `json:"argument,omitempty"` // of a control barcode: which box, whose badge, why
}

// An Error says why a scan is less than it set out to be.
type Error struct {
	Code     string `json:"code"`
	Message  string `json:"message"`
	AI       string `json:"ai,omitempty"`       // the GS1 application identifier that is wrong
	Position int    `json:"position,omitempty"` // of the byte in data, counted from 1
	Remedy   string `json:"remedy,omitempty"`   // what a person can do
}

// A Sender is how one scanner sends what it reads, where it does not keep to AIM
// identifiers and to GS for FNC1. The zero Sender keeps to them.
type Sender struct {
	CodeIDs   gs1.CodeIDs // the maker's own identifiers stand before the data
	Separator string      // what the scanner sends for FNC1 in place of GS
}

// maxData is more than any barcode on a parcel holds.
const maxData = 4096

// Parse tells what raw, one scan without its framing, is. It never fails: what
// it cannot read is Unknown, with Error saying why.
func Parse(t *carrier.Table, raw []byte) Scan { return Sender{}.Parse(t, raw) }

// Parse tells what raw, one scan of this scanner without its framing, is.
func (from Sender) Parse(t *carrier.Table, raw []byte) Scan {
	s := Scan{Raw: string(raw), Kind: Unknown, GS1: []gs1.Element{}, Matches: []carrier.Match{}}
	s.AIM, s.Data = gs1.CutAIM(s.Raw)
	if s.AIM == "" && from.CodeIDs != gs1.NoCodeIDs {
		s.AIM, s.Data = gs1.CutCodeID(from.CodeIDs, s.Raw)
	}
	s.Symbology = gs1.Symbology(s.AIM)
	if !utf8.Valid(raw) {
		s.RawBase64 = base64.StdEncoding.EncodeToString(raw)
	}
	if s.unreadable() {
		return s
	}
	if from.Separator != "" && (gs1.IsGS1(s.AIM) || s.AIM == "") {
		s.Data = gs1.WithSeparator(s.Data, from.Separator)
	}
	switch {
	case gs1.IsGS1(s.AIM):
		s.Data = gs1.WithSeparator(s.Data, gs1.NamedSeparator)
		s.elementString(t)
	case s.tradeItem() || s.own() || s.command():
	case s.envelope(t) || s.webAddress(t) || s.reference(t):
	default:
		s.foreign(t)
	}
	return s
}

// unreadable reports whether there is nothing to look at, and says why.
func (s *Scan) unreadable() bool {
	if gs1.HasECI(s.AIM) && len(s.Data) <= maxData {
		text, err := gs1.DecodeECI(s.Data)
		if err != nil {
			s.fail("character_set", err.Error())
			return true
		}
		s.Data = text
	}
	switch {
	case len(s.Data) == 0:
		s.fail("empty", "the scan holds no data; scan again")
	case len(s.Data) > maxData:
		s.fail("too_long", fmt.Sprintf("the scan holds %d bytes, more than any label; two scans may have run together", len(s.Data)))
	case strings.Contains(strings.Trim(s.Data, "\x00"), "\x00"):
		// Where damaged bytes are not marked they are read as NUL. Some scanners send
		// it between two scans to fill time.
		s.fail("not_text", "the scan has NUL bytes within, as damaged ones are read; check cable, baud rate and parity")
	case !utf8.ValidString(s.Data):
		s.fail("not_text", "the scan is not text; check the scanner's character set")
	}
	return s.Error != nil
}

// foreign reads what others print: tracking numbers, and GS1 data that comes
// without an identifier.
func (s *Scan) foreign(t *carrier.Table) {
	data := s.Data
	s.guessGS1()
	refused := s.Error // which is an error only if it is no carrier's number either
	s.Error = nil
	s.LooksLike = append(s.LooksLike, carrier.LooksLike(data)...)
	if isUUID(data) {
		s.LooksLike = append(s.LooksLike, "manifest")
	}
	s.recognise(t, parcelNumber(data, s.GS1), carrier.Hints{AIM: s.AIM})
	switch {
	case s.Kind == TrackingNumber:
	case len(s.GS1) > 0:
		s.Kind = GS1
	case refused != nil:
		s.Error = refused
	case len(s.Matches) > 0 && s.Matches[0].CheckDigit == "bad":
		s.fail("check_digit", fmt.Sprintf("looks like a number of %s, but its check digit is wrong; scan again", s.Matches[0].Carrier))
	}
}

// recognise enters the carriers that the number may be of; a sure match makes
// the scan a tracking number.
func (s *Scan) recognise(t *carrier.Table, number string, h carrier.Hints) {
	normal, matches := t.Recognise(number, h)
	s.Matches = append(s.Matches, matches...)
	if len(matches) > 0 && surely(matches[0]) {
		s.Kind, s.Number = TrackingNumber, normal
	}
}

// surely reports whether the match makes the scan a tracking number. Digits of a
// form without a check digit, such as any 14, do not: a product has as many.
func surely(m carrier.Match) bool {
	return m.Valid && (m.Confidence != carrier.Low || m.CheckDigit == "ok")
}

func (s *Scan) fail(code, message string) { s.Error = &Error{Code: code, Message: message} }
