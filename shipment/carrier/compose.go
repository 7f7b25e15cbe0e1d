package carrier

import (
	"fmt"
	"strings"

	"waybill/shipment"
	"waybill/shipment/gs1"
)

// The schemes by which Compose makes numbers.
const (
	UPS1Z    = "ups_1z"      // prefix: 6 characters of shipper account, 2 of service
	USPSIMpb = "usps_impb"   // prefix: AI, service type code and mailer ID
	S10      = "s10"         // prefix: 2 letters of service, "/", country
	SSCC     = "sscc"        // prefix: extension digit and company prefix
	DPD      = "dpd14"       // prefix: 4 digits of depot
	FedEx12  = "fedex_12"    // prefix: up to 9 digits
	DHL10    = "dhl_express" // prefix: up to 7 digits
	Plain    = "plain"       // prefix: letters and digits, to be followed by plainWidth digits
)

// plainWidth is how many digits follow the prefix of a plain number.
const plainWidth = 16

// Schemes returns the names of the schemes that Compose knows.
func Schemes() []string { return []string{UPS1Z, USPSIMpb, S10, SSCC, DPD, FedEx12, DHL10, Plain} }

// Compose returns the tracking number with the given serial, check digit
// included. Two serials never make one number: a serial that does not fit what
// the prefix leaves is an error, it does not wrap.
func Compose(scheme, prefix string, serial int64) (shipment.TrackingNumber, error) {
	if serial < 0 {
		return "", fmt.Errorf("tracking number of scheme %s: serial %d is negative", scheme, serial)
	}
	var number string
	var err error
	switch scheme {
	case UPS1Z:
		number, err = fill("1Z", prefix, 8, 8, alphabet36, 17, serial, checks["ups_1z"])
	case USPSIMpb:
		if len(prefix) >= 2 && (prefix[0] != '9' || prefix[1] < '1' || prefix[1] > '5') {
			return "", fmt.Errorf("tracking number of scheme %s: prefix %q must begin with 91 to 95", scheme, prefix)
		}
		number, err = fill("", prefix, 11, 17, "0123456789", 21, serial, gs1.Mod10)
	case S10:
		return composeS10(prefix, serial)
	case SSCC:
		number, err = gs1.SSCC(prefix, serial)
		number = "00" + number
	case DPD:
		number, err = fill("", prefix, 4, 4, "0123456789", 14, serial, checks["mod37_36"])
	case FedEx12:
		number, err = fill("", prefix, 0, 9, "0123456789", 11, serial, fedexCheck)
	case DHL10:
		number, err = fill("", prefix, 0, 7, "0123456789", 9, serial, mod7Check)
	case Plain:
		number, err = fill("", prefix, 0, 16, alphabet36, len(prefix)+plainWidth, serial, nil)
	default:
		return "", fmt.Errorf("tracking number: unknown scheme %q (have %s)", scheme, strings.Join(Schemes(), ", "))
	}
	if err != nil {
		return "", fmt.Errorf("tracking number of scheme %s: %w", scheme, err)
	}
	return shipment.TrackingNumber(number), nil
}

// fill returns head, prefix and serial padded to width, and their check digit.
func fill(head, prefix string, shortest, longest int, allowed string, width int, serial int64, check func(string) (byte, bool)) (string, error) {
	if len(prefix) < shortest || len(prefix) > longest || strings.Trim(prefix, allowed) != "" {
		return "", fmt.Errorf("prefix %q: want %d to %d characters of %s", prefix, shortest, longest, allowed)
	}
	room := width - len(head) - len(prefix)
	body := fmt.Sprintf("%s%s%0*d", head, prefix, room, serial)
	if len(body) != width {
		return "", fmt.Errorf("serial %d does not fit the %d digits after %s%s", serial, room, head, prefix)
	}
	if check == nil {
		return body, nil
	}
	digit, ok := check(body)
	if !ok {
		return "", fmt.Errorf("no check digit for %s", body)
	}
	return body + string(digit), nil
}

func composeS10(prefix string, serial int64) (shipment.TrackingNumber, error) {
	service, country, _ := strings.Cut(prefix, "/")
	if len(service) != 2 || len(country) != 2 || strings.Trim(service+country, alphabet36[10:]) != "" {
		return "", fmt.Errorf("tracking number of scheme %s: prefix %q: want service and country, as in LX/US", S10, prefix)
	}
	if serial > 99_999_999 {
		return "", fmt.Errorf("tracking number of scheme %s: serial %d has more than 8 digits", S10, serial)
	}
	body := fmt.Sprintf("%s%08d", service, serial)
	digit, _ := s10Check(body)
	return shipment.TrackingNumber(body + string(digit) + country), nil
}
