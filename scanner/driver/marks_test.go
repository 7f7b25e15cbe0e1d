package driver_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
	"waybill/scanner/driver"
)

var t0 = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func TestMarkedBytes(t *testing.T) {
	const damaged = "bytes were damaged on the line; check baud rate and parity"
	type cut struct{ Raw, Bad string }
	tests := []struct {
		name, stream string
		want         []cut
	}{
		{"none", "A1\rB2\r", []cut{{Raw: "A1"}, {Raw: "B2"}}},
		{"FF is data", "A\xff\xff1\r", []cut{{Raw: "A\xff1"}}},
		{"a damaged byte", "A\xff\x00q1\rB2\r", []cut{{"Aq1", damaged}, {Raw: "B2"}}},
		{"a damaged FF", "A\xff\x00\xff1\rB2\r", []cut{{"A\xff1", damaged}, {Raw: "B2"}}},
		{"a break", "\xff\x00\x00A1\rB2\r", []cut{{"\x00A1", damaged}, {Raw: "B2"}}},
		{"a damaged end", "A1\xff\x00\rB2\r", []cut{{"A1\rB2", damaged}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, read := range []func(scanner.Cutter, []byte, time.Time) []scanner.Frame{driver.Unmark, driver.UnmarkBytes} {
				var got []cut
				for _, f := range read(scanner.NewFramer(scanner.Framing{}), []byte(tt.stream), t0) {
					got = append(got, cut{string(f.Raw), f.Bad})
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("frames (-want +got):\n%s", d)
				}
			}
		})
	}
}

func FuzzMarks(f *testing.F) {
	f.Add([]byte("A\xff\x00q1\rB\xff\xff2\r"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole := driver.Unmark(scanner.NewFramer(scanner.Framing{}), stream, t0)
		bytewise := driver.UnmarkBytes(scanner.NewFramer(scanner.Framing{}), stream, t0)
		if d := cmp.Diff(whole, bytewise); d != "" {
			t.Errorf("frames (-whole +bytewise):\n%s", d)
		}
		for _, fr := range whole {
			// The same text may stand elsewhere in the stream, undamaged.
			if fr.Bad == "" && bytes.Contains(stream, []byte("\xff\x00"+string(fr.Raw)+"\r")) && len(fr.Raw) > 1 && bytes.Count(stream, fr.Raw) == 1 {
				t.Errorf("%q has a damaged byte and is told as whole", fr.Raw)
			}
		}
	})
}
