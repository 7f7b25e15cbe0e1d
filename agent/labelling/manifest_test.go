package labelling_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"waybill/agent/handoff"
	"waybill/agent/labelling"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/pdfview"
	"waybill/labels/verify"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

var sender = shipment.Address{Name: "Goods", Line1: "1 Main St", City: "Vernon", Region: "CA", PostalCode: "90058", Country: "US"}

// manifest is a closed pick-up of n parcels, with some left behind.
func manifest(n, left int) handoff.Manifest {
	at := time.Date(2026, 11, 20, 16, 5, 9, 0, time.UTC)
	m := handoff.Manifest{
		Session: handoff.Session{
			ID: "0192a6c0-5b1e-7c3a-9f2e-3d4c5b6a7988", Carrier: "ups", Trailer: "7ABC123", Dock: "north", Opened: at, Closed: at.Add(time.Hour),
			Driver: "M. Okafor", Missing: left, Head: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		},
		Station:   "bench-1",
		Signature: handoff.Signature{Strokes: [][][2]int{{{20, 150}, {80, 20}, {140, 150}, {200, 40}, {260, 150}}, {{300, 100}, {560, 90}}}},
	}
	m.Signed = m.Signature.SHA256()
	for i := range n {
		e := handoff.Entry{
			Parcel: shipment.ParcelID(fmt.Sprintf("O-%d-1", i)), Order: shipment.OrderID(fmt.Sprint("57646141303878", 5000+i)), TrackingNumber: shipment.TrackingNumber(fmt.Sprintf("1Z999AA1%010d", i)),
			Service: "ups_ground", ServiceName: "UPS Ground", Weight: 900, PostalCode: "94043", Country: "US", Scanner: "dock", Operator: []string{"Ana Lopez", "Kim"}[i%2], At: at.Add(time.Duration(i) * time.Second),
		}
		if i%3 == 0 {
			e.Service, e.ServiceName = "ups_2nd_day_air", "UPS 2nd Day Air"
		}
		e.N = i + 1
		m.Entries = append(m.Entries, e)
		m.Count, m.Weight = m.Count+1, m.Weight+e.Weight
	}
	for i := range left {
		m.Left = append(m.Left, handoff.Waiting{Parcel: shipment.ParcelID(fmt.Sprintf("L-%d-1", i)), Order: "LEFT", TrackingNumber: shipment.TrackingNumber(fmt.Sprintf("1Z999AA2%010d", i)), Carrier: "ups", ServiceName: "UPS Ground"})
	}
	return m
}

// TestManifestReadsBack holds that the pick-up's barcode is read on every page,
// of one page and of many, with the driver's strokes on the last.
func TestManifestReadsBack(t *testing.T) {
	t.Parallel()
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	correction := manifest(1, 0)
	correction.Corrects, correction.Returned = correction.ID, correction.Entries
	back := manifest(5, 2)
	back.Entries[1].Elsewhere = &handoff.Back{Station: "dock-2"}
	for name, tt := range map[string]struct {
		of    handoff.Manifest
		pages int
	}{
		"empty": {manifest(0, 0), 1}, "one page": {manifest(5, 2), 1}, "several": {manifest(90, 3), 4}, "a correction": {correction, 1}, "back elsewhere": {back, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document, err := m.Manifest(tt.of, sender, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("WAYBILL_SHOTS"); dir != "" {
				if err := os.WriteFile(dir+"/manifest-"+name+".pdf", document, 0o600); err != nil {
					t.Error(err)
				}
			}
			views, err := pdfview.Render(document)
			if err != nil || len(views) != tt.pages {
				t.Fatalf("%d pages, want %d, error %v", len(views), tt.pages, err)
			}
			for i, v := range views {
				found, err := verify.Decode(v.Dots)
				if err != nil || len(found) != 1 || found[0].Text != tt.of.ID {
					t.Errorf("page %d reads %+v, want the pick-up's ID", i+1, found)
				}
			}
		})
	}
}

// BenchmarkManifest is the paper of 2,000 parcels, read back.
func BenchmarkManifest(b *testing.B) {
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(b), Fonts: fonts.New(), Resolution: labels.DPI203}
	of := manifest(2000, 3)
	size := 0
	for b.Loop() {
		document, err := m.Manifest(of, sender, time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		size = len(document)
	}
	b.ReportMetric(float64(size)/1024, "KiB")
}
