package tracking

import (
	"waybill/shipment"
	"waybill/sync/wire"
)

// A Posting is what one commit of the hub's store brought, as the store's outbox
// tells it.
type Posting struct {
	Place  int64              // later commits have higher ones
	Orders []shipment.OrderID // whose stories changed
	Spans  []Span             // the events that were taken
}

// A Span is a run of one journal's events without a hole.
type Span struct {
	Station shipment.StationID
	Epoch   int64
	From    int64 // the first sequence
	To      int64 // the last
}

// Extend returns spans with e in the last of them where e goes on with it, and
// else in one more.
func Extend(spans []Span, e wire.Envelope) []Span {
	station := e.Station()
	if n := len(spans); n > 0 {
		if last := &spans[n-1]; last.Station == station && last.Epoch == e.Epoch && last.To+1 == e.Sequence {
			last.To++
			return spans
		}
	}
	return append(spans, Span{Station: station, Epoch: e.Epoch, From: e.Sequence, To: e.Sequence})
}
