package labelproof_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/internal/labelproof"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/fonts"
	"waybill/labels/png"
	"waybill/labels/zpl"
	"waybill/labels/zplview"
)

// A zintLibrary is zint's library at work in a process of its own.
type zintLibrary struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// startZint compiles tools/oracle/zintbench.c and starts it with texts.
func startZint(b *testing.B, args, texts []string) *zintLibrary {
	b.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		missing(b, fmt.Errorf("cc: %w (run tools/install.sh)", labelproof.ErrMissing))
	}
	program := filepath.Join(b.TempDir(), "zintbench")
	build := exec.CommandContext(b.Context(), cc, "-O2", "-o", program, filepath.Join(root, "tools", "oracle", "zintbench.c"), "-lzint")
	if said, err := build.CombinedOutput(); err != nil {
		if strings.Contains(string(said), "zint.h") || strings.Contains(string(said), "-lzint") {
			missing(b, fmt.Errorf("libzint-dev: %w (run tools/install.sh)", labelproof.ErrMissing))
		}
		b.Fatalf("%v: %s", err, said)
	}
	cmd := exec.CommandContext(b.Context(), program, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	z := &zintLibrary{in, bufio.NewReader(out)}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // a program that was cancelled has nothing more to say
	})
	for _, text := range texts {
		if _, err := fmt.Fprintf(in, "+%s\n", text); err != nil {
			b.Fatal(err)
		}
	}
	return z
}

// encode has n symbols encoded, and returns the time of one and the last one's
// size.
func (z *zintLibrary) encode(b *testing.B, n int) (ns float64, rows, width int) {
	b.Helper()
	if _, err := fmt.Fprintln(z.in, n); err != nil {
		b.Fatal(err)
	}
	var all int64
	if _, err := fmt.Fscan(z.out, &all, &rows, &width); err != nil {
		b.Fatalf("zintbench: %v", err)
	}
	return float64(all) / float64(n), rows, width
}

// BenchmarkAgainstZint takes turns with zint's library, so that both have the
// same machine, and reports the least time of each. The texts differ, so that
// nothing that was kept can answer.
func BenchmarkAgainstZint(b *testing.B) {
	for _, bm := range []struct {
		name      string
		symbology labels.Symbology
		options   barcode.Options
		zint      []string // symbology, option_1, option_3 of zint.h
		each      int      // symbols to a turn, which is short enough to be let be
		text      func(i int) string
	}{
		{"Code128/22digits", labels.Code128, barcode.Options{}, []string{"20", "-1", "0"}, 500, func(i int) string {
			return fmt.Sprintf("94001118992231000%05d", i*7)
		}},
		{"QR/60characters", labels.QR, barcode.Options{Level: "M"}, []string{"58", "2", "0"}, 10, func(i int) string {
			return fmt.Sprintf("https://track.example.com/t/1Z999AA1012345%04d?from=US&to=CA", i*7)
		}},
		{"DataMatrix/60characters", labels.DataMatrix, barcode.Options{}, []string{"71", "-1", "100"}, 20, func(i int) string {
			return fmt.Sprintf("https://track.example.com/t/1Z999AA1012345%04d?from=US&to=CA", i*7)
		}},
		{"PDF417/200characters", labels.PDF417, barcode.Options{}, []string{"55", "-1", "0"}, 20, func(i int) string {
			return fmt.Sprintf("%.200s", strings.Repeat(fmt.Sprintf("Order %04d: 2 x MUG-SPECKLE to Rohnert Park CA; ", i*7), 5))
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			texts := make([]string, 64)
			for i := range texts {
				texts[i] = bm.text(i)
			}
			zint := startZint(b, bm.zint, texts)
			ours, theirs := math.Inf(1), math.Inf(1)
			var last labels.Symbol
			var rows, width int
			for b.Loop() {
				from := time.Now()
				for i := range bm.each {
					var err error
					if last, err = barcode.Encode(bm.symbology, []byte(texts[i%len(texts)]), bm.options); err != nil {
						b.Fatal(err)
					}
				}
				ours = min(ours, float64(time.Since(from).Nanoseconds())/float64(bm.each))
				var ns float64
				ns, rows, width = zint.encode(b, bm.each)
				theirs = min(theirs, ns)
			}
			b.Logf("the last symbol has %d × %d modules, zint's %d × %d", last.Modules.H, last.Modules.W, rows, width)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ours, "ours-ns/symbol")
			b.ReportMetric(theirs, "zint-ns/symbol")
			b.ReportMetric(theirs/ours, "times-faster")
		})
	}
}

// BenchmarkAgainstZplRenderer takes turns with zpl-renderer-js, which measures
// itself: from ZPL to a picture as PNG.
func BenchmarkAgainstZplRenderer(b *testing.B) {
	node, err := labelproof.StartNode(b.Context(), root, "zpl.mjs")
	missing(b, err)
	defer func() { _ = node.Close() }()
	for _, s := range benchSpecimens(b) {
		b.Run(s.Name, func(b *testing.B) {
			l, format := benchLabel(b, s)
			w, h := l.Size()
			ours, theirs := math.Inf(1), math.Inf(1)
			for b.Loop() {
				from := time.Now()
				seen, err := zplview.Render(format, l.Resolution)
				if err != nil {
					b.Fatal(err)
				}
				file, err := png.Picture(seen.Dots, l.Resolution)
				if err != nil {
					b.Fatal(err)
				}
				_ = base64.StdEncoding.EncodeToString(file)
				ours = min(ours, float64(time.Since(from).Nanoseconds()))
				chars := make([]rune, len(format)) // the script wants a character to a byte
				for i, c := range format {
					chars[i] = rune(c)
				}
				var answer struct {
					NS float64 `json:"ns"`
				}
				if err := node.Ask(map[string]any{"zpl": string(chars), "width": w, "height": h, "dpmm": 8}, &answer); err != nil {
					b.Fatal(err)
				}
				theirs = min(theirs, answer.NS)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ours/1e6, "ours-ms/label")
			b.ReportMetric(theirs/1e6, "zpl-renderer-ms/label")
			b.ReportMetric(theirs/ours, "times-faster")
		})
	}
}

func benchSpecimens(b *testing.B) []labelproof.Specimen {
	b.Helper()
	var some []labelproof.Specimen
	for _, s := range specimens(b) {
		switch s.Name {
		case "generic-4x6", "usps-4x6", "fedex-4x6", "ups-4x6":
			some = append(some, s)
		}
	}
	return some
}

func benchLabel(b *testing.B, s labelproof.Specimen) (labels.Label, []byte) {
	b.Helper()
	pages, err := s.Lay(s.Order, 1, labels.DPI203, fonts.New())
	if err != nil {
		b.Fatal(err)
	}
	format, err := zpl.Encoder{}.Encode(pages[0])
	if err != nil {
		b.Fatal(err)
	}
	return pages[0], format
}
