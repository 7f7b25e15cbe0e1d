package scanner_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scanner"
)

// Packets as the maker's guide gives them.
func TestSSIPacket(t *testing.T) {
	tests := []struct {
		name string
		got  []byte
		want string
	}{
		{"CMD_ACK", scanner.SSIPacket(0xD0), "\x04\xd0\x04\x00\xff\x28"},
		{"SCAN_DISABLE", scanner.SSIPacket(0xEA), "\x04\xea\x04\x00\xff\x0e"},
		{"LED_ON", scanner.SSIPacket(0xE7, 1), "\x05\xe7\x04\x00\x01\xff\x0f"},
		{"BEEP one short high", scanner.SSIPacket(0xE6, 0), "\x05\xe6\x04\x00\x00\xff\x11"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if string(tt.got) != tt.want {
				t.Errorf("% X, want % X", tt.got, tt.want)
			}
		})
	}
	if p, _ := scanner.ProfileNamed("zebra_ssi"); string(p.Good) != "\x05\xe6\x04\x00\x00\xff\x11" {
		t.Errorf("the good beep is % X", p.Good)
	}
}

type ssiCut struct {
	Raw, AIM, Bad string
	Resent, Aside bool
	Ack, Nak      string
}

func ssiCuts(fs []scanner.Frame) []ssiCut {
	var out []ssiCut
	for _, f := range fs {
		out = append(out, ssiCut{string(f.Raw), f.AIM, f.Bad, f.Resent, f.Aside, string(f.Ack), string(f.Nak)})
	}
	return out
}

func TestSSICutter(t *testing.T) {
	ack, nak := string(scanner.SSIPacket(0xD0)), string(scanner.SSIPacket(0xD1, 1))
	scan := string(scanner.SSIDecodePacket(0x03, []byte("1Z999"), false))
	broken := []byte(scan)
	broken[6] ^= 1
	// A packet from the scanner with the status given: the source alone is another.
	from := func(opcode, status byte, data ...byte) string {
		p := append([]byte{byte(4 + len(data)), opcode, 0, status}, data...)
		var sum uint16
		for _, c := range p {
			sum += uint16(c)
		}
		return string(append(p, byte(-sum>>8), byte(-sum)))
	}
	good := ssiCut{Raw: "1Z999", AIM: "]C0", Ack: ack, Nak: nak}
	tests := []struct {
		name   string
		pushes []string // 100 ms apart
		want   []ssiCut
	}{
		{"a scan", []string{scan}, []ssiCut{good}},
		{"two run together", []string{scan + scan}, []ssiCut{good, good}},
		{"split", []string{scan[:1], scan[1:5], scan[5:]}, []ssiCut{good}},
		{"wakes the host first", []string{"\x00\x00" + scan}, []ssiCut{good}},
		{"sent again", []string{string(scanner.SSIDecodePacket(0x0F, []byte("0112\x1d"), true))}, []ssiCut{{Raw: "0112\x1d", AIM: "]C1", Resent: true, Ack: ack, Nak: nak}}},
		{"with the identifier in the data", []string{string(scanner.SSIDecodePacket(0x0F, []byte("]C101"), false))}, []ssiCut{{Raw: "]C101", Ack: ack, Nak: nak}}},
		{"of a type not known", []string{string(scanner.SSIDecodePacket(0x7E, []byte("x"), false))}, []ssiCut{{Raw: "x", Ack: ack, Nak: nak}}},
		{"an event is answered", []string{from(0xF6, 0, 1) + scan}, []ssiCut{{Aside: true, Ack: ack}, good}},
		{"an answer is not", []string{from(0xD0, 0) + from(0xD1, 0, 6) + scan}, []ssiCut{good}},
		{"bad checksum", []string{string(broken), scan}, []ssiCut{{Raw: string(broken), Bad: "the packet's checksum is wrong; it was asked for again", Ack: ack, Nak: nak}, good}},
		{"noise", []string{"\x02noise and more of it", scan}, []ssiCut{{Raw: "\x02", Bad: "the packet's checksum is wrong; it was asked for again", Ack: ack, Nak: nak}, good}},
		{"half a packet", []string{scan[:7], "", "", scan}, []ssiCut{{Raw: scan[:7], Bad: "silence before the end of the packet", Nak: nak}, good}},
		{"no data", []string{from(0xF3, 0, 3)}, []ssiCut{{Raw: from(0xF3, 0, 3), Bad: "a packet of the scanner with no barcode in it", Ack: ack, Nak: nak}}},
		{
			"of several packets",
			[]string{from(0xF3, 2, 0x11, 'A') + from(0xF3, 2, 0x11, 'B') + from(0xF3, 0, 0x11, 'C') + scan},
			[]ssiCut{{Raw: "A", AIM: "]L0", Bad: "longer than one SSI packet; set the scanner to send such symbols in another protocol, or barcodes of up to 250 characters", Ack: ack, Nak: ack}, {Aside: true, Ack: ack}, {Aside: true, Ack: ack}, good},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scanner.NewSSI(0)
			var got []ssiCut
			at := t0
			for _, p := range tt.pushes {
				got = append(got, ssiCuts(s.Flush(at))...)
				got = append(got, ssiCuts(s.Push([]byte(p), at))...)
				at = at.Add(100 * time.Millisecond)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("frames (-want +got):\n%s", d)
			}
		})
	}
}

