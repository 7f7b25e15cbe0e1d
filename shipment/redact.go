package shipment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// personal is where the data of each type of event speaks of a person: names,
// addresses, phones, e-mail addresses, and free text that may quote them. A type
// without an entry holds none. A name after a dot is a field, [] is each of a list.
//
// What stays says what was shipped, with which carrier and when, and to which country
// and region.
var personal = map[EventType][]string{
	OrderAcceptedType:     append(within("order.", orderPersonal...), "warnings[].message"),
	OrderRejectedType:     {"problems[].message"},
	OrderHeldType:         {"message"},
	OrderChangedType:      {"message"},
	OrderInstructedType:   {"reason"},
	AddressCorrectedType:  {"changes[].old", "changes[].new", "changes[].why"},
	AddressOverriddenType: {"reason", "problems[].message"},
	CarrierAssignedType:   {"warnings[].message"},
	TrackingAssignedType:  {"warnings[].message"},
	LabelResolvedType:     {"reason"},
	LabelReprintedType:    {"reason"},
	LabelVoidedType:       {"reason"},
	ParcelScannedType:     scanPersonal,
	ScanAcceptedType:      scanPersonal,
	ScanRefusedType:       scanPersonal,
	ParcelHandedOverType:  append([]string{"postal_code"}, scanPersonal...),
	ParcelTakenBackType:   {"reason"},
	ParcelTakenOverType:   {"postal_code"},
	HandoffClosedType:     {"driver"},
	HandoffMergedType:     {"scans[].postal_code", "scans[].back.reason"},
}

// orderPersonal is where an order speaks of a person.
var orderPersonal = append(append(
	within("ship_to.", addressPersonal...),
	within("ship_from.", addressPersonal...)...),
	"buyer.email", "buyer.phone", "label.fields", "parcels[].fields", "extra", "address_override.reason")

var addressPersonal = []string{"name", "company", "line1", "line2", "line3", "city", "district", "postal_code", "phone"}

// A barcode of another's label may hold its whole address.
var scanPersonal = []string{"raw", "raw_b64", "message"}

func within(prefix string, fields ...string) []string {
	paths := make([]string, len(fields))
	for i, f := range fields {
		paths[i] = prefix + f
	}
	return paths
}

// Redact returns the data of an event without what it says of persons, and whether
// there was any. Data that is no JSON object is returned as it is.
func Redact(t EventType, data json.RawMessage) (redacted json.RawMessage, changed bool, err error) {
	paths := personal[t]
	if len(paths) == 0 || len(data) == 0 {
		return data, false, nil
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber() // as it was written
	var doc any
	if err := in.Decode(&doc); err != nil {
		return data, false, fmt.Errorf("data of event %s: %w", t, err)
	}
	for _, path := range paths {
		changed = remove(doc, path) || changed
	}
	if !changed {
		return data, false, nil
	}
	redacted, err = json.Marshal(doc)
	return redacted, true, err
}

// remove takes away what stands at a path, and reports whether something did.
func remove(doc any, path string) (removed bool) {
	name, rest, deeper := strings.Cut(path, ".")
	name, each := strings.CutSuffix(name, "[]")
	fields, ok := doc.(map[string]any)
	if !ok {
		return false
	}
	value, there := fields[name]
	switch {
	case !there:
		return false
	case !deeper:
		delete(fields, name)
		return true
	case !each:
		return remove(value, rest)
	}
	list, _ := value.([]any)
	for _, v := range list {
		removed = remove(v, rest) || removed
	}
	return removed
}

// Redact returns the order without what it says of persons.
func (o Order) Redact() Order {
	o.ShipTo, o.ShipFrom = o.ShipTo.redact(), o.ShipFrom.redact()
	o.Buyer.Email, o.Buyer.Phone = "", ""
	o.Label.Fields, o.Extra = nil, nil
	o.AddressOverride.Reason = ""
	o.Parcels = append([]Parcel(nil), o.Parcels...)
	for i := range o.Parcels {
		o.Parcels[i].Fields = nil
	}
	return o
}

func (a Address) redact() Address { return Address{Region: a.Region, Country: a.Country} }

// Redact returns the problems without their words, which may quote what was wrong.
func (ps Problems) Redact() Problems {
	redacted := append(Problems(nil), ps...)
	for i := range redacted {
		redacted[i].Message = ""
	}
	return redacted
}
