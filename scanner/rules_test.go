package scanner_test

import (
	"testing"
	"time"

	"waybill/scanner"
)

func TestDuplicates(t *testing.T) {
	at := func(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }
	scan := func(name, raw string, ms int) scanner.Scan {
		return scanner.Scan{Scanner: name, Raw: []byte(raw), At: at(ms)}
	}
	tests := []struct {
		name   string
		window time.Duration
		scans  []scanner.Scan
		want   []bool
	}{
		{name: "same label at once", scans: []scanner.Scan{scan("a", "1", 0), scan("a", "1", 499)}, want: []bool{false, true}},
		{name: "same label later", scans: []scanner.Scan{scan("a", "1", 0), scan("a", "1", 500)}, want: []bool{false, false}},
		{name: "left under the scanner", scans: []scanner.Scan{scan("a", "1", 0), scan("a", "1", 400), scan("a", "1", 800)}, want: []bool{false, true, true}},
		{name: "another label", scans: []scanner.Scan{scan("a", "1", 0), scan("a", "2", 10)}, want: []bool{false, false}},
		{name: "another scanner", scans: []scanner.Scan{scan("a", "1", 0), scan("b", "1", 10)}, want: []bool{false, false}},
		{name: "two labels in turn", scans: []scanner.Scan{scan("a", "1", 0), scan("a", "2", 10), scan("a", "1", 20)}, want: []bool{false, false, true}},
		{name: "rule off", window: -1, scans: []scanner.Scan{scan("a", "1", 0), scan("a", "1", 0)}, want: []bool{false, false}},
		{name: "clock set back", scans: []scanner.Scan{scan("a", "1", 60000), scan("a", "1", 0)}, want: []bool{false, false}},
		{name: "bad frames never repeat", scans: []scanner.Scan{{Scanner: "a", Raw: []byte("1"), Bad: "cut", At: t0}, {Scanner: "a", Raw: []byte("1"), Bad: "cut", At: t0}}, want: []bool{false, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := scanner.Duplicates{Window: tt.window}
			for i, s := range tt.scans {
				if got := d.Repeats(s); got != tt.want[i] {
					t.Errorf("scan %d repeats = %v, want %v", i, got, tt.want[i])
				}
			}
		})
	}
}

// What a profile says is understood as what was meant.
func TestProfilesAreUnderstood(t *testing.T) {
	for _, p := range scanner.Profiles() {
		for _, s := range []scanner.Signal{scanner.Good, scanner.Bad, scanner.Warn} {
			b := p.Bytes(s)
			if p.Name == "none" {
				if b != nil {
					t.Errorf("none says %q for %v", b, s)
				}
				continue
			}
			got, n, _ := p.Told(b)
			if n != len(b) || got != s {
				t.Errorf("%s: %v is told as %q and understood as %v (%d bytes)", p.Name, s, b, got, n)
			}
		}
	}
}

func TestProfileNamed(t *testing.T) {
	if p, ok := scanner.ProfileNamed(""); !ok || p.Good != nil {
		t.Errorf("the empty name is %v, %v; want the profile that tells nothing", p, ok)
	}
	if p, ok := scanner.ProfileNamed("honeywell"); !ok || string(p.Good) != "\x16\x07\r" {
		t.Errorf("honeywell is %v, %v", p, ok)
	}
	if _, ok := scanner.ProfileNamed("nobody"); ok {
		t.Error("an unknown profile was found")
	}
}
