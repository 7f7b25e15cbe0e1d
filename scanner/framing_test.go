package scanner_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scanner"
)

var t0 = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

type cut struct{ Raw, Bad string }

func cuts(fs []scanner.Frame) []cut {
	var out []cut
	for _, f := range fs {
		out = append(out, cut{string(f.Raw), f.Bad})
	}
	return out
}

func TestFramer(t *testing.T) {
	packet := scanner.Framing{Prefix: []byte{2}, Suffix: []byte{3}}
	tests := []struct {
		name    string
		framing scanner.Framing
		pushes  []string
		want    []cut
	}{
		{name: "CR ends a scan", pushes: []string{"A1\r"}, want: []cut{{Raw: "A1"}}},
		{name: "LF ends a scan", pushes: []string{"A1\n"}, want: []cut{{Raw: "A1"}}},
		{name: "CR LF counts once", pushes: []string{"A1\r\nB2\r\n"}, want: []cut{{Raw: "A1"}, {Raw: "B2"}}},
		{name: "CR LF split across reads counts once", pushes: []string{"A1\r", "\nB2\r", "\n"}, want: []cut{{Raw: "A1"}, {Raw: "B2"}}},
		{name: "bytes one by one", pushes: []string{"A", "1", "\r", "B", "2", "\r"}, want: []cut{{Raw: "A1"}, {Raw: "B2"}}},
		{name: "no end, no scan", pushes: []string{"A1"}},
		{name: "data is not trimmed", pushes: []string{" A\t1 \r"}, want: []cut{{Raw: " A\t1 "}}},
		{name: "GS is data", pushes: []string{"]C10112\x1d34\r"}, want: []cut{{Raw: "]C10112\x1d34"}}},
		{name: "a suffix of one's own", framing: scanner.Framing{Suffix: []byte("\t\t")}, pushes: []string{"A\rB\t", "\tC\t\t"}, want: []cut{{Raw: "A\rB"}, {Raw: "C"}}},
		{name: "a prefix is stripped", framing: scanner.Framing{Prefix: []byte("~")}, pushes: []string{"~A\rB\r~\r"}, want: []cut{{Raw: "A"}, {Raw: "B"}}},
		{name: "packets", framing: packet, pushes: []string{"\x02A\rB\x03\x02C", "\x03\r\n\x02D\x03"}, want: []cut{{Raw: "A\rB"}, {Raw: "C"}, {Raw: "D"}}},
		{name: "bad packet without its end", framing: packet, pushes: []string{"\x02A\x02B\x03"}, want: []cut{{"A", "a packet began before the last one ended"}, {Raw: "B"}}},
		{name: "bad bytes outside a packet", framing: packet, pushes: []string{"xy\x02B\x03"}, want: []cut{{"xy", "bytes outside a packet"}, {Raw: "B"}}},
		{name: "longest frame", framing: scanner.Framing{MaxSize: 4}, pushes: []string{"1234\r"}, want: []cut{{Raw: "1234"}}},
		{
			name: "bad longer frame, told once, the next is whole", framing: scanner.Framing{MaxSize: 4}, pushes: []string{"1234567890123\rAB\r"},
			want: []cut{{"1234", "longer than a scan can be; part of it was dropped"}, {Raw: "AB"}},
		},
		{
			name: "bad longer frame with a long suffix", framing: scanner.Framing{MaxSize: 4, Suffix: []byte("END")}, pushes: []string{"12345678EN", "DABEND"},
			want: []cut{{"1234", "longer than a scan can be; part of it was dropped"}, {Raw: "AB"}},
		},
		{
			name: "bad longer packet", framing: scanner.Framing{Packet: true, Prefix: []byte{2}, Suffix: []byte{3}, MaxSize: 3}, pushes: []string{"\x0212345678\x03\x02AB\x03"},
			want: []cut{{"123", "longer than a scan can be; part of it was dropped"}, {Raw: "AB"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := scanner.NewFramer(tt.framing)
			var got []scanner.Frame
			for _, p := range tt.pushes {
				got = append(got, r.Push([]byte(p), t0)...)
			}
			if d := cmp.Diff(tt.want, cuts(got)); d != "" {
				t.Errorf("frames (-want +got):\n%s", d)
			}
		})
	}
}

func TestFramerSilence(t *testing.T) {
	r := scanner.NewFramer(scanner.Framing{Idle: 20 * time.Millisecond})
	got := r.Push([]byte("AB"), t0)
	got = append(got, r.Push([]byte("CD"), t0.Add(19*time.Millisecond))...)
	got = append(got, r.Flush(t0.Add(38*time.Millisecond))...)
	if len(got) != 0 {
		t.Fatalf("frames before the silence: %v", got)
	}
	got = r.Flush(t0.Add(39 * time.Millisecond))
	want := []scanner.Frame{{Raw: []byte("ABCD"), First: t0, At: t0.Add(19 * time.Millisecond)}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("frame (-want +got):\n%s", d)
	}
	// A late push ends the frame by itself: nobody needs to have called Flush.
	got = append(r.Push([]byte("X"), t0), r.Push([]byte("Y"), t0.Add(time.Second))...)
	if d := cmp.Diff([]cut{{Raw: "X"}}, cuts(got)); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
}

func TestFramerEnd(t *testing.T) {
	r := scanner.NewFramer(scanner.Framing{})
	r.Push([]byte("whole\rhal"), t0)
	want := []cut{{"hal", "the connection ended in the middle of the scan"}}
	if d := cmp.Diff(want, cuts(r.End())); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
	if got := r.End(); got != nil {
		t.Errorf("second End = %v, want nothing", got)
	}
}

func framings() []scanner.Framing {
	return []scanner.Framing{
		{},
		{MaxSize: 5},
		{Prefix: []byte("ab")},
		{Suffix: []byte("aba"), MaxSize: 6},
		{Packet: true, Prefix: []byte{2}, Suffix: []byte{3}},
		{Packet: true, Prefix: []byte("ab"), Suffix: []byte("ba"), MaxSize: 4},
		{Prefix: []byte{2}, Suffix: []byte{3}, LRC: true},
		{Length: 4, Idle: time.Second},
		{Stall: time.Second, MaxSize: 5},
		{Suffix: []byte("ab"), Idle: time.Second},
	}
}

// feed pushes a stream in which a byte of 0xEE stands before each damaged byte.
func feed(c scanner.Cutter, stream []byte, at time.Time) []cut {
	var out []cut
	for rest := stream; len(rest) > 0; {
		i := slices.Index(rest, 0xEE)
		switch {
		case i < 0:
			return append(out, cuts(c.Push(rest, at))...)
		case i > 0:
			out = append(out, cuts(c.Push(rest[:i], at))...)
			rest = rest[i:]
		case len(rest) == 1:
			return out
		default:
			out = append(out, cuts(c.Damage(rest[1], at))...)
			rest = rest[2:]
		}
	}
	return out
}

// A damaged byte never makes a scan shorter: no scan that is told as whole is
// a part of one that was sent.
func TestDamageShortensNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom([]scanner.Framing{{}, {Suffix: []byte("\t\t")}, {Prefix: []byte{2}, Suffix: []byte{3}}, {Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}}).Draw(t, "framing")
		sent := map[string]bool{}
		var stream []byte
		for range rapid.IntRange(1, 5).Draw(t, "scans") {
			data := rapid.StringMatching("[A-F]{3,9}").Draw(t, "data")
			sent[data] = true
			stream = append(stream, framed(f, data)...)
		}
		var damaged []byte
		hit := false
		for _, c := range stream {
			if rapid.IntRange(0, 9).Draw(t, "hit") == 0 {
				hit = true
				damaged = append(damaged, 0xEE)
				c = rapid.SampledFrom([]byte("\r\n\t\x02\x03AZ\x00")).Draw(t, "into")
			}
			damaged = append(damaged, c)
		}
		r := scanner.NewFramer(f)
		got := append(feed(r, damaged, t0), cuts(r.End())...)
		for _, c := range got {
			if c.Bad == "" && !sent[c.Raw] {
				t.Fatalf("%q is told as a scan and was not sent", c.Raw)
			}
			if c.Bad != "" && !hit {
				t.Fatalf("%q is told as damaged: %s", c.Raw, c.Bad)
			}
		}
	})
}

