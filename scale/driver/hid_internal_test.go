package driver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/hid"
	"waybill/internal/hid/hidtest"
	"waybill/scale"
)

func hidReaderOf(t testing.TB, b []byte) hidReader {
	t.Helper()
	d, err := hid.ParseDescriptor(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newHIDReader(d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHIDReports(t *testing.T) {
	weight := func(v int64, exp int, u scale.Unit, c scale.Condition) scale.Reading {
		return scale.Reading{Weight: scale.Weight{Value: v, Exponent: exp, Unit: u}, Condition: c, Stable: c == scale.Fine}
	}
	tests := []struct {
		name   string
		report []byte
		want   scale.Reading
		detail string
	}{
		{name: "20 g", report: []byte{3, 4, 2, 0, 20, 0}, want: weight(20, 0, scale.Gram, scale.Fine)},
		{name: "645.2 oz", report: []byte{3, 4, 11, 0xFF, 0x34, 0x19}, want: weight(6452, -1, scale.Ounce, scale.Fine)},
		{name: "4.8 lb", report: []byte{3, 4, 12, 0xFF, 48, 0}, want: weight(48, -1, scale.Pound, scale.Fine)},
		{name: "65.535 kg", report: []byte{3, 4, 3, 0xFD, 0xFF, 0xFF}, want: weight(65535, -3, scale.Kilogram, scale.Fine)},
		{name: "at zero", report: []byte{3, 2, 2, 0, 0, 0}, want: weight(0, 0, scale.Gram, scale.Fine)},
		{name: "in motion", report: []byte{3, 3, 2, 0, 20, 0}, want: weight(20, 0, scale.Gram, scale.Motion)},
		{name: "bad: a fault", report: []byte{3, 1, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Fault}, detail: "8D:71"},
		{name: "bad: under zero", report: []byte{3, 5, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Under}, detail: "8D:75"},
		{name: "bad: over", report: []byte{3, 6, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Over}, detail: "8D:76"},
		{name: "bad: calibrate", report: []byte{3, 7, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Calibrate}, detail: "8D:77"},
		{name: "bad: rezero", report: []byte{3, 8, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.NeedsZero}, detail: "8D:78"},
		{name: "bad: carats", report: []byte{3, 4, 4, 0, 20, 0}, want: scale.Reading{Condition: scale.WrongUnit}, detail: "8D:54"},
		{name: "bad: no status", report: []byte{3, 9, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Garbled}, detail: "status"},
		{name: "bad: no unit", report: []byte{3, 4, 0, 0, 20, 0}, want: scale.Reading{Condition: scale.WrongUnit}, detail: "unit"},
		{name: "bad: zero that is none", report: []byte{3, 2, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Garbled}, detail: "stands at zero, and shows 20 g"},
		{name: "bad: a power of ten no scale has", report: []byte{3, 4, 2, 100, 20, 0}, want: scale.Reading{Condition: scale.Garbled}, detail: "power of ten 100"},
		{name: "bad: cut", report: []byte{3, 4, 2, 0, 20}, want: scale.Reading{Condition: scale.Garbled}, detail: "5 bytes, want 6"},
		{name: "bad: nothing", report: nil, want: scale.Reading{Condition: scale.Garbled}, detail: "number 0"},
		{name: "bad: another number", report: []byte{4, 4, 2, 0, 20, 0}, want: scale.Reading{Condition: scale.Garbled}, detail: "number 4"},
	}
	r := hidReaderOf(t, hidtest.Scale())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ours := r.read(tt.report)
			if !ours || !strings.Contains(got.Detail, tt.detail) || (tt.detail == "") != (got.Detail == "") {
				t.Errorf("ours %v, detail %q, want %q", ours, got.Detail, tt.detail)
			}
			got.Detail = ""
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("reading (-want +got):\n%s", d)
			}
		})
	}
}

// A descriptor that gives status and unit as plain numbers, and the power of ten
// without its sign, is read all the same; one that lacks a part is refused.
func TestHIDDescriptors(t *testing.T) {
	head := []byte{0x05, 0x8D, 0x09, 0x20, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01}
	part := func(usage byte) []byte { return []byte{0x09, usage, 0x81, 0x02} }
	with := func(usages ...byte) []byte {
		b := append([]byte(nil), head...)
		for _, u := range usages {
			b = append(b, part(u)...)
		}
		return append(b, 0xC0)
	}
	r := hidReaderOf(t, with(0x70, 0x50, 0x41, 0x40))
	got, ours := r.read([]byte{4, 11, 0xFF, 48})
	if want := (scale.Reading{Weight: scale.Weight{Value: 48, Exponent: -1, Unit: scale.Ounce}, Stable: true}); !ours || !cmp.Equal(want, got) {
		t.Errorf("reading %+v, want %+v", got, want)
	}
	for _, usages := range [][]byte{{0x70, 0x50, 0x41}, {0x70, 0x50, 0x40}, {0x70, 0x41, 0x40}, {0x50, 0x41, 0x40}} {
		d, err := hid.ParseDescriptor(with(usages...))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newHIDReader(d); err == nil {
			t.Errorf("a scale with no more than %x is taken", usages)
		}
	}
}

// Whatever comes, a weight is one that the report says is stable.
func FuzzHIDReport(f *testing.F) {
	f.Add([]byte{3, 4, 11, 0xFF, 0x34, 0x19})
	f.Add([]byte{3, 2, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, _ := hidReaderOf(t, hidtest.Scale()).read(b)
		if got.Usable() && (len(b) < 6 || b[0] != 3 || b[1] != 4 && b[1] != 2 || got.Weight.Value != int64(b[4])+int64(b[5])<<8) {
			t.Fatalf("%x is the weight %v", b, got.Weight)
		}
		if got.Condition != scale.Fine && got.Condition != scale.Motion && got.Weight != (scale.Weight{}) {
			t.Fatalf("%x is %s, and has the weight %v", b, got.Condition, got.Weight)
		}
	})
}
