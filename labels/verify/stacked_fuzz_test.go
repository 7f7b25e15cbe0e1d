package verify_test

import (
	"testing"
	"unicode/utf8"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// FuzzStacked holds that whatever is encoded reads back, and that what cannot
// be is refused and does not panic.
func FuzzStacked(f *testing.F) {
	f.Add([]byte("1Z999AA10123456784"), 0, 0)
	f.Add([]byte("[)>\x1e01\x1d0284\x1d840\x1d019\x1d\x1e\x04"), 14, 5)
	f.Add([]byte("Zoë 東京"), 3, 1)
	f.Fuzz(func(t *testing.T, payload []byte, columns, level int) {
		if len(payload) > 300 || len(payload) == 0 {
			return
		}
		for s, o := range map[labels.Symbology]barcode.Options{
			labels.DataMatrix: {},
			labels.PDF417:     {Columns: columns % 31, Level: string(rune('0' + level%10)), RowModules: 1},
		} {
			sym, err := barcode.Encode(s, payload, o)
			if err != nil {
				if s == labels.DataMatrix && utf8.Valid(payload) {
					t.Errorf("%q: %v", payload, err)
				}
				continue
			}
			l := page(sym, 2)
			d := labels.NewDots(l.Size())
			d.Draw(sym.Modules.Enlarge(2, 2), 20, 20)
			if err := verify.Label(l, d); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzPDF417Damaged holds that damage is mended or told, never read as
// something else with a panic.
func FuzzPDF417Damaged(f *testing.F) {
	sym, err := barcode.Encode(labels.PDF417, []byte("9622001900000000000000776632517510 FedEx"), barcode.Options{RowModules: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0, 1, 2}, 40)
	f.Fuzz(func(_ *testing.T, blots []byte, at int) {
		d := labels.NewDots(sym.Modules.W+8, sym.Modules.H+8)
		d.Draw(sym.Modules, 4, 4)
		for i, b := range blots {
			n := (max(at, 0) + i*int(b)*7) % len(d.Bits)
			d.Bits[n] ^= b
		}
		_, _ = verify.Decode(d) // only that it ends, and does not panic
	})
}
