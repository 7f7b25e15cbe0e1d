package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/journal"
)

// TestJournalReplayCompare holds stored state against the events it came with,
// and that what was stored otherwise is told. Whole days of a real station are
// compared by internal/dockday.
func TestJournalReplayCompare(t *testing.T) {
	type order = map[string]any
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	stored := func(change func(o order, p order, h order)) (order, order) {
		p := order{"id": "o1-1", "tracking_number": "1Z1", "scanned": at, "handed_over": at, "handoff": "h1"}
		o, h := order{"parcels": []order{p}}, order{"closed": at, "count": 1}
		change(o, p, h)
		return o, h
	}
	for _, tt := range []struct {
		name   string
		change func(o, p, h order)
		want   []difference
	}{
		{"the same", func(_, _, _ order) {}, nil},
		{"another number", func(_, p, _ order) { p["tracking_number"] = "1Z2" }, []difference{{Order: "o1", Parcel: "o1-1", What: "tracking number", Events: "1Z1", Stored: "1Z2"}}},
		{"still here", func(_, p, _ order) { delete(p, "handed_over") }, []difference{{Order: "o1", Parcel: "o1-1", What: "pick-up it left with", Events: "h1"}}},
		{"never read", func(_, p, _ order) { delete(p, "scanned") }, []difference{{Order: "o1", Parcel: "o1-1", What: "read by a scanner", Events: "yes", Stored: "no"}}},
		{"voided", func(o, _, _ order) { o["void"] = "by hand" }, []difference{{Order: "o1", What: "voided", Events: "no", Stored: "yes"}}},
		{"a pick-up with more", func(_, _, h order) { h["count"] = 2 }, []difference{{Handoff: "h1", What: "parcels", Events: "1", Stored: "2"}}},
		{"a pick-up still open", func(_, _, h order) { delete(h, "closed") }, []difference{{Handoff: "h1", What: "closed", Events: "yes", Stored: "no"}}},
		{"an open one with more", func(_, _, h order) { h["other"] = 2 }, []difference{{Handoff: "h2", What: "parcels", Events: "1", Stored: "2"}}},
		{"no order", func(o, _, _ order) { o["gone"] = true }, []difference{{Order: "o1", What: "the order", Events: "accepted", Stored: "not there"}}},
	} {
		path := filepath.Join(t.TempDir(), "journal.db")
		j := openJournal(t, path)
		o, h := stored(tt.change)
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			subject := shipment.OrderID("")
			for _, f := range []shipment.Fact{
				shipment.OrderAccepted{Order: shipment.Order{ID: "o1"}},
				shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: "1Z1"},
				shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: "1Z1", Handoff: "h0"},
				shipment.ParcelTakenBack{Parcel: "o1-1", Handoff: "h0"},
				shipment.ParcelScanned{Parcel: "o1-1", TrackingNumber: "1Z1"},
				shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: "1Z1", Handoff: "h1"},
				shipment.HandoffClosed{Handoff: "h1", Parcels: []shipment.ParcelID{"o1-1"}},

				// Held for its address, and mended: it keeps its number.
				shipment.OrderAccepted{Order: shipment.Order{ID: "o2", Parcels: make([]shipment.Parcel, 2)}},
				shipment.CarrierAssigned{Carrier: "ups", Service: "ground"},
				shipment.TrackingAssigned{Parcel: "o2-1", Carrier: "ups", TrackingNumber: "1Z2"},
				shipment.TrackingAssigned{Parcel: "o2-2", Carrier: "ups", TrackingNumber: "1Z3"},
				shipment.OrderAccepted{Order: shipment.Order{ID: "o2", Parcels: make([]shipment.Parcel, 2)}},
				shipment.CarrierAssigned{Carrier: "ups", Service: "ground"},
				// Corrected to one parcel, which is another box.
				shipment.LabelVoided{Parcel: "o2-2", Reason: "the corrected order has fewer parcels"},
				shipment.OrderAccepted{Order: shipment.Order{ID: "o2"}},
				shipment.CarrierAssigned{Carrier: "ups", Service: "ground"},
				shipment.TrackingAssigned{Parcel: "o2-1", Carrier: "ups", TrackingNumber: "1Z4"},
				shipment.OrderAccepted{Order: shipment.Order{ID: "o2"}},
				shipment.CarrierAssigned{Carrier: "ups", Service: "ground"},
				shipment.ParcelHandedOver{Parcel: "o2-1", TrackingNumber: "1Z4", Handoff: "h2"},

				// Scanned at another station, which has its pick-up, and taken back here.
				shipment.OrderAccepted{Order: shipment.Order{ID: "o3"}},
				shipment.TrackingAssigned{Parcel: "o3-1", Carrier: "ups", TrackingNumber: "1Z5"},
				shipment.HandoffMerged{Handoff: "h3", Added: []shipment.ParcelID{"o3-1"}},
				shipment.HandoffTakenOver{Handoff: "h3", From: "dock-2", Parcels: []shipment.ParcelID{"o3-1"}},
				shipment.ParcelTakenBack{Parcel: "o3-1", TrackingNumber: "1Z5", Handoff: "h3"},
				// And back and scanned again there, which one event may tell.
				shipment.OrderAccepted{Order: shipment.Order{ID: "o4"}},
				shipment.TrackingAssigned{Parcel: "o4-1", Carrier: "ups", TrackingNumber: "1Z6"},
				shipment.HandoffMerged{Handoff: "h3", Added: []shipment.ParcelID{"o4-1"}},
				shipment.HandoffMerged{Handoff: "h3", Added: []shipment.ParcelID{"o4-1"}, Back: []shipment.ParcelID{"o4-1"}},
			} {
				switch f := f.(type) {
				case shipment.HandoffClosed:
					subject = ""
				case shipment.OrderAccepted:
					subject = f.Order.ID
				}
				e, err := shipment.NewEvent(at, subject, f)
				if err != nil {
					return err
				}
				if err := tx.Append(e); err != nil {
					return err
				}
			}
			if o["gone"] == nil {
				if err := tx.Put("order", "o1", o, journal.Index{}); err != nil {
					return err
				}
			}
			if err := tx.Put("order", "o2", order{"parcels": []order{{"id": "o2-1", "tracking_number": "1Z4", "handed_over": at, "handoff": "h2"}}}, journal.Index{}); err != nil {
				return err
			}
			for id, p := range map[string]order{
				"o3": {"id": "o3-1", "tracking_number": "1Z5"}, "o4": {"id": "o4-1", "tracking_number": "1Z6", "handed_over": at, "handoff": "h3"},
			} {
				if err := tx.Put("order", id, order{"parcels": []order{p}}, journal.Index{}); err != nil {
					return err
				}
			}
			other := 1
			if n, is := h["other"].(int); is {
				other = n
			}
			if err := tx.Put("handoff", "h2", order{"count": other}, journal.Index{}); err != nil {
				return err
			}
			return tx.Put("handoff", "h1", h, journal.Index{})
		}); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := waybill(t, "journal", "replay", "--compare", "--path", path)
		var got comparison
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%s: %v: %s%s", tt.name, err, out, errOut)
		}
		if diff := cmp.Diff(tt.want, got.Differences); diff != "" || got.Same != (tt.want == nil) || (code == 0) != got.Same {
			t.Errorf("%s: exit %d, %s (-want +got):\n%s", tt.name, code, errOut, diff)
		}
	}
}