// A byte that the line has damaged damages its packet, whatever its checksum.
func TestSSIDamage(t *testing.T) {
	s := scanner.NewSSI(0)
	p := scanner.SSIDecodePacket(0x03, []byte("1Z999"), false)
	got := s.Push(p[:6], t0)
	got = append(got, s.Damage(p[6], t0)...)
	got = append(got, s.Push(p[7:], t0)...)
	if len(got) != 1 || got[0].Bad == "" {
		t.Errorf("frames %+v, want one that is damaged", got)
	}
}

// However the stream is split, the packets are the same.
func TestSSISplitsMakeNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		for range rapid.IntRange(0, 5).Draw(t, "packets") {
			data := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "data")
			p := scanner.SSIDecodePacket(rapid.Byte().Draw(t, "kind"), data, rapid.Bool().Draw(t, "again"))
			if rapid.IntRange(0, 5).Draw(t, "broken") == 0 {
				p[rapid.IntRange(0, len(p)-1).Draw(t, "where")] ^= rapid.Byte().Draw(t, "how")
			}
			stream = append(stream, p...)
		}
		whole := scanner.NewSSI(0)
		want := append(ssiCuts(whole.Push(stream, t0)), ssiCuts(whole.End())...)
		parts := scanner.NewSSI(0)
		var got []ssiCut
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			got = append(got, ssiCuts(parts.Push(rest[:n], t0))...)
			rest = rest[n:]
		}
		got = append(got, ssiCuts(parts.End())...)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("split of % X (-whole +split):\n%s", stream, d)
		}
	})
}

func FuzzSSI(f *testing.F) {
	f.Add(scanner.SSIDecodePacket(0x03, []byte("1Z999"), false), byte(0))
	f.Add([]byte("\x05\xf3\x00\x02\x11A\x00\x00"), byte(2))
	f.Fuzz(func(t *testing.T, stream []byte, step byte) {
		s := scanner.NewSSI(0)
		var got []scanner.Frame
		for part := range slices.Chunk(stream, int(step)+1) {
			got = append(got, s.Push(part, t0)...)
		}
		got = append(got, s.End()...)
		if _, pending := s.Deadline(); pending {
			t.Error("a packet is pending after the end")
		}
		for _, f := range got {
			if f.Bad == "" && !f.Aside && len(f.Raw) == 0 {
				t.Error("empty scan")
			}
			if len(f.Raw) > 300 {
				t.Errorf("frame of %d bytes", len(f.Raw))
			}
		}
	})
}
