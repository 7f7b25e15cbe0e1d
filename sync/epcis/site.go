package epcis

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"waybill/shipment"
	"waybill/shipment/gs1"
)

// DefaultBase is the base of a Site that names none. It is nobody's, so that a
// document for others needs another.
const DefaultBase = "https://waybill.invalid"

// A Site says how a document names things and places.
type Site struct {
	// Base is the address or URN under which everything is named that has no key
	// of GS1: https://example.com/wb becomes https://example.com/wb/obj/ups.1Z….
	// Empty: DefaultBase.
	Base        string
	ReadPoint   string // where the station reads: a GLN or a URI; empty: under Base, by the station's name
	BizLocation string // where the parcels are until they leave: a GLN or a URI; empty: not told
}

// Check returns what is wrong with s, or nil.
func (s Site) Check() error {
	if s.Base != "" {
		u, err := url.Parse(s.Base)
		if err != nil {
			return fmt.Errorf("base_uri: %w", err)
		}
		web := (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
		if urn := u.Scheme == "urn" && strings.Contains(u.Opaque, ":"); !web && !urn || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("base_uri %q: want an address of your own, as https://example.com/wb, or a URN, as urn:example:wb", s.Base)
		}
		if strings.HasPrefix(strings.ToLower(s.Base), "urn:epc") {
			return fmt.Errorf("base_uri %q: names that begin with urn:epc are GS1's (take an address of your own)", s.Base)
		}
	}
	return errors.Join(checkPlace("read_point", s.ReadPoint), checkPlace("biz_location", s.BizLocation))
}

func checkPlace(field, place string) error {
	if place == "" {
		return nil
	}
	if digits(place) {
		if len(place) != 13 || !gs1.CheckMod10(place) {
			return fmt.Errorf("%s %q: a GLN has 13 digits, the last of which checks the others", field, place)
		}
		return nil
	}
	if u, err := url.Parse(place); err != nil || !u.IsAbs() {
		return fmt.Errorf("%s %q: want a GLN or a URI, as urn:epc:id:sgln:0614141.07346.1234", field, place)
	}
	return nil
}

// The kinds of private names, in the forms of GS1's Core Business Vocabulary:
// BASE/obj/ID for things, and so on.
const (
	object      = "obj"
	class       = "class"
	location    = "loc"
	transaction = "bt"
	party       = "pty"
	vocabulary  = "voc"
)

// name returns the private name of a thing.
func (s Site) name(kind, id string) string {
	base, sep := strings.TrimRight(s.Base, "/:"), "/"
	if base == "" {
		base = DefaultBase
	}
	if strings.HasPrefix(strings.ToLower(base), "urn:") {
		sep = ":"
	}
	return base + sep + kind + sep + url.PathEscape(id)
}

// link is the stem of GS1's own Digital Link URIs, the form in which the
// standard names things where the length of the company's prefix is not known.
const link = "https://id.gs1.org"

// parcel names a parcel by what its label says: an SSCC in GS1's form, any other
// tracking number as the carrier's under Base, since it is no key of GS1.
func (s Site) parcel(c shipment.CarrierID, number shipment.TrackingNumber, id shipment.ParcelID) string {
	n := string(number)
	if sscc, ok := strings.CutPrefix(n, "00"); ok && isSSCC(sscc) {
		return link + "/00/" + sscc
	}
	if c == "sscc" && isSSCC(n) {
		return link + "/00/" + n
	}
	if n == "" {
		return s.name(object, "parcel."+string(id))
	}
	return s.name(object, string(c)+"."+n)
}

func isSSCC(n string) bool { return len(n) == 18 && digits(n) && gs1.CheckMod10(n) }

// goods names what an item is: by its GTIN where it has one, else by the
// seller's SKU.
func (s Site) goods(barcode, sku string) string {
	if n := len(barcode); (n == 8 || n == 12 || n == 13 || n == 14) && digits(barcode) && gs1.CheckMod10(barcode) {
		return link + "/01/" + strings.Repeat("0", 14-n) + barcode
	}
	if sku == "" {
		sku = barcode
	}
	return s.name(class, sku)
}

func (s Site) place(place string) string {
	if digits(place) {
		return link + "/414/" + place
	}
	return place
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
