package driver

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/hid"
	"waybill/internal/hid/hidtest"
	"waybill/scanner"
)

func scannerDescriptor(t testing.TB) hid.Descriptor {
	t.Helper()
	d, err := hid.ParseDescriptor(hidtest.Scanner())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func posOf(t testing.TB, d hid.Descriptor, f scanner.Framing) *posReader {
	t.Helper()
	r, err := newPOSReader(d, f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// posReports is a scan as a scanner with hidtest's descriptor sends it.
func posReports(aim, data string) [][]byte {
	var all [][]byte
	for {
		n := min(len(data), 56)
		b := make([]byte, 64)
		b[0], b[1] = 2, byte(n)
		copy(b[2:5], aim)
		copy(b[5:61], data[:n])
		data = data[n:]
		if data != "" {
			b[63] = 1
		}
		all = append(all, b)
		if data == "" {
			return all
		}
	}
}

// What is scanned comes out, however many reports it takes.
func TestPOSRoundTrip(t *testing.T) {
	d := scannerDescriptor(t)
	rapid.Check(t, func(t *rapid.T) {
		want := scanner.Scan{
			Raw: append(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data"), 'x'), // a line end behind it would be the scanner's
			AIM: rapid.SampledFrom([]string{"", "]C1", "]d2", "]Q3"}).Draw(t, "aim"),
		}
		r, err := newPOSReader(d, scanner.Framing{})
		if err != nil {
			t.Fatal(err)
		}
		var got []scanner.Scan
		for range 2 {
			for _, b := range posReports(want.AIM, string(want.Raw)) {
				got = append(got, r.take(b, time.Time{})...)
			}
		}
		if diff := cmp.Diff([]scanner.Scan{want, want}, got); diff != "" {
			t.Fatalf("scans (-want +got):\n%s", diff)
		}
	})
}

func TestPOSReports(t *testing.T) {
	long := strings.Repeat("0123456789", 12)
	one := posReports("]C1", "42090058")
	three := posReports("]Q1", long)
	change := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[at] = v
		return b
	}
	type scan struct{ AIM, Raw, Bad string }
	tests := []struct {
		name    string
		framing scanner.Framing
		reports [][]byte
		want    []scan
	}{
		{name: "one report", reports: one, want: []scan{{"]C1", "42090058", ""}}},
		{name: "three reports", reports: three, want: []scan{{"]Q1", long, ""}}},
		{name: "no identifier", reports: posReports("", "A1"), want: []scan{{"", "A1", ""}}},
		{name: "noise where the identifier is", reports: posReports("\x00\x01\x02", "A1"), want: []scan{{"", "A1", ""}}},
		{name: "a line end is the scanner's", reports: posReports("]C0", "A1\r\n"), want: []scan{{"]C0", "A1", ""}}},
		{name: "the configured marks", framing: scanner.Framing{Prefix: []byte("<"), Suffix: []byte(">")}, reports: posReports("]C0", "<A1\r>"), want: []scan{{"]C0", "A1\r", ""}}},
		{name: "another report of it", reports: [][]byte{{4, 1}, one[0]}, want: []scan{{"]C1", "42090058", ""}}},
		{name: "an empty scan is none", reports: posReports("]C1", ""), want: nil},
		{name: "the unused end is left out, and so is whether more follows", reports: [][]byte{one[0][:20]}, want: []scan{{"]C1", "42090058", badShort}}},
		{name: "bad: cut", reports: [][]byte{three[0][:40]}, want: []scan{{"]Q1", long[:35], badShort}}},
		{name: "bad: counts more than a report holds", reports: [][]byte{change(one[0], 1, 57)}, want: []scan{{"]C1", "42090058" + strings.Repeat("\x00", 48), badCount}}},
		{name: "bad: the rest is lost, and another scan comes", reports: [][]byte{three[0], one[0]}, want: []scan{{"]Q1", long[:56], badContinued}, {"]C1", "42090058", ""}}},
		{name: "bad: longer than a scan can be", framing: scanner.Framing{MaxSize: 60}, reports: append(three, one...), want: []scan{{"]Q1", long[:60], badLong}, {"]C1", "42090058", ""}}},
		{name: "nothing", reports: [][]byte{{}}, want: nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := posOf(t, scannerDescriptor(t), tt.framing)
			var got []scan
			for _, b := range tt.reports {
				for _, s := range r.take(b, time.Time{}) {
					got = append(got, scan{s.AIM, string(s.Raw), s.Bad})
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("scans (-want +got):\n%s", diff)
			}
		})
	}
}

// A scan whose rest does not come is told after a second, and when the scanner
// goes away.
func TestPOSRestDoesNotCome(t *testing.T) {
	first := posReports("]Q1", strings.Repeat("x", 60))[0]
	r := posOf(t, scannerDescriptor(t), scanner.Framing{})
	at := time.Unix(1000, 0)
	r.take(first, at)
	if got := r.quiet(at.Add(silence - 1)); got != nil {
		t.Errorf("told too early: %v", got)
	}
	if got := r.quiet(at.Add(silence)); len(got) != 1 || got[0].Bad != badContinued || len(got[0].Raw) != 56 {
		t.Errorf("after a second: %v", got)
	}
	if got := r.end(); got != nil {
		t.Errorf("told twice: %v", got)
	}
	r.take(first, at)
	if got := r.end(); len(got) != 1 || got[0].Bad != badContinued {
		t.Errorf("at the end: %v", got)
	}
}

// A scanner without count and numbers: what is not used is zero.
func TestPOSPlain(t *testing.T) {
	d, err := hid.ParseDescriptor([]byte{
		0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x08, 0x09, 0xFE, 0x82, 0x02, 0x01, 0xC0,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := posOf(t, d, scanner.Framing{})
	got := r.take([]byte("A1\x00\x00\x00\x00\x00\x00"), time.Time{})
	if len(got) != 1 || string(got[0].Raw) != "A1" || got[0].Bad != "" {
		t.Errorf("scan %v", got)
	}
	if got := r.take([]byte("A1"), time.Time{}); len(got) != 1 || got[0].Bad != badShort {
		t.Errorf("a report cut short: %v", got)
	}
	scale, err := hid.ParseDescriptor(hidtest.Scale())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newPOSReader(scale, scanner.Framing{}); err == nil {
		t.Error("a scale is taken for a scanner")
	}
}

func TestPOSSpeaker(t *testing.T) {
	d := scannerDescriptor(t)
	stream, err := hid.ParseDescriptor(append(append(hidtest.Scanner()[:len(hidtest.Scanner())-1:len(hidtest.Scanner())-1],
		0x06, 0x66, 0xFF, 0x09, 0x01, 0xA1, 0x02, 0x85, 0xFD, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x09, 0x21, 0x91, 0x02, 0x95, 0x0A, 0x09, 0x22, 0x92, 0x82, 0x01, 0xC0), 0xC0))
	if err != nil {
		t.Fatal(err)
	}
	honeywell, _ := scanner.ProfileNamed("honeywell")
	long := scanner.Profile{Name: "long", Good: make([]byte, 11)}
	tests := []struct {
		name    string
		speaker posSpeaker
		signal  scanner.Signal
		want    string
		fails   string
	}{
		{name: "good", speaker: posSpeaker{d: d}, signal: scanner.Good, want: "\x04\x40"},
		{name: "bad", speaker: posSpeaker{d: d}, signal: scanner.Bad, want: "\x04\x20"},
		{name: "not kept", speaker: posSpeaker{d: d}, signal: scanner.Unkept, want: "\x04\x20"},
		{name: "warn", speaker: posSpeaker{d: d}, signal: scanner.Warn, want: "\x04\x20"},
		{name: "heard already", speaker: posSpeaker{d: d}, signal: scanner.Heard},
		{name: "a scanner that cannot", speaker: posSpeaker{}, signal: scanner.Good},
		{name: "two beeps by the profile", speaker: posSpeaker{stream, honeywell}, signal: scanner.Warn, want: "\xFD\x06\x16\x07\x0D\x16\x07\x0D\x00\x00\x00\x00"},
		{name: "bad: a profile for a scanner without the report", speaker: posSpeaker{d, honeywell}, signal: scanner.Good, fails: "profile honeywell"},
		{name: "bad: a profile too long for the report", speaker: posSpeaker{stream, long}, signal: scanner.Good, fails: "11 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.speaker.report(tt.signal)
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("error %v, want %q", err, tt.fails)
				}
				return
			}
			if err != nil || string(got) != tt.want {
				t.Errorf("report %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// Whatever comes: a scan is bounded, and one that is damaged says so.
func FuzzPOSReports(f *testing.F) {
	f.Add(bytes.Join(posReports("]Q3", strings.Repeat("x", 130)), nil))
	f.Add([]byte{2, 200, ']', 'C', '1'})
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 100
		r := posOf(t, scannerDescriptor(t), scanner.Framing{MaxSize: most})
		sent := 0
		for len(b) > 0 {
			n := min(len(b), 64)
			sent += n
			for _, s := range r.take(b[:n], time.Time{}) {
				if len(s.Raw) > most || len(s.Raw) > sent+64 {
					t.Fatalf("a scan of %d bytes out of %d", len(s.Raw), sent)
				}
				if len(s.Raw) == 0 && s.Bad == "" {
					t.Fatal("a scan of nothing")
				}
			}
			b = b[n:]
		}
		r.end()
	})
}
