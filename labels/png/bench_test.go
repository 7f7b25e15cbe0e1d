package png_test

import (
	"bytes"
	"image"
	"image/color"
	stdpng "image/png"
	"os"
	"testing"
	"time"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/shipment"
)

// generic returns the label that comes with waybill, 812 by 1219 dots.
func generic(b *testing.B) labels.Label {
	b.Helper()
	src, err := os.ReadFile("../../configs/templates/generic-4x6.yaml")
	if err != nil {
		b.Fatal(err)
	}
	tm, err := template.Parse("generic-4x6.yaml", src)
	if err != nil {
		b.Fatal(err)
	}
	data, err := template.NewData(shipment.Order{
		ID: "576461413038785752", TrackingNumber: "1Z999AA10123456784",
		Items: []shipment.Item{{SKU: "TS-YOGA", Title: "Yoga mat", Quantity: 2, Weight: 1150}}, Parcels: []shipment.Parcel{{Weight: 2600}},
	}, 1, template.Settled{
		Carrier: "ups", CarrierName: "UPS", ServiceName: "Ground",
		TrackingNumber: "1Z999AA10123456784", TrackingText: "1Z 999 AA1 01 2345 6784",
		To:       []string{"Zoë Núñez (Łódź)", "1600 Amphitheatre Pkwy", "Mountain View CA 94043"},
		From:     []string{"Waybill Demo Goods", "4505 E 11th St", "Vernon CA 90058"},
		ShipDate: "2026-11-20",
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := layout.Lay(tm, data, labels.DPI203, fonts.New())
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// BenchmarkLabel draws and writes a label.
func BenchmarkLabel(b *testing.B) {
	l := generic(b)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		file, err := png.Encoder{}.Encode(l)
		if err != nil {
			b.Fatal(err)
		}
		size = len(file)
	}
	b.ReportMetric(float64(size), "bytes")
}

// BenchmarkAgainstImagePNG takes turns with the standard library, each writing
// the same dots, so that both have the same machine.
func BenchmarkAgainstImagePNG(b *testing.B) {
	d, err := raster.Draw(generic(b))
	if err != nil {
		b.Fatal(err)
	}
	img := image.NewPaletted(image.Rect(0, 0, d.W, d.H), color.Palette{color.White, color.Black})
	for i := range img.Pix {
		if d.Black(i%d.W, i/d.W) {
			img.Pix[i] = 1
		}
	}
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := png.Picture(d, labels.DPI203); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		var file bytes.Buffer
		if err := stdpng.Encode(&file, img); err != nil {
			b.Fatal(err)
		}
		ours, theirs = ours+middle.Sub(start), theirs+time.Since(middle)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ours-ns")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "image/png-ns")
	b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
}

// BenchmarkDecode reads what BenchmarkLabel wrote.
func BenchmarkDecode(b *testing.B) {
	file, err := png.Encoder{}.Encode(generic(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := png.Decode(file); err != nil {
			b.Fatal(err)
		}
	}
}
