package intake

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"waybill/shipment"
)

var plainDecimal = regexp.MustCompile(`^([0-9]{1,15})(?:\.([0-9]{1,9}))?$`)

var errNoDecimal = errors.New("must be a plain number such as 15.99")

// scaled returns the decimal s times ten to the power of digits, and whether
// something was left over. No floating point number is involved.
func scaled(s string, digits int) (n int64, rest bool, err error) {
	m := plainDecimal.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, false, errNoDecimal
	}
	frac := m[2] + strings.Repeat("0", digits)
	rest = strings.Trim(frac[digits:], "0") != ""
	n, err = strconv.ParseInt(m[1]+frac[:digits], 10, 64)
	if err != nil || n > maxNumber {
		return 0, false, errors.New("the number is too large")
	}
	return n, rest, nil
}

// minorUnits returns a price as the currency's minor units, exactly.
func minorUnits(price, currency string) (shipment.Money, error) {
	digits := shipment.MinorDigits(currency)
	n, rest, err := scaled(price, digits)
	if err != nil {
		return shipment.Money{}, err
	}
	if rest {
		return shipment.Money{}, fmt.Errorf("%s has more decimals than %s has", price, currency)
	}
	return shipment.Money{Amount: n, Currency: currency}, nil
}

// gramsFromKilos returns a weight in whole grams; a fraction counts as a gram,
// since a parcel must not be declared lighter than it is.
func gramsFromKilos(s string) (shipment.Grams, error) {
	n, rest, err := scaled(s, 3)
	if rest {
		n++
	}
	return shipment.Grams(n), err
}

// serviceWish returns the service that a shop's delivery option asks for, and
// whether it is one the rules know to choose among.
func serviceWish(option string) (shipment.ServiceID, bool) {
	s := strings.ToLower(strings.TrimSpace(option))
	for _, word := range []string{"express", "economy", "standard"} {
		if strings.Contains(s, word) {
			return shipment.ServiceID(word), true
		}
	}
	return "", false
}

// paymentOf returns what a marketplace's order status says about payment.
// shipped is true where the parcel is on its way already. known is false for a
// status that is not on the list.
func paymentOf(status string) (p shipment.Payment, shipped, known bool) {
	switch strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToUpper(strings.TrimSpace(status))) {
	case "":
		return shipment.PaymentUnspoken, false, true
	case "UNPAID", "PENDING", "AUTHORIZED", "PARTIALLY_PAID", "EXPIRED":
		return shipment.PaymentUnpaid, false, true
	case "ON_HOLD":
		return shipment.PaymentOnHold, false, true
	case "CANCELLED", "CANCELED", "CANCEL", "REFUNDED", "VOIDED":
		return shipment.PaymentCancelled, false, true
	case "PAID", "AWAITING_SHIPMENT", "AWAITING_COLLECTION", "PARTIALLY_SHIPPING", "PARTIALLY_REFUNDED", "TO_SHIP":
		return shipment.PaymentPaid, false, true
	case "IN_TRANSIT", "DELIVERED", "COMPLETED", "SHIPPED":
		return shipment.PaymentPaid, true, true
	}
	return "", false, false
}