func framed(f scanner.Framing, data string) []byte {
	suffix := f.Suffix
	if len(suffix) == 0 {
		suffix = []byte("\r")
	}
	b := append([]byte(data), suffix...)
	if f.LRC {
		var lrc byte
		for _, c := range b {
			lrc ^= c
		}
		b = append(b, lrc)
	}
	return append(slices.Clone(f.Prefix), b...)
}

func TestFramerDamage(t *testing.T) {
	const line = "bytes were damaged on the line; check baud rate and parity"
	tests := []struct {
		name    string
		framing scanner.Framing
		stream  string // 0xEE marks a damaged byte
		want    []cut
	}{
		{"in the data", scanner.Framing{}, "A\xeeX1\rB2\r", []cut{{"AX1", line}, {Raw: "B2"}}},
		{"it looks like the end", scanner.Framing{}, "A\xee\r1\rB2\r", []cut{{"A\r1", line}, {Raw: "B2"}}},
		{"the end itself", scanner.Framing{}, "A1\xeeMB2\rC3\r", []cut{{"A1MB2", line}, {Raw: "C3"}}},
		{"alone", scanner.Framing{}, "\xeeX\rB2\r", []cut{{"X", line}, {Raw: "B2"}}},
		{"within a long end", scanner.Framing{Suffix: []byte("\t\t")}, "A\t\xee\t\t\tB\t\t", []cut{{"A\t\t", line}, {Raw: "B"}}},
		{"the LRC", scanner.Framing{Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}, "\x02A\x03\xeeB\x02A\x03B", []cut{{"A", line}, {Raw: "A"}}},
		{"a wrong LRC", scanner.Framing{Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}, "\x02A\x03C\x02A\x03B", []cut{{"A", "the check character (LRC) is wrong"}, {Raw: "A"}}},
		{"the LRC looks like a mark", scanner.Framing{Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}, "\x02B@\x03\x01\x02AC\x03\x01\x02\x01\x03\x02", []cut{{Raw: "B@"}, {Raw: "AC"}, {Raw: "\x01"}}},
		{"NULs", scanner.Framing{}, "\x00\x00\rA\x00B\r", []cut{{"\x00\x00", "nothing but NUL bytes; check baud rate and cable"}, {Raw: "A\x00B"}}},
		{"fixed length", scanner.Framing{Length: 3, Idle: time.Second}, "A\r1B2\nC\xee3D", []cut{{Raw: "A\r1"}, {Raw: "B2\n"}, {"C3D", line}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := scanner.NewFramer(tt.framing)
			if d := cmp.Diff(tt.want, feed(r, []byte(tt.stream), t0)); d != "" {
				t.Errorf("frames (-want +got):\n%s", d)
			}
			if r.Pending() {
				t.Error("something is pending")
			}
		})
	}
}

