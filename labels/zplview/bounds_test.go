package zplview_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/zplview"
)

// A format of a few kilobytes must not keep the machine busy: whoever sends it
// holds up every other label. Without its bound each of these takes from ten
// seconds to for ever.
func TestDrawingIsBounded(t *testing.T) {
	loop := "^XA^DFR:LOOP.ZPL" + strings.Repeat("^XFR:LOOP.ZPL", 1000) + "^XZ"
	for name, tt := range map[string]struct{ stored, format, unknown string }{
		"huge letters": {
			format:  "^XA^PW15000^LL4400" + strings.Repeat("^FO0,0^A0N,4000,4000^FDWWWWWWWW^FS", 1000) + "^XZ",
			unknown: "more to draw than a label holds",
		},
		"letters that fit nowhere": {
			format:  "^XA^LL15000" + strings.Repeat("^FO0,0^A0N,9000,9000^FD"+strings.Repeat("W ", 1500)+"^FS", 1500) + "^XZ",
			unknown: "more to draw than a label holds",
		},
		"a format that recalls itself": {stored: loop, format: "^XA^XFR:LOOP.ZPL^XZ", unknown: "^XF of more commands than a label has"},
		"endless two of five":          {format: "^XA^B2N,9,N^FD" + strings.Repeat("12", 2_000_000) + "^FS^XZ", unknown: "^FD of more than 3072 bytes in ^B2"},
	} {
		t.Run(name, func(t *testing.T) {
			var memory zplview.Memory
			if err := memory.Load([]byte(tt.stored), zplview.Prefixes{}); err != nil {
				t.Fatal(err)
			}
			view, err := within(t, func() (zplview.View, error) {
				return zplview.RenderAs([]byte(tt.format), labels.DPI203, zplview.Options{Fonts: fonts.New(), Memory: &memory})
			})
			if err != nil || !slices.Contains(view.Unknown, tt.unknown) {
				t.Errorf("error %v, unknown %q, want %q", err, view.Unknown, tt.unknown)
			}
		})
	}
	many := []byte("^XA" + strings.Repeat("^FR", 300_000) + "^XZ")
	if _, err := zplview.Render(many, labels.DPI203); err == nil || !strings.Contains(err.Error(), "commands") {
		t.Errorf("300,000 commands: %v", err)
	}
}

// Pictures are packed: a small file may hold more dots than there is memory.
func TestStoredPicturesAreBounded(t *testing.T) {
	store := func(name string, side int) []byte {
		var file bytes.Buffer
		if err := png.Encode(&file, image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})); err != nil {
			t.Fatal(err)
		}
		return fmt.Appendf(nil, "~DYR:%s,A,P,%d,,%X", name, file.Len(), file.Bytes())
	}
	var memory zplview.Memory
	if err := memory.Load(store("A", 2000), zplview.Prefixes{}); err != nil {
		t.Errorf("a picture of 2,000 by 2,000 dots: %v", err)
	}
	if err := memory.Load(store("B", 8000), zplview.Prefixes{}); err == nil {
		t.Error("a picture of 8,000 by 8,000 dots is read")
	}
}

func TestRecalls(t *testing.T) {
	other := zplview.Prefixes{Format: '/', Control: '~', Delimiter: ','}
	for format, want := range map[string]bool{
		"^XA^FDa^FS^XZ": false, "^XA^xgR:A.GRF^FS^XZ": true, "^XA^IMR:A.GRF^FS^XZ": true, "^XA^XFR:A^FS^XZ": true,
		"^XA^FDXG XF^FS^XZ": false, "^XA^CC/ /XFR:A/XZ": true,
	} {
		if got := zplview.Recalls([]byte(format), zplview.Prefixes{}); got != want {
			t.Errorf("%s: %v", format, got)
		}
	}
	if !zplview.Recalls([]byte("/XA/XFR:A/XZ"), other) {
		t.Error("a recall under other prefixes is not seen")
	}
}

// within calls f and gives it half a minute: a generous bound on a busy machine,
// and far below what f takes without bounds of its own.
func within(t *testing.T, f func() (zplview.View, error)) (zplview.View, error) {
	t.Helper()
	type result struct {
		view zplview.View
		err  error
	}
	done := make(chan result, 1)
	go func() {
		view, err := f()
		done <- result{view, err}
	}()
	select {
	case r := <-done:
		return r.view, r.err
	case <-time.After(30 * time.Second):
		t.Fatal("still drawing after 30 s")
		return zplview.View{}, nil
	}
}
