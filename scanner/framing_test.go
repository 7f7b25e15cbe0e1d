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
	}
}

// However the stream is split, the frames are the same.
func TestSplitsMakeNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(framings()).Draw(t, "framing")
		stream := rapid.SliceOf(rapid.SampledFrom([]byte("ab\r\n\x02\x03\x1d"))).Draw(t, "stream")
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
