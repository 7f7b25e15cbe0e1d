package carrier

import (
	"fmt"
	"math"
	"strings"

	"waybill/shipment"
	"waybill/shipment/gs1"
)

// The schemes by which Compose makes numbers. What the prefix of each holds is
// told at its form, and with sources in docs/numbers.md.
const (
	UPS1Z    = "ups_1z"      // prefix: 6 characters of shipper account, 2 of service
	USPSIMpb = "usps_impb"   // prefix: channel, service type code, source for channel 94, Mailer ID
	S10      = "s10"         // prefix: 2 letters of service, "/", country
	SSCC     = "sscc"        // prefix: extension digit and company prefix
	DPD      = "dpd14"       // prefix: 4 digits of depot
	FedEx12  = "fedex_12"    // prefix: up to 9 digits
	DHL10    = "dhl_express" // prefix: up to 7 digits
	Plain    = "plain"       // prefix: letters and digits, to be followed by plainWidth digits
	Own      = "own"         // prefix: a template, as in ACME{8}{mod37_36}
)

// plainWidth is how many digits follow the prefix of a plain number.
const plainWidth = 16

// Schemes returns the names of the schemes that Compose knows.
func Schemes() []string {
	return []string{UPS1Z, USPSIMpb, S10, SSCC, DPD, FedEx12, DHL10, Plain, Own}
}

// A form is what the numbers of one scheme and prefix look like: head, the
// serial in so many digits, the check character, tail.
type form struct {
	head   string
	digits int
	check  func(body string) (byte, bool) // nil: no check character
	tail   string
}

// formOf returns the form of a scheme's numbers under a prefix, or what is
// wrong with the prefix.
func formOf(scheme, prefix string) (form, error) {
	var f form
	var err error
	switch scheme {
	case UPS1Z:
		f, err = fixed("1Z", prefix, 8, 8, alphabet36, 17, checks["ups_1z"])
	case USPSIMpb:
		f, err = impbForm(prefix)
	case S10:
		f, err = s10Form(prefix)
	case SSCC:
		f, err = ssccForm(prefix)
	case DPD:
		f, err = fixed("", prefix, 4, 4, digits10, 14, checks["mod37_36"])
	case FedEx12:
		f, err = fixed("", prefix, 0, 9, digits10, 11, fedexCheck)
	case DHL10:
		f, err = fixed("", prefix, 0, 7, digits10, 9, mod7Check)
	case Plain:
		f, err = fixed("", prefix, 0, 16, alphabet36, len(prefix)+plainWidth, nil)
	case Own:
		f, err = ownForm(prefix)
	default:
		return form{}, fmt.Errorf("tracking number: unknown scheme %q (have %s)", scheme, strings.Join(Schemes(), ", "))
	}
	if err != nil {
		return form{}, fmt.Errorf("tracking number of scheme %s: prefix %q: %w", scheme, prefix, err)
	}
	return f, nil
}

// Compose returns the tracking number with the given serial, check digit
// included. Two serials never make one number: a serial that does not fit what
// the prefix leaves is an error, it does not wrap.
func Compose(scheme, prefix string, serial int64) (shipment.TrackingNumber, error) {
	f, err := formOf(scheme, prefix)
	if err != nil {
		return "", err
	}
	if serial < 0 || serial > f.last() {
		return "", fmt.Errorf("tracking number of scheme %s: serial %d does not fit the %d digits after %s: want 0 to %d", scheme, serial, f.digits, f.head, f.last())
	}
	body := f.body(serial)
	number := body
	if f.check != nil {
		c, ok := f.check(body)
		if !ok {
			return "", fmt.Errorf("tracking number of scheme %s: no check digit for %s", scheme, body)
		}
		number += string(c)
	}
	return shipment.TrackingNumber(number + f.tail), nil
}

// Last returns the highest serial number that a prefix of a scheme leaves room
// for; the lowest is 0. So many and one more parcels can be numbered.
func Last(scheme, prefix string) (int64, error) {
	f, err := formOf(scheme, prefix)
	if err != nil {
		return 0, err
	}
	return f.last(), nil
}

func (f form) body(serial int64) string { return fmt.Sprintf("%s%0*d", f.head, f.digits, serial) }

