package barcode_test

import (
	"strings"
	"testing"

	boombuler "github.com/boombuler/barcode/qr"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"waybill/labels"
	"waybill/labels/barcode"
)

// sixty is a payload of sixty characters.
const sixty = "https://track.example.com/t/1Z999AA10123456784?from=US&to=CA"

func BenchmarkQRSixty(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := barcode.Encode(labels.QR, []byte(sixty), barcode.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("boombuler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := boombuler.Encode(sixty, boombuler.M, boombuler.Auto); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gozxing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := encoder.Encoder_encodeWithoutHint(sixty, decoder.ErrorCorrectionLevel_M); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkQRLargest(b *testing.B) {
	payload := []byte(strings.Repeat("1", 7089))
	for b.Loop() {
		if _, err := barcode.Encode(labels.QR, payload, barcode.Options{Level: "L"}); err != nil {
			b.Fatal(err)
		}
	}
}
