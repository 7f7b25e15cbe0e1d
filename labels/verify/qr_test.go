package verify_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// alone returns a label with one QR code on it, as large as it needs to be.
func alone(payload string, o barcode.Options, module int) (labels.Label, error) {
	s, err := barcode.Encode(labels.QR, []byte(payload), o)
	if err != nil {
		return labels.Label{}, err
	}
	s.ModuleDots = module
	s.At = labels.Point{X: 10 * labels.Millimetre, Y: 10 * labels.Millimetre}
	side := 20*labels.Millimetre + labels.DPI203.Length(s.Modules.W*module)
	return labels.Label{Name: "test", Width: side, Height: side, Resolution: labels.DPI203, Items: []labels.Item{s}}, nil
}

// TestEveryQRVersionIsRead holds the tables: at each level a code of each
// version, full to the last byte, is read.
func TestEveryQRVersionIsRead(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	for _, level := range []string{"L", "M", "Q", "H"} {
		n := 0 // bytes that the version before holds
		for version := 1; version <= 40; version++ {
			side := 17 + 4*version
			n += sort.Search(160, func(more int) bool {
				l, err := alone(letters(n+more+1), barcode.Options{Level: level}, 2)
				return err != nil || width(l) > side
			})
			l, err := alone(letters(n), barcode.Options{Level: level}, 2)
			if err != nil || width(l) != side {
				t.Fatalf("%d-%s: %d letters have %d modules (%v), want %d", version, level, n, width(l), err, side)
			}
			if err := verify.Label(l, draw(t, l)); err != nil {
				t.Errorf("%d-%s: %.200v", version, level, err)
			}
		}
	}
}

// letters returns n lower-case letters: bytes throughout.
func letters(n int) string { return strings.Repeat("xyz", n/3+1)[:n] }

func width(l labels.Label) int {
	for _, item := range l.Items {
		if s, ok := item.(labels.Symbol); ok {
			return s.Modules.W
		}
	}
	return 0
}

// Texts of any script, digits, capitals and bytes by turns, at any level and
// least version, read back: with their character set said where it matters,
// and as GS1 where they are.
func TestQRCodesOfAnythingReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		o := barcode.Options{
			Level:      rapid.SampledFrom([]string{"", "L", "M", "Q", "H"}).Draw(r, "level"),
			MinVersion: rapid.SampledFrom([]int{0, 0, 0, 1, 5, 10, 27}).Draw(r, "version"),
			GS1:        rapid.Bool().Draw(r, "gs1"),
		}
		parts := []*rapid.Generator[string]{
			rapid.StringMatching(`[0-9]{1,20}`), rapid.StringMatching(`[0-9A-Z $%*+./:-]{1,20}`), rapid.StringMatching(`[ -~]{1,12}`),
		}
		if o.GS1 {
			parts = append(parts, rapid.Just("\x1d"), rapid.Just("%"))
		} else {
			parts = append(parts, rapid.String(), rapid.StringMatching(`\p{Han}{1,5}`), rapid.StringMatching(`[À-ÿ]{1,5}`))
		}
		payload := strings.Join(rapid.SliceOfN(rapid.OneOf(parts...), 1, 8).Draw(r, "payload"), "")
		if payload == "" || o.GS1 && payload[0] == '(' { // which begins another way to write elements
			return
		}
		l, err := alone(payload, o, 2)
		if err != nil {
			r.Fatal(err)
		}
		if err := verify.Label(l, draw(t, l)); err != nil {
			r.Fatal(err)
		}
		if w := width(l); w < 17+4*o.MinVersion {
			r.Fatalf("%d modules, want version %d at least", w, o.MinVersion)
		}
	})
}

// TestGS1IsToldFromPlain holds that a plain code does not pass for GS1's, nor
// the other way round, and that a search names what it finds.
func TestGS1IsToldFromPlain(t *testing.T) {
	for _, gs1 := range []bool{false, true} {
		name := fmt.Sprintf("GS1 %t", gs1)
		l, err := alone("0109521234543213", barcode.Options{GS1: gs1}, 3)
		if err != nil {
			t.Fatal(err)
		}
		other, err := alone("0109521234543213", barcode.Options{GS1: !gs1}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify.Label(l, draw(t, other)); err == nil || !strings.Contains(err.Error(), "it reads") {
			t.Errorf("%s: error %v, want one that says what it reads", name, err)
		}
		want := labels.QR
		if gs1 {
			want = labels.GS1QR
		}
		if found, err := verify.Decode(draw(t, l)); err != nil || len(found) != 1 || found[0].Symbology != want {
			t.Errorf("%s: found %+v (%v), want %s", name, found, err, want)
		}
	}
}

// FuzzQR holds that whatever is taken is drawn so that it reads back.
func FuzzQR(f *testing.F) {
	f.Add("WB1/576461413038785752/1Z999AA10123456784", uint8(1), uint8(0), false)
	f.Add("10A%\x1d21%%\x1d\x1d%", uint8(3), uint8(7), true)
	f.Add("Zoë 李小龍 0123456789 ABC", uint8(0), uint8(27), false)
	f.Add("\xff", uint8(2), uint8(41), false)
	f.Fuzz(func(t *testing.T, payload string, level, version uint8, gs1 bool) {
		o := barcode.Options{Level: []string{"L", "M", "Q", "H"}[level%4], MinVersion: int(version % 42), GS1: gs1}
		l, err := alone(payload, o, 2)
		if err != nil {
			return
		}
		if err := verify.Label(l, draw(t, l)); err != nil {
			t.Error(err)
		}
	})
}
