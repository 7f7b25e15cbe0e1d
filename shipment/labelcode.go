package shipment

import (
	"errors"
	"strings"
)

// A LabelCode is what the QR code of our own labels holds: which order, and
// under which number. It is written WB1/order/number.
type LabelCode struct {
	Order          OrderID
	TrackingNumber TrackingNumber
}

const labelCodePrefix = "WB1/"

// errLabelCode is why a text is no label code.
var errLabelCode = errors.New("not a label code; want WB1/order/number")

// String returns the code as it is printed.
func (c LabelCode) String() string {
	return labelCodePrefix + string(c.Order) + "/" + string(c.TrackingNumber)
}

// ParseLabelCode reads a code back. The order may hold slashes, the number may
// not.
func ParseLabelCode(s string) (LabelCode, error) {
	rest, ok := strings.CutPrefix(s, labelCodePrefix)
	i := strings.LastIndexByte(rest, '/')
	if !ok || i <= 0 || i == len(rest)-1 || strings.ContainsFunc(rest, notPrintable) {
		return LabelCode{}, errLabelCode
	}
	return LabelCode{Order: OrderID(rest[:i]), TrackingNumber: TrackingNumber(rest[i+1:])}, nil
}
