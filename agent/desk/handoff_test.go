package desk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
)

func TestHandoff(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	h, err := r.OpenHandoff(t.Context(), "usps")
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.OpenHandoff(t.Context(), "usps")
	wantKind(t, err, fault.Conflict)
	var want []handoff.Entry
	for i, id := range []string{"A", "B"} {
		p := r.print(t, id).Parcels[0]
		for range 2 { // the second scan changes nothing
			r.scan(t, scanner.Dock, string(p.TrackingNumber))
		}
		want = append(want, handoff.Entry{
			N: i + 1, Parcel: p.ID, Order: shipment.OrderID(id), TrackingNumber: p.TrackingNumber, Service: ground.Service,
			ServiceName: "USPS Ground Advantage", Weight: 100, PostalCode: "94043", Country: "US", Scanner: "gun", At: morning,
		})
	}
	r.now = morning.Add(time.Hour)
	head, err := r.journal.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closed, entries, err := r.CloseHandoff(t.Context(), h.ID)
	if err != nil || closed.Count != 2 || !closed.Closed.Equal(r.now) || closed.Head != head.Hash {
		t.Errorf("closed as %+v, error %v", closed, err)
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("parcels (-want +got):\n%s", diff)
	}
	_, _, err = r.CloseHandoff(t.Context(), h.ID)
	wantKind(t, err, fault.Conflict)
	_, _, err = r.CloseHandoff(t.Context(), "none")
	wantKind(t, err, fault.NotFound)
	_, _, err = r.Handoff(t.Context(), "none")
	wantKind(t, err, fault.NotFound)

	// The next parcel goes onto a new pick-up, and the closed one stays as it was.
	r.scan(t, scanner.Dock, string(r.print(t, "C").Parcels[0].TrackingNumber))
	kept, entries, err := r.Handoff(t.Context(), h.ID)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d parcels on the closed pick-up, error %v", len(entries), err)
	}
	if diff := cmp.Diff(closed, kept); diff != "" {
		t.Errorf("the closed pick-up has changed:\n%s", diff)
	}
	list, err := r.Handoffs(t.Context(), 10)
	if err != nil || len(list) != 2 || list[0].ID == h.ID || list[0].Count != 1 {
		t.Errorf("pick-ups %+v, error %v", list, err)
	}
	o, err := r.Overview(t.Context(), 10)
	if err != nil || len(o.Open) != 1 || o.Open[0].ID != list[0].ID {
		t.Errorf("open %+v, error %v", o.Open, err)
	}
	if n := r.count(t, shipment.HandoffClosedType); n != 1 {
		t.Errorf("told closed %d times", n)
	}
}
