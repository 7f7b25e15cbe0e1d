package wire

import (
	"time"

	"waybill/shipment"
)

// A Record is an event as a station keeps and sends it: its place in the
// history and its exact bytes. The other fields repeat what the bytes say, so
// that a reader need not decode them.
type Record struct {
	Position
	ID      string
	Type    shipment.EventType
	Subject shipment.OrderID
	Time    time.Time
	Raw     []byte // what Seal returned; the hash is over these bytes
}

// After reports whether p stands later in a station's history than q.
func (p Position) After(q Position) bool {
	if p.Epoch != q.Epoch {
		return p.Epoch > q.Epoch
	}
	return p.Sequence > q.Sequence
}