// What comes after bytes that had no end may be their rest.
func TestFramerStall(t *testing.T) {
	const unended, after = "its end did not come; check baud rate and suffix", "it follows bytes that had no end, and may be the rest of them"
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	r := scanner.NewFramer(scanner.Framing{Stall: 2 * time.Second, Prefix: []byte("~"), MaxSize: 5})
	var got []cut
	for i, b := range []string{"~1Z99", "", "9AA\r", "~B2\r", "junk", "", "~C3\r", "D4\r", "0123456789", "", "E5\r", "F6\r"} {
		got = append(got, feed(r, []byte(b), at(2*i))...)
		got = append(got, cuts(r.Flush(at(2*i)))...)
	}
	want := []cut{{"1Z99", unended}, {"9AA", after}, {Raw: "B2"}, {"junk", unended}, {Raw: "C3"}, {Raw: "D4"}, {"01234", "longer than a scan can be; part of it was dropped"}, {"E5", after}, {Raw: "F6"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
}

func TestFramingCheck(t *testing.T) {
	good := []scanner.Framing{{}, {Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}, {Length: 24, Idle: time.Second}}
	bad := []scanner.Framing{{Packet: true}, {LRC: true}, {Length: 24}, {Length: 24, Idle: time.Second, Suffix: []byte{3}}, {MaxSize: -1}, {Idle: -1}, {Length: -1}}
	for _, f := range good {
		if err := f.Check(); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
	for _, f := range bad {
		if f.Check() == nil {
			t.Errorf("%+v is taken", f)
		}
	}
	// The remedy names keys that a configuration has.
	if err := (scanner.Framing{LRC: true}).Check(); err == nil || !strings.Contains(err.Error(), `prefix: "\x02" and suffix: "\x03"`) {
		t.Errorf("an LRC without packets: %v", err)
	}
}

// A stream of ten megabytes without an end is one damaged scan, and costs no
// more memory than that.
func TestNoEndMark(t *testing.T) {
	r := scanner.NewFramer(scanner.Framing{})
	block := []byte(strings.Repeat("x", 1<<16))
	n := 0
	for range 10 << 20 / len(block) {
		for _, f := range r.Push(block, t0) {
			if n++; f.Bad == "" || len(f.Raw) != scanner.DefaultMaxSize {
				t.Errorf("frame of %d bytes, bad %q", len(f.Raw), f.Bad)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d frames, want 1", n)
	}
	if d := cmp.Diff([]cut{{Raw: "A1"}}, cuts(r.Push([]byte("\rA1\r"), t0))); d != "" {
		t.Errorf("frames (-want +got):\n%s", d)
	}
}

// However the stream is split, the frames are the same.
func TestSplitsMakeNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(framings()).Draw(t, "framing")
		stream := rapid.SliceOf(rapid.SampledFrom([]byte("ab\r\n\x02\x03\x1d\x00"))).Draw(t, "stream")
		whole := scanner.NewFramer(f)
		want := append(cuts(whole.Push(stream, t0)), cuts(whole.End())...)
		parts := scanner.NewFramer(f)
		var got []cut
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			got = append(got, cuts(parts.Push(rest[:n], t0))...)
			rest = rest[n:]
		}
		got = append(got, cuts(parts.End())...)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("split of %q (-whole +split):\n%s", stream, d)
		}
	})
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("A1\r\nB2\r"), byte(0), byte(1))
	f.Add([]byte("\x02AB\x03\x02\x02"), byte(4), byte(3))
	f.Fuzz(func(t *testing.T, stream []byte, which, step byte) {
		framing := framings()[int(which)%len(framings())]
		limit := framing.MaxSize
		if limit == 0 {
			limit = scanner.DefaultMaxSize
		}
		r := scanner.NewFramer(framing)
		var got []scanner.Frame
		for part := range slices.Chunk(stream, int(step)+1) {
			got = append(got, r.Push(part, t0)...)
		}
		got = append(got, r.End()...)
		if r.Pending() {
			t.Error("a frame is pending after the end")
		}
		for _, f := range got {
			if len(f.Raw) > limit {
				t.Errorf("frame of %d bytes, want at most %d", len(f.Raw), limit)
			}
			if len(f.Raw) == 0 && f.Bad == "" {
				t.Error("empty scan")
			}
			if f.Bad == "" && !strings.Contains(string(stream), string(f.Raw)) {
				t.Errorf("frame %q is not in the stream", f.Raw)
			}
		}
	})
}
