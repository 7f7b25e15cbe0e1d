package carrier

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

// dpdPostcode is how many characters of postcode a DPD bar code has.
const dpdPostcode = 7

// DPDBars returns what stands in the bars of a DPD parcel label, 28 characters:
// the tag that says which kind of postcode follows, the postcode filled up with
// zeros, the parcel number's 14 digits, service code and country in digits (ISO
// 3166-1). human is the same as it is printed under the bars: without the tag,
// with the check character. The layout is that of DPD's parcel label
// specification, as its published examples have it.
func DPDBars(number shipment.TrackingNumber, postcode, service, country string) (bars, human string, err error) {
	digits := string(number)
	if len(digits) == 15 { // as Compose returns it: with its own check character
		want, ok := mod3736Check(digits[:14])
		if !ok || digits[14] != want {
			return "", "", fmt.Errorf("bars of DPD parcel %s: its check character must be %c", number, want)
		}
		digits = digits[:14]
	}
	postcode = compact(postcode)
	switch {
	case len(digits) != 14 || strings.Trim(digits, digits10) != "":
		return "", "", fmt.Errorf("bars of DPD parcel %s: want a parcel number of 14 digits", number)
	case postcode == "" || len(postcode) > dpdPostcode || strings.Trim(postcode, alphabet36) != "":
		return "", "", fmt.Errorf("bars of DPD parcel %s: postcode %q: want 1 to %d letters and digits", number, postcode, dpdPostcode)
	case len(service) != 3 || len(country) != 3 || strings.Trim(service+country, digits10) != "":
		return "", "", fmt.Errorf("bars of DPD parcel %s: service %q and country %q: want 3 digits each, as in 101 and 276", number, service, country)
	}
	human = strings.Repeat("0", dpdPostcode-len(postcode)) + postcode + digits + service + country
	check, _ := mod3736Check(human)
	return "%" + human, human + string(check), nil
}
