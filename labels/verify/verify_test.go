package verify_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/raster"
	"waybill/labels/verify"
	"waybill/labels/zpl"
)

// drawing returns a symbol as dots.
func drawing(t *testing.T, s labels.Symbology, payload string, module int) labels.Dots {
	t.Helper()
	sym, ok := one(t, s, payload, module).Items[0].(labels.Symbol)
	if !ok {
		t.Fatal("not a symbol")
	}
	return sym.Drawing()
}

// one returns a label with one symbol in its middle.
func one(t testing.TB, s labels.Symbology, payload string, module int) labels.Label {
	t.Helper()
	sym, err := barcode.Encode(s, []byte(payload), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sym.ModuleDots = module
	if sym.Modules.H == 1 {
		sym.HeightDots = 60
	}
	sym.At = labels.Point{X: 10 * labels.Millimetre, Y: 10 * labels.Millimetre}
	return labels.Label{
		Name: "test", Width: 100 * labels.Millimetre, Height: 50 * labels.Millimetre, Resolution: labels.DPI203,
		Items: []labels.Item{sym},
	}
}

func draw(t *testing.T, l labels.Label) labels.Dots {
	t.Helper()
	d, err := raster.Draw(l)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDamageIsFound(t *testing.T) {
	for name, tc := range map[string]struct {
		symbology labels.Symbology
		damage    func(labels.Dots)
		want      string // empty: it still reads, as it should
	}{
		"sound":               {labels.Code128, func(labels.Dots) {}, ""},
		"sound GS1":           {labels.GS1128, func(labels.Dots) {}, ""},
		"sound QR":            {labels.QR, func(labels.Dots) {}, ""},
		"a blot on a row":     {labels.Code128, func(d labels.Dots) { d.FillRect(150, 100, 60, 1) }, "on its row 21"},
		"a dot in the margin": {labels.Code128, func(d labels.Dots) { d.FillRect(70, 100, 1, 1) }, "quiet zone"},
		"nothing there":       {labels.Code128, func(d labels.Dots) { clear(d.Bits) }, "nothing at its place"},
		"QR blotted out":      {labels.QR, func(d labels.Dots) { d.FillRect(84, 84, 50, 50) }, "no QR code"},
		"QR's margin":         {labels.QR, func(d labels.Dots) { d.FillRect(78, 90, 1, 1) }, "quiet zone"},
		"QR, small blot":      {labels.QR, func(d labels.Dots) { d.FillRect(124, 124, 6, 6) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := one(t, tc.symbology, "1Z999AA10123456784", 3)
			d := draw(t, l)
			tc.damage(d)
			err := verify.Label(l, d)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var mismatch *labels.MismatchError
			if !errors.As(err, &mismatch) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want a mismatch that says %q", err, tc.want)
			}
		})
	}
}

func TestAnotherSymbolIsFound(t *testing.T) {
	for _, s := range []labels.Symbology{labels.Code128, labels.QR} {
		l := one(t, s, "1Z999AA10123456784", 3)
		err := verify.Label(l, draw(t, one(t, s, "1Z999AA10123456793", 3)))
		if err == nil || !strings.Contains(err.Error(), "1Z999AA10123456793") {
			t.Errorf("%s: error %v, want one that names what it reads", s, err)
		}
	}
	l := one(t, labels.Code128, "42094107", 3)
	l2 := one(t, labels.GS1128, "42094107", 3)
	if err := verify.Label(l2, draw(t, l)); err == nil {
		t.Error("a plain Code 128 passes for GS1-128")
	}
}

func TestZPLIsHeldAgainstTheLabel(t *testing.T) {
	l := one(t, labels.Code128, "1Z999AA10123456784", 3)
	format, err := zpl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		old, new, want string
	}{
		"sound":           {"", "", ""},
		"another number":  {"56784", "56793", "other dots"},
		"moved":           {"^FO80,80", "^FO81,80", "other dots"},
		"two copies":      {"^PQ1", "^PQ2", "2 copies"},
		"unknown command": {"^PQ1", "^PQ1^JUS", "^JU"},
		"cut short":       {"^XZ", "", "no ZPL format"},
		"one more mark":   {"^PQ1", "^FO0,0^GB3,3,3^FS^PQ1", "other dots"},
	} {
		t.Run(name, func(t *testing.T) {
			err := verify.ZPL(l, []byte(strings.Replace(string(format), tc.old, tc.new, 1)))
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

// TestDecodeFindsAll reads several symbols on one picture, turned every way.
func TestDecodeFindsAll(t *testing.T) {
	page := labels.NewDots(812, 1218)
	for i, payload := range []string{"1Z999AA10123456784", "9400111899223100001234"} {
		page.Draw(drawing(t, labels.Code128, payload, 2), 60, 100+200*i)
	}
	page.Draw(drawing(t, labels.QR, "WB1/A/B", 4), 500, 700)
	up := drawing(t, labels.Code128, "TBA123456789012", 2)
	for y := range up.H {
		for x := range up.W {
			if up.Black(x, y) {
				page.Set(200-y, 600+x) // a quarter turn clockwise
			}
		}
	}
	found, err := verify.Decode(page)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, f := range found {
		texts = append(texts, f.Text)
	}
	if got, want := strings.Join(texts, " "), "1Z999AA10123456784 9400111899223100001234 TBA123456789012 WB1/A/B"; len(found) != 4 ||
		!strings.Contains(got, "TBA") || !strings.Contains(got, "WB1/A/B") || !strings.HasPrefix(got, "1Z999AA10123456784 9400111899223100001234") {
		t.Errorf("found %q, want %q", got, want)
	}
	for _, f := range found {
		want := 0
		if f.Text == "TBA123456789012" {
			want = 90
		}
		if f.Turned != want {
			t.Errorf("%s: turned %d, want %d", f.Text, f.Turned, want)
		}
	}
}

func TestDecodeOfNothing(t *testing.T) {
	if found, err := verify.Decode(labels.NewDots(100, 100)); err != nil || len(found) != 0 {
		t.Errorf("found %v (%v) on a blank label", found, err)
	}
	if _, err := verify.Decode(labels.Dots{}); err == nil {
		t.Error("no picture is no label")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xff, 0x0f, 0x81}, 24)
	f.Fuzz(func(_ *testing.T, bits []byte, w int) {
		w = min(max(w, 1), 200)
		stride := (w + 7) / 8
		h := min(len(bits)/stride, 60)
		if h < 1 {
			return
		}
		_, _ = verify.Decode(labels.Dots{W: w, H: h, Stride: stride, Bits: bits[:h*stride]}) // only that it ends, and does not panic
	})
}

// Every code drawn is read, at its place and on the whole picture: a reader
// that fails now and then would refuse good labels.
func TestEveryQRCodeDrawnIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		payload := rapid.StringMatching(`WB1/[0-9]{5,19}/[0-9A-Z]{10,22}`).Draw(r, "payload")
		l := one(t, labels.QR, payload, rapid.IntRange(2, 6).Draw(r, "module"))
		d := draw(t, l)
		if err := verify.Label(l, d); err != nil {
			r.Fatal(err)
		}
		found, err := verify.Decode(d)
		if err != nil || len(found) != 1 || found[0].Text != payload {
			r.Fatalf("found %+v, %v", found, err)
		}
	})
}
