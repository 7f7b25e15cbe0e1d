package shipment

import "encoding/json"

// MaxOrderBytes is the most that an order may weigh as JSON. A hub takes events
// of several times that, so that every fact of an order fits into one.
const MaxOrderBytes = 1 << 20

// tooLarge reports whether the order is larger than MaxOrderBytes. One that
// cannot be written at all is not: that is told where it is written.
func (o Order) tooLarge() bool {
	raw, err := json.Marshal(o)
	return err == nil && len(raw) > MaxOrderBytes
}
