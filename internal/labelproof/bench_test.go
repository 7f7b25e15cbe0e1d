package labelproof_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/internal/labelproof"
	"waybill/labels"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/zpl"
)

// A bench has the programs that labels are proved with. It is one worker's.
type bench struct {
	decoders    []labelproof.Decoder
	rasterisers []labelproof.Rasteriser
	zpl         labelproof.ZPLRenderer
	dir         string
}

func newBench(t *testing.T, ctx context.Context) *bench {
	t.Helper()
	start := func(script string) *labelproof.Node {
		n, err := labelproof.StartNode(ctx, root, script)
		missing(t, err)
		t.Cleanup(func() { _ = n.Close() }) // a script that was cancelled has nothing more to say
		return n
	}
	zbar, err := labelproof.ZBar()
	missing(t, err)
	return &bench{
		decoders:    []labelproof.Decoder{labelproof.ZXing(start("decode.mjs")), zbar, labelproof.Gozxing()},
		rasterisers: labelproof.Rasterisers(),
		zpl:         labelproof.ZPLRenderer{Node: start("zpl.mjs")},
		dir:         t.TempDir(),
	}
}

// prove proves labels of one resolution.
func (b *bench) prove(ctx context.Context, jobs []job) (*tally, error) {
	t := newTally()
	pictures, err := b.documents(ctx, jobs)
	if err != nil {
		return nil, err
	}
	for i, j := range jobs {
		t.labels++
		if err := b.one(ctx, t, j, pictures[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", j.what, err)
		}
	}
	return t, nil
}

// documents returns what each rasteriser makes of the labels as one PDF, by
// label.
func (b *bench) documents(ctx context.Context, jobs []job) ([]map[string]labels.Dots, error) {
	all := make([]labels.Label, len(jobs))
	for i, j := range jobs {
		all[i] = j.label
	}
	document, err := pdf.Encoder{}.EncodeAll(all)
	if err != nil {
		return nil, err
	}
	pictures := make([]map[string]labels.Dots, len(jobs))
	for i := range pictures {
		pictures[i] = map[string]labels.Dots{}
	}
	for _, r := range b.rasterisers {
		pages, err := r.Draw(ctx, document, jobs[0].label.Resolution)
		if err != nil {
			return nil, err
		}
		if len(pages) != len(jobs) {
			return nil, fmt.Errorf("%s drew %d pages of %d", r.Name, len(pages), len(jobs))
		}
		for i, p := range pages {
			pictures[i]["PDF by "+r.Name] = p
		}
	}
	return pictures, nil
}

// one proves a label: its PNG file, and what others made of its PDF and ZPL. A
// picture of the same dots is not read twice.
func (b *bench) one(ctx context.Context, t *tally, j job, others map[string]labels.Dots) error {
	file, err := png.Encoder{}.Encode(j.label)
	if err != nil {
		return err
	}
	want, err := raster.Draw(j.label)
	if err != nil {
		return err
	}
	reads, err := b.read(ctx, j.label, want, file)
	if err != nil {
		return err
	}
	t.picture("PNG", true)
	b.judge(t, "PNG", j, reads, nil)

	format, err := zpl.Encoder{}.Encode(j.label)
	if err != nil {
		return err
	}
	if others["ZPL by zpl-renderer-js"], err = b.zpl.Draw(format, want.W, want.H, j.label.Resolution); err != nil {
		return err
	}
	for _, way := range slices.Sorted(keys(others)) {
		got, reads := others[way], reads
		same := got.Equal(want)
		t.picture(way, same)
		var excuse func(labels.Symbol) string
		if strings.HasPrefix(way, "ZPL") {
			excuse = misreadByZebrash
		}
		if !same {
			file, err := png.Picture(got, j.label.Resolution)
			if err != nil {
				return err
			}
			if reads, err = b.read(ctx, j.label, got, file); err != nil {
				return err
			}
			if n := differ(want, got, j.label, excuse); n > 0 {
				t.dots(way, j, n)
			}
		}
		b.judge(t, way, j, reads, excuse)
	}
	return nil
}

// read has every decoder read a picture of a label.
func (b *bench) read(ctx context.Context, l labels.Label, d labels.Dots, file []byte) ([][]labelproof.Read, error) {
	path := filepath.Join(b.dir, "label.png")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return nil, err
	}
	all := make([][]labelproof.Read, len(b.decoders))
	for i, decoder := range b.decoders {
		var err error
		if all[i], err = decoder.Read(ctx, d, path); err != nil {
			return nil, err
		}
		for _, item := range l.Items {
			if s, ok := item.(labels.Symbol); ok && decoder.Alone[s.Symbology] != "" {
				reads, err := b.alone(ctx, decoder, l.Resolution, s, d)
				if err != nil {
					return nil, err
				}
				all[i] = append(all[i], reads...)
			}
		}
	}
	return all, nil
}

