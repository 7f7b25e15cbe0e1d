package hid_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/hid"
	"waybill/internal/hid/hidtest"
)

func parse(t *testing.T, b []byte) hid.Descriptor {
	t.Helper()
	d, err := hid.ParseDescriptor(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestScannerDescriptor(t *testing.T) {
	d := parse(t, hidtest.Scanner())
	if !d.Is(hid.BarCodeScanner) || !d.Numbered || d.Len(hid.Input, 2) != 63 || d.Len(hid.Output, 4) != 1 {
		t.Errorf("descriptor %+v, lengths %d and %d", d.Applications, d.Len(hid.Input, 2), d.Len(hid.Output, 4))
	}
	type place struct{ Bit, Size, Count, At int }
	got := map[string]place{}
	for name, u := range map[string]hid.Usage{"count": 0x1003B, "aim1": 0x8C00FB, "aim3": 0x8C00FD, "data": 0x8C00FE, "more": 0x8C00FF} {
		f, i, ok := d.Find(hid.Input, u)
		if !ok || f.ID != 2 {
			t.Errorf("%s: not found, or in report %d", name, f.ID)
		}
		got[name] = place{f.Bit, f.Size, f.Count, i}
	}
	want := map[string]place{
		"count": {0, 8, 1, 0}, "aim1": {8, 8, 3, 0}, "aim3": {8, 8, 3, 2}, "data": {32, 8, 56, 0}, "more": {496, 1, 8, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	beep, i, ok := d.Find(hid.Output, 0x8C0086)
	if !ok || beep.ID != 4 || i != 6 {
		t.Errorf("the good beep is value %d of %+v, %v", i, beep, ok)
	}
	data := make([]byte, 1)
	if !beep.Set(data, i, 1) || data[0] != 0x40 {
		t.Errorf("the good beep is %x", data)
	}
}

func TestScaleDescriptor(t *testing.T) {
	d := parse(t, hidtest.Scale())
	if !d.Is(hid.ScaleDevice) {
		t.Errorf("it is %v", d.Applications)
	}
	status, _, ok := d.Find(hid.Input, 0x8D0071)
	id, data := d.Split([]byte{3, 4, 11, 0xFF, 0x34, 0x19})
	if u, sel := status.Selected(data, 0); !ok || id != 3 || !sel || u != 0x8D0074 {
		t.Errorf("status %v, %v in report %d", u, sel, id)
	}
	unit, _, _ := d.Find(hid.Input, 0x8D0051)
	if u, sel := unit.Selected(data, 0); !sel || u != 0x8D005B {
		t.Errorf("unit %v, %v", u, sel)
	}
	scaling, i, _ := d.Find(hid.Input, 0x8D0041)
	if v, ok := scaling.Value(data, i); !ok || v != -1 {
		t.Errorf("scaling %d, %v", v, ok)
	}
	weight, i, _ := d.Find(hid.Input, 0x8D0040)
	if v, ok := weight.Value(data, i); !ok || v != 6452 {
		t.Errorf("weight %d, %v", v, ok)
	}
	if _, ok := weight.Value(data[:4], i); ok {
		t.Error("a weight was read behind the end of the report")
	}
}

func TestBadDescriptors(t *testing.T) {
	tests := []struct{ name, hex, want string }{
		{"cut in an item", "05", "breaks off"},
		{"cut in a long item", "fe", "breaks off"},
		{"collection that does not end", "0501a101", "inside a collection"},
		{"end without collection", "c0", "no beginning"},
		{"pop without push", "b4", "pop without push"},
		{"report number 0", "8500", "report number 0"},
		{"huge report", "75089600ff96ffff27ffffffff750896ffff81028102810281028102", "longer than"},
		{"values of 33 bits", "752195018102", "33 bits"},
		{"range that goes down", "0501190529027508950281 02", "no range"},
		{"range without beginning", "2902", "no beginning"},
		{"nested too deep", strings.Repeat("a101", 17), "too deep"},
		{"too long", strings.Repeat("0501", 2049), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := hid.ParseDescriptor(b); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// A global state that was pushed comes back, and a usage of four bytes has its
// page with it.
func TestPushAndLongUsages(t *testing.T) {
	b, err := hex.DecodeString("0501" + "0906" + "a101" + "7508" + "9501" + "a4" + "058c" + "9502" + "09fe" + "8102" + "b4" + "0b20008d00" + "8102" + "c0")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, b)
	if f, _, ok := d.Find(hid.Input, 0x8C00FE); !ok || f.Count != 2 {
		t.Errorf("field %+v, %v", f, ok)
	}
	if f, _, ok := d.Find(hid.Input, 0x8D0020); !ok || f.Count != 1 || f.Bit != 16 {
		t.Errorf("field %+v, %v", f, ok)
	}
}

func FuzzDescriptor(f *testing.F) {
	f.Add(hidtest.Scanner(), []byte{2, 1, ']', 'C', '1', 'x'})
	f.Add(hidtest.Scale(), []byte{3, 4, 11, 0xFF, 0x34, 0x19})
	f.Add(hidtest.Keyboard(), []byte{0, 0, 4, 0, 0, 0, 0, 0})
	f.Add([]byte("\xa10\x950u0\x811\xc0"), []byte("000000")) // values of 48 bits
	f.Fuzz(func(t *testing.T, b, report []byte) {
		d, err := hid.ParseDescriptor(b)
		if err != nil {
			return
		}
		_, data := d.Split(report)
		for _, field := range d.Fields {
			if field.Bit+field.Size*field.Count > 8*d.Len(field.Kind, field.ID) {
				t.Fatalf("field %+v is longer than its report of %d bytes", field, d.Len(field.Kind, field.ID))
			}
			for _, i := range []int{-1, 0, field.Count - 1, field.Count} {
				v, ok := field.Value(data, i)
				if ok && i >= field.Count {
					t.Fatalf("value %d of a row of %d", i, field.Count)
				}
				field.Selected(data, i)
				field.Usage(i)
				if whole := append([]byte(nil), data...); ok && (!field.Set(whole, i, uint32(v)) || string(whole) != string(data)) {
					t.Fatalf("value %d of %+v changes when it is put back", i, field)
				}
			}
		}
	})
}
