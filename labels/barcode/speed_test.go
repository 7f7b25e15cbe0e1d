package barcode_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/barcode"
)

// TestCode128Allocations holds that a symbol is its codewords and its bars.
func TestCode128Allocations(t *testing.T) {
	payload := []byte("9400111899223100001234")
	n := testing.AllocsPerRun(100, func() {
		if _, err := barcode.Encode(labels.Code128, payload, barcode.Options{}); err != nil {
			t.Fatal(err)
		}
	})
	if n > 2 {
		t.Errorf("%v allocations, want 2", n)
	}
}

// BenchmarkPeers compares with zint's command line in batch mode, in one run:
// a thousand symbols to a process, whose start is shared out among them.
// zint writes a file for each symbol, here the smallest it knows, so that its
// figure is an upper bound of what its encoder takes.
func BenchmarkPeers(b *testing.B) {
	for _, bc := range []struct {
		name      string
		zint      []string
		symbology labels.Symbology
		payload   func(i int) string
	}{
		{"code128", []string{"-b", "CODE128"}, labels.Code128, func(i int) string { return fmt.Sprintf("94001118992231%08d", i) }},
		{"qr", []string{"-b", "QRCODE", "--secure=2"}, labels.QR, func(i int) string {
			return fmt.Sprintf("https://track.example.com/t/1Z999AA1%010d?from=US&to=CA", i)
		}},
	} {
		b.Run(bc.name+"/ours", func(b *testing.B) {
			var all [1000][]byte
			for i := range all {
				all[i] = []byte(bc.payload(i))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := barcode.Encode(bc.symbology, all[i%len(all)], barcode.Options{}); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
		b.Run(bc.name+"/zint", func(b *testing.B) {
			needZint(b)
			dir := b.TempDir()
			var lines strings.Builder
			for i := range 1000 {
				lines.WriteString(bc.payload(i) + "\n")
			}
			in := filepath.Join(dir, "in")
			if err := os.WriteFile(in, []byte(lines.String()), 0o600); err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), "zint", append(bc.zint, "--batch", "-i", in, "-o", filepath.Join(dir, "~~~~.txt"))...)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
				n += 1000
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/symbol")
		})
	}
}