// alone has a decoder read a symbol cut out of a picture of its label.
func (b *bench) alone(ctx context.Context, decoder labelproof.Decoder, res labels.Resolution, s labels.Symbol, d labels.Dots) ([]labelproof.Read, error) {
	w, h := s.Size()
	x, y := res.Dots(s.At.X), res.Dots(s.At.Y)
	white := 4 * s.ModuleDots
	cut := labels.NewDots(w+2*white, h+2*white)
	cut.Draw(d.Crop(x, y, w, h), white, white)
	file, err := png.Picture(cut, res)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(b.dir, "symbol.png")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return nil, err
	}
	reads, err := decoder.Read(ctx, cut, path)
	for i := range reads {
		reads[i].X += x - white
		reads[i].Y += y - white
	}
	return reads, err
}

// judge counts what the decoders read.
func (b *bench) judge(t *tally, way string, j job, reads [][]labelproof.Read, excuse func(labels.Symbol) string) {
	for i, d := range b.decoders {
		verdicts, extra := d.Match(j.label, reads[i])
		for _, v := range verdicts {
			if !v.OK && v.Exempt == "" && excuse != nil {
				v.Exempt = excuse(v.Symbol)
			}
			t.symbol(way, d.Name, j, v)
		}
		for _, r := range extra {
			t.phantom(way, d.Name, j, r)
		}
	}
}

// misreadByZebrash says why zpl-renderer-js does not draw a symbol as the
// language asks for. Of ^BC in mode N it takes the change from Code B to Code C
// (>5) for FNC4, and sets the digits behind it in Code B; and it loses the last
// character of Code B right behind an invocation code, be it FNC4 (>6) or the
// start (>:).
func misreadByZebrash(s labels.Symbol) string {
	const startB, codeC, codeB = 104, 99, 100
	if len(s.Codewords) == 0 || s.Turned != 0 {
		return ""
	}
	inB, n := s.Codewords[0] == startB, len(s.Codewords)
	if s.Codewords[n-4] == codeB || s.Codewords[n-4] == startB {
		return "zpl-renderer-js loses the last character behind >6 and >: in ^BC mode N"
	}
	for _, w := range s.Codewords[1 : len(s.Codewords)-2] {
		switch {
		case inB && w == codeC:
			return "zpl-renderer-js takes >5 in ^BC mode N for FNC4"
		case !inB && w == codeB:
			inB = true
		}
	}
	return ""
}

// differ counts the dots that are not the same, but for the symbols that are
// excused; a picture of another size has them all wrong.
func differ(want, got labels.Dots, l labels.Label, excuse func(labels.Symbol) string) int {
	if want.W != got.W || want.H != got.H {
		return max(want.W*want.H, got.W*got.H)
	}
	xor := labels.NewDots(want.W, want.H)
	n := 0
	for i := range xor.Bits {
		xor.Bits[i] = want.Bits[i] ^ got.Bits[i]
	}
	for y := range xor.H {
		for x := range xor.W {
			if xor.Black(x, y) && !excused(x, y, l, excuse) {
				n++
			}
		}
	}
	return n
}

func excused(x, y int, l labels.Label, excuse func(labels.Symbol) string) bool {
	if excuse == nil {
		return false
	}
	for _, item := range l.Items {
		s, ok := item.(labels.Symbol)
		if !ok || excuse(s) == "" {
			continue
		}
		// The misread symbol is longer than ours.
		_, h := s.Size()
		x0, y0 := l.Resolution.Dots(s.At.X), l.Resolution.Dots(s.At.Y)
		if x >= x0 && y >= y0 && y < y0+h {
			return true
		}
	}
	return false
}
