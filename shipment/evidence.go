package shipment

import (
	"encoding/base64"
	"time"
	"unicode/utf8"
)

// MaxEvidence is how many bytes of a scan are kept. No barcode on a parcel holds
// as many.
const MaxEvidence = 4096

// A ScanEvidence is what is kept of one scan, whatever came of it: what was read,
// by which machine, when, who was there, and what was decided. The station's
// clock may jump; the order of scans is that of their events, whose envelope
// also carries the clock that nobody sets.
type ScanEvidence struct {
	Raw       string    `json:"raw,omitempty"`       // the bytes as they came, where they are UTF-8
	RawBase64 string    `json:"raw_b64,omitempty"`   // and where they are not
	RawBytes  int       `json:"raw_bytes,omitempty"` // how many there were, where more came than are kept
	Damaged   string    `json:"damaged,omitempty"`   // why the bytes are no whole scan
	AIM       string    `json:"aim,omitempty"`       // the symbology as the scanner says it, which may stand beside the bytes
	Symbology string    `json:"symbology,omitempty"`
	Scanner   string    `json:"scanner,omitempty"` // by its name in the configuration; page: typed, or sent by a page
	Device    string    `json:"device,omitempty"`  // which machine that is, where it says so
	Role      string    `json:"role,omitempty"`    // bench or dock
	Bench     string    `json:"bench,omitempty"`
	Received  time.Time `json:"received,omitzero"`  // the scan's last byte
	Operator  string    `json:"operator,omitempty"` // in charge at the bench
	Code      string    `json:"code,omitempty"`     // what was decided, stable, for programs
	Message   string    `json:"message,omitempty"`  // and why, as the person was told
}

// Bytes returns what is kept of the scan's bytes.
func (e ScanEvidence) Bytes() ([]byte, error) {
	if e.RawBase64 == "" {
		return []byte(e.Raw), nil
	}
	return base64.StdEncoding.DecodeString(e.RawBase64)
}

// WithRaw returns e with the bytes of a scan.
func (e ScanEvidence) WithRaw(raw []byte) ScanEvidence {
	if len(raw) > MaxEvidence {
		e.RawBytes, raw = len(raw), raw[:MaxEvidence]
		for cut := len(raw); cut > len(raw)-utf8.UTFMax; cut-- { // no character in two
			if utf8.Valid(raw[:cut]) {
				raw = raw[:cut]
				break
			}
		}
	}
	if utf8.Valid(raw) {
		e.Raw = string(raw)
	} else {
		e.RawBase64 = base64.StdEncoding.EncodeToString(raw)
	}
	return e
}

// ScanAccepted records a scan that did what it was meant to, where no other event
// says so: an item into the box, a control barcode, a label scanned twice.
type ScanAccepted struct {
	ScanEvidence

	Parcel   ParcelID `json:"parcel,omitempty"`
	Repeated bool     `json:"repeated,omitempty"` // right, and nothing changed by it
}

// EventType returns scan.accepted.
func (ScanAccepted) EventType() EventType { return ScanAcceptedType }