// last is 10 to the power of digits, less one, or the largest serial there is.
func (f form) last() int64 {
	n := int64(1)
	for range f.digits {
		if n > math.MaxInt64/10 {
			return math.MaxInt64
		}
		n *= 10
	}
	return n - 1
}

const digits10 = "0123456789"

// fixed returns the form of numbers that are head and prefix, filled up with
// digits to width before the check character.
func fixed(head, prefix string, shortest, longest int, allowed string, width int, check func(string) (byte, bool)) (form, error) {
	if len(prefix) < shortest || len(prefix) > longest || strings.Trim(prefix, allowed) != "" {
		want := "digits"
		if len(allowed) > len(digits10) {
			want = "capital letters and digits"
		}
		return form{}, fmt.Errorf("want %d to %d %s", shortest, longest, want)
	}
	return form{head: head + prefix, digits: width - len(head) - len(prefix), check: check}, nil
}

// impbForm returns the form of the 22 digits of a USPS package barcode without
// its routing: channel, service type code (STC), for channel 94 the source
// system, Mailer ID (MID), serial, check digit. Publication 199 has 92 for
// mailers with a MID of 9 digits, 93 for 6 and 94 for online mailers; Postal
// Bulletin 22290 (2010) has a MID of 9 digits begin with 9 and one of 6 with 0
// to 8, so that a number can be read in one way only.
func impbForm(prefix string) (form, error) {
	if strings.Trim(prefix, digits10) != "" || len(prefix) < 2 {
		return form{}, fmt.Errorf("want digits: channel 92, 93 or 94, service type code of 3, Mailer ID of 6 or 9, as in 92001903000000")
	}
	before := 5 // channel and STC
	channel := prefix[:2]
	switch channel {
	case "92", "93":
	case "94":
		before = 7 // and the source system
	default:
		return form{}, fmt.Errorf("must begin with the channel 92 (Mailer ID of 9 digits), 93 (of 6 digits) or 94 (online, with source system); others are not a mailer's to use")
	}
	mid := prefix[min(before, len(prefix)):]
	nine := strings.HasPrefix(mid, "9")
	switch {
	case len(mid) != 6 && len(mid) != 9:
		return form{}, fmt.Errorf("want a Mailer ID of 6 or 9 digits after the first %d, not %d digits", before, len(mid))
	case nine && len(mid) == 6:
		return form{}, fmt.Errorf("the Mailer ID %s has 6 digits, which never begin with 9; one that does has 9 digits", mid)
	case !nine && len(mid) == 9:
		return form{}, fmt.Errorf("the Mailer ID %s has 9 digits, which always begin with 9; one that does not has 6 digits", mid)
	case channel == "92" && !nine, channel == "93" && nine:
		return form{}, fmt.Errorf("channel 92 is for a Mailer ID of 9 digits and 93 for one of 6; %s has %d", mid, len(mid))
	}
	return form{head: prefix, digits: 21 - len(prefix), check: gs1.Mod10}, nil
}

// ssccForm returns the form of a serial shipping container code under its
// application identifier 00. GS1 gives company prefixes of 4 to 12 digits; the
// extension digit before it is the company's to choose.
func ssccForm(prefix string) (form, error) {
	if len(prefix) < 5 || len(prefix) > 13 || strings.Trim(prefix, digits10) != "" {
		return form{}, fmt.Errorf("want an extension digit and a GS1 company prefix of 4 to 12 digits, as in 00614141 for the company prefix 0614141")
	}
	// 00 before the number counts nothing: its digits are zero.
	return form{head: "00" + prefix, digits: 17 - len(prefix), check: gs1.Mod10}, nil
}

// s10Form returns the form of a postal item's number after UPU S10, whose check
// digit stands before the country.
func s10Form(prefix string) (form, error) {
	service, country, _ := strings.Cut(prefix, "/")
	letters := alphabet36[len(digits10):]
	if len(service) != 2 || len(country) != 2 || strings.Trim(service+country, letters) != "" {
		return form{}, fmt.Errorf("want service indicator and country of the post, as in LX/US")
	}
	return form{head: service, digits: 8, check: s10Check, tail: country}, nil
}
