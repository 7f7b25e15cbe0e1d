package zpl_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/raster"
	"waybill/labels/verify"
	"waybill/labels/zpl"
)

func label(items ...labels.Item) labels.Label {
	return labels.Label{Name: "test", Width: 4 * labels.Inch, Height: 6 * labels.Inch, Resolution: labels.DPI203, Items: items}
}

func symbol(t *testing.T, s labels.Symbology, payload string, module int) labels.Symbol {
	t.Helper()
	sym, err := barcode.Encode(s, []byte(payload), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sym.ModuleDots, sym.HeightDots = module, 100
	if sym.Modules.H > 1 {
		sym.HeightDots = 0
	}
	sym.At = labels.Point{X: 10 * labels.Millimetre, Y: 10 * labels.Millimetre}
	if module > 10 { // room for its quiet zone
		sym.At.X = 16 * labels.Millimetre
	}
	return sym
}

func TestWhatIsWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		item labels.Item
		want string
	}{
		"rectangle": {
			labels.Fill{Rect: labels.Rect{Min: labels.Point{X: labels.Millimetre, Y: 2 * labels.Millimetre}, Width: 30 * labels.Millimetre, Height: labels.Millimetre}},
			"^FO8,16^GB240,8,8^FS",
		},
		"UPS number":     {symbol(t, labels.Code128, "1Z999AA10123456784", 3), "^BY3,3,100^FO80,80^BCN,100,N,N,N,N^FH_^FD>:1Z999AA1>50123456784^FS"},
		"USPS number":    {symbol(t, labels.GS1128, "42094107\x1d9400111899223100001234", 3), "^FD>;>842094107>89400111899223100001234^FS"},
		"what ZPL reads": {symbol(t, labels.Code128, "a^b~c>d_e", 2), "^FD>:a><b>=c>0d_5Fe^FS"},
		"beyond ASCII":   {symbol(t, labels.Code128, "Zoë 12345678 Åse", 2), "^FD>:Zo>6k >512345678>6 >6Ese^FS"},
		"a lot of it":    {symbol(t, labels.Code128, "éèêàâ", 2), "^FD>:>6>6ihj_60b^FS"}, // a backtick is spelt out
		"control bytes":  {symbol(t, labels.Code128, "ABC\tDEF", 2), "^GFA,"},
		"QR":             {symbol(t, labels.QR, "WB1/A/B", 4), "^FO80,80^GFA,"},
		"wide modules":   {symbol(t, labels.Code128, "12", 12), "^GFA,"}, // ^BY ends at 10
	} {
		t.Run(name, func(t *testing.T) {
			l := label(tc.item)
			got, err := zpl.Encoder{}.Encode(l)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(got, []byte("^XA^JZY^JMA^MUD^CI28^PON^PMN^LRN^LH0,0^LS0^PW812^LL1219\n")) || !bytes.HasSuffix(got, []byte("^PQ1^XZ\n")) {
				t.Errorf("frame of %q", got)
			}
			if !strings.Contains(string(got), tc.want) {
				t.Errorf("%q\nwant it to hold %q", got, tc.want)
			}
			if err := verify.ZPL(l, got); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLargePicturesAreTiled holds that no ^GF is larger than printers accept.
func TestLargePicturesAreTiled(t *testing.T) {
	d := labels.NewDots(812, 1200)
	for i := range d.Bits {
		d.Bits[i] = byte(i * 37)
	}
	for y := range d.H { // the spare bits of a row are no dots
		d.Bits[(y+1)*d.Stride-1] &= 0xf0
	}
	l := label(labels.Bitmap{Dots: d})
	got, err := zpl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(got, []byte("^GFA,")); n != 2 {
		t.Errorf("%d pictures, want 2", n)
	}
	if err := verify.ZPL(l, got); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for name, l := range map[string]labels.Label{
		"no size":      {Name: "x", Resolution: labels.DPI203},
		"off the edge": label(labels.Bitmap{At: labels.Point{X: -labels.Millimetre}, Dots: labels.NewDots(8, 8)}),
		"empty rule":   label(labels.Fill{}),
	} {
		if _, err := (zpl.Encoder{}).Encode(l); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestAnyPictureArrives draws random pictures at random places.
func TestAnyPictureArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := labels.NewDots(rapid.IntRange(1, 70).Draw(t, "w"), rapid.IntRange(1, 20).Draw(t, "h"))
		for range rapid.IntRange(0, 60).Draw(t, "dots") {
			d.Set(rapid.IntRange(0, d.W-1).Draw(t, "x"), rapid.IntRange(0, d.H-1).Draw(t, "y"))
		}
		at := labels.Point{
			X: labels.DPI203.Length(rapid.IntRange(0, 800).Draw(t, "atX")),
			Y: labels.DPI203.Length(rapid.IntRange(0, 1200).Draw(t, "atY")),
		}
		l := label(labels.Bitmap{At: at, Dots: d})
		got, err := zpl.Encoder{}.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify.ZPL(l, got); err != nil {
			t.Fatal(err)
		}
		want, err := raster.Draw(l)
		if err != nil || want.W != 812 {
			t.Fatal(err)
		}
	})
}

func TestReprinted(t *testing.T) {
	for in, want := range map[string]string{
		"^XA^FDx^FS^XZ":           "^XA^JZY^FDx^FS^XZ",
		"\r\n^XA^XZ":              "\r\n^XA^JZY^XZ",
		"^XA^JZN^FDx^FS^XZ":       "^XA^JZN^FDx^FS^XZ",
		"no format":               "no format",
		"^XA^JZY^FDx^FS^PQ1^XZ\n": "^XA^JZY^FDx^FS^PQ1^XZ\n",
	} {
		if got := string(zpl.Reprinted([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
