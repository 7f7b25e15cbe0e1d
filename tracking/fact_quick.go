package tracking

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"waybill/shipment"
	"waybill/sync/wire"
)

// A hub reads the data of every event, so those of the types that come most are read
// without looking at the type of each field anew. Whatever is out of the ordinary is
// left to json.Unmarshal, and so is saying what is wrong. That goes for what no story
// tells, too: a pick-up tells more of a hand-over than its order's story does, and an
// event that only one of them understands would be in one and missing from the other.

// errSlow is data that is left to json.Unmarshal.
var errSlow = errors.New("not as it usually is")

// readQuickly fills in f from data of type f.Type, and reports whether it could; f
// is spoilt where it could not.
func (f *Fact) readQuickly(data json.RawMessage) bool {
	switch f.Type {
	case shipment.OrderAcceptedType:
		f.Boxes = 1
		return f.readOrder(data) == nil
	case shipment.CarrierAssignedType:
		return readMembers(data, func(name string) any {
			switch name {
			case "carrier":
				return (*string)(&f.Carrier)
			case "service":
				return (*string)(&f.Service)
			case "promise":
				return f.readPromise
			}
			return f.untold(name)
		}) == nil
	case shipment.TrackingAssignedType, shipment.LabelPrintedType, shipment.ParcelScannedType, shipment.ParcelHandedOverType:
		return readMembers(data, f.ofParcel) == nil
	default:
		return false
	}
}

// ofParcel returns where a member of a parcel's fact goes: as the readers have it.
func (f *Fact) ofParcel(name string) any {
	handed, printed := f.Type == shipment.ParcelHandedOverType, f.Type == shipment.LabelPrintedType
	switch {
	case name == "parcel":
		return (*string)(&f.Parcel)
	case name == "tracking_number" && !printed:
		return (*string)(&f.Number)
	case name == "carrier" && (handed || f.Type == shipment.TrackingAssignedType):
		return (*string)(&f.Carrier)
	case name == "handoff" && handed:
		return &f.Handoff
	case name == "entry" && handed:
		return &f.Entry
	case name == "label" && printed:
		return &f.Label
	case name == "of" && printed:
		return &f.Of
	}
	return f.untold(name)
}

// untold returns what reads a member that no story tells, or nil where f's type has
// none of that name.
func (f *Fact) untold(name string) any {
	if read, known := untold[f.Type][name]; known {
		return read
	}
	return nil
}

// untold has the members of the types that are read quickly which no story tells.
var untold = map[shipment.EventType]map[string]func([]byte) error{
	shipment.CarrierAssignedType:  {"rule": anyText, "packing": anyPacking, "warnings": slow},
	shipment.TrackingAssignedType: {"origin": anyText, "range": anyText, "warnings": slow},
	shipment.LabelPrintedType:     {"job": anyText, "printer": anyText, "evidence": anyText, "sha256": anyText},
	shipment.ParcelScannedType:    withEvidence(map[string]func([]byte) error{}),
	shipment.ParcelHandedOverType: withEvidence(map[string]func([]byte) error{
		"service": anyText, "service_name": anyText, "weight_g": anyNumber, "postal_code": anyText, "country": anyText, "station": anyText,
	}),
}

// withEvidence adds the members of shipment.ScanEvidence.
func withEvidence(m map[string]func([]byte) error) map[string]func([]byte) error {
	for _, name := range []string{
		"raw", "raw_b64", "damaged", "aim", "symbology", "scanner", "device", "role", "bench", "operator", "code", "message",
	} {
		m[name] = anyText
	}
	m["raw_bytes"], m["received"] = anyNumber, anyTime
	return m
}

func slow([]byte) error { return errSlow }

func anyText(value []byte) error {
	if value[0] != '"' {
		return errSlow
	}
	return nil
}

func anyNumber(value []byte) error {
	if _, err := strconv.Atoi(string(value)); err != nil {
		return errSlow
	}
	return nil
}

func anyTime(value []byte) error {
	var t time.Time
	if t.UnmarshalJSON(value) != nil {
		return errSlow
	}
	return nil
}

func anyPacking(value []byte) error {
	return readMembers(value, func(name string) any {
		switch name {
		case "check", "weigh", "print":
			return anyText
		}
		return nil
	})
}

func (f *Fact) readOrder(data []byte) error {
	place := func(p *Place) func([]byte) error {
		return func(data []byte) error {
			return readMembers(data, func(name string) any {
				switch name {
				case "city":
					return &p.City
				case "region":
					return &p.Region
				case "country":
					return &p.Country
				}
				return nil
			})
		}
	}
	order := func(data []byte) error {
		return readMembers(data, func(name string) any {
			switch name {
			case "channel":
				return &f.Channel
			case "ship_from":
				return place(&f.Origin)
			case "ship_to":
				return place(&f.Destination)
			case "parcels":
				return slow
			}
			return nil
		})
	}
	return readMembers(data, func(name string) any {
		if name == "order" {
			return order
		}
		return nil
	})
}

func (f *Fact) readPromise(data []byte) error {
	return readMembers(data, func(name string) any {
		switch name {
		case "earliest":
			return &f.Promise.Earliest
		case "latest":
			return &f.Promise.Latest
		}
		return nil
	})
}

// readMembers reads an object. where says of a member that is known what it goes to: a
// *string, an *int, or a function that reads it; nil is one that may be anything.
func readMembers(data []byte, where func(name string) any) error {
	return wire.Members(data, func(name string, value []byte) error {
		for i := range len(name) { // else it might be one that is known, in capitals
			if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
				return errSlow
			}
		}
		switch to := where(name).(type) {
		case *string:
			return quickText(to, value)
		case *int:
			n, err := strconv.Atoi(string(value))
			if err != nil || value[0] == '+' {
				return errSlow
			}
			*to = n
		case func([]byte) error:
			return to(value)
		case nil:
		default:
			return errSlow
		}
		return nil
	})
}

func quickText(to *string, value []byte) error {
	if value[0] != '"' || !utf8.Valid(value) {
		return errSlow
	}
	inner := value[1 : len(value)-1]
	for _, c := range inner {
		if c == '\\' {
			return errSlow
		}
	}
	*to = string(inner)
	return nil
}
