package store_test

import (
	"testing"

	"waybill/shipment"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// TestPickUpsOfBeforeAreFound opens a file from before pick-ups were kept apart.
func TestPickUpsOfBeforeAreFound(t *testing.T) {
	dir := t.TempDir()
	d := storetest.NewDesk("dock-1", 1)
	in := storetest.Some(storetest.NewDesk("bench-1", 1), 40)
	in = append(in, d.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"}), d.Seal("", shipment.HandoffOpened{Handoff: "h8", Carrier: "usps"}),
		d.Seal("A", shipment.ParcelHandedOver{Parcel: "A/1", TrackingNumber: "1Z1", Carrier: "ups", Handoff: "h7", Entry: 1}),
		d.Seal("", shipment.HandoffClosed{Handoff: "h8", Carrier: "usps"}))
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err == nil {
		_, err = s.Ingest(t.Context(), in)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := raw(t, dir)
	for _, q := range []string{`DROP TABLE handoffs`, `DROP TABLE handoff_events`, `DROP TABLE takeovers`, `PRAGMA user_version = 3`} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, store.Options{})
	list, err := s.Handoffs(t.Context(), "dock-1")
	if err != nil || len(list) != 1 || list[0].ID != "h7" || list[0].Count != 1 {
		t.Errorf("open are %+v, error %v", list, err)
	}
}
