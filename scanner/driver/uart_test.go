package driver_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

// A pseudo terminal has no bits, so that no rate and no parity can be wrong on it.
// Here is what a line and the two ends of it are, bit by bit: what a receiver makes of
// a line that was set up otherwise, and what the system hands on of that.

// A uart is how one end of a serial line is set up; it has one stop bit.
type uart struct {
	baud, bits int
	parity     string // none, even, odd
}

func (u uart) String() string { return fmt.Sprintf("%d %d%.1s1", u.baud, u.bits, u.parity) }

// parityOf returns the parity bit of a character.
func (u uart) parityOf(c byte) bool {
	odd := bits.OnesCount8(c)%2 == 1
	return odd == (u.parity == "even")
}

// send returns the line's levels, a bit each, from a rest through data to a rest.
func (u uart) send(data string) []bool {
	levels := slices.Repeat([]bool{true}, 20)
	for _, c := range []byte(data) {
		levels = append(levels, false)
		for i := range u.bits {
			levels = append(levels, c>>i&1 == 1)
		}
		if u.parity != "none" {
			levels = append(levels, u.parityOf(c&(1<<u.bits-1)))
		}
		levels = append(levels, true)
	}
	return append(levels, slices.Repeat([]bool{true}, 20)...)
}

// A heard byte is one as a receiver has it.
type heard struct {
	c       byte
	damaged bool // its stop bit or its parity is wrong
	isBreak bool // nothing but zeros, and no stop bit
}

// hear returns what a receiver makes of a line that was sent at a rate. It looks at
// the line 16 times a bit, takes the majority of the three looks in the middle, and
// where a stop bit is missing takes it for the next start bit; after a break it waits
// for the line to rest. So do the 16550 and what imitates it (general knowledge; the
// data sheet was not at hand). phase is where between two looks the line begins.
func (u uart) hear(levels []bool, rate int, phase float64) []heard {
	const looks = 16
	at := func(look int) bool {
		i := int((float64(look) + phase) * float64(rate) / float64(looks*u.baud))
		return i >= len(levels) || levels[i]
	}
	end := len(levels) * looks * u.baud / rate
	bit := func(start, n int) bool { // the n-th after the start bit's begin
		ones := 0
		for _, k := range []int{7, 8, 9} {
			if at(start + n*looks + k) {
				ones++
			}
		}
		return ones >= 2
	}
	var out []heard
	for t := 0; t < end; {
		if at(t) {
			t++
			continue
		}
		start := t
		if bit(start, 0) {
			t++ // too short for a start bit
			continue
		}
		for again := true; again; {
			again = false
			var h heard
			for i := range u.bits {
				if bit(start, 1+i) {
					h.c |= 1 << i
				}
			}
			n := 1 + u.bits
			zeros := h.c == 0
			if u.parity != "none" {
				p := bit(start, n)
				h.damaged, zeros = p != u.parityOf(h.c), zeros && !p
				n++
			}
			t = start + n*looks + looks/2
			if !bit(start, n) {
				h.damaged, h.isBreak = true, zeros
				if h.isBreak {
					for t < end && !at(t) {
						t++
					}
				} else {
					start, again = start+n*looks, true
				}
			}
			out = append(out, h)
		}
	}
	return out
}

// marked is what our own way to a port hands on: damaged bytes are marked (INPCK and
// PARMRK of termios, without IGNBRK and BRKINT).
func marked(in []heard) (b []byte) {
	for _, h := range in {
		switch {
		case h.isBreak:
			b = append(b, 0xFF, 0, 0)
		case h.damaged:
			b = append(b, 0xFF, 0, h.c)
		case h.c == 0xFF:
			b = append(b, 0xFF, 0xFF)
		default:
			b = append(b, h.c)
		}
	}
	return b
}

// unmarked is what the library's way hands on: with parity a damaged byte is NUL
// (INPCK alone), without it is the character that it has become, and so it is on
// Windows always.
func unmarked(in []heard, inpck bool) (b []byte) {
	for _, h := range in {
		if h.isBreak || h.damaged && inpck {
			h.c = 0
		}
		b = append(b, h.c)
	}
	return b
}

// frames returns what comes of a stream after which nothing comes.
func frames(push func(scanner.Cutter, []byte, time.Time) []scanner.Frame, stream []byte) []scanner.Frame {
	c := scanner.NewFramer(scanner.Framing{Stall: 2 * time.Second})
	return append(push(c, stream, t0), c.Flush(t0.Add(3*time.Second))...)
}

func plain(c scanner.Cutter, b []byte, at time.Time) []scanner.Frame { return c.Push(b, at) }

// TestWhatWrongSettingsSound holds streams that are worked out by hand against the
// model, and what is told of them.
func TestWhatWrongSettingsSound(t *testing.T) {
	t.Parallel()
	const line, unended = "bytes were damaged on the line; check baud rate and parity", "its end did not come; check baud rate and suffix"
	slow, fast, twice := uart{9600, 8, "none"}, uart{115200, 8, "none"}, uart{19200, 8, "none"}
	even, odd := uart{9600, 7, "even"}, uart{9600, 7, "odd"}
	for _, tt := range []struct {
		name     string
		from, to uart
		sent     string
		stream   string // with marks
		want     string // why it is damaged; empty: it is whole
		library  string // the same where nothing is marked
	}{
		{"as it should be", slow, slow, "A1\r", "A1\r", "", ""},
		{"as it should be, with parity", even, even, "A1\r", "A1\r", "", ""},
		// Each bit of the sender lasts 12 of the receiver: every run of zeros is longer
		// than a character and a stop bit, which is a break. 'A' is 1000 0010 from the
		// lowest bit on, so it has three runs with its start bit.
		{"too fast by 12", slow, fast, "A", strings.Repeat("\xff\x00\x00", 3), line, unended},
		{"too fast by 12, with an end", slow, fast, "U\r", strings.Repeat("\xff\x00\x00", 5+3), line, unended},
		// Of 'A' at twice the rate come 0 0 1 1 0 0 0 0 0 0 0 0 0 0 1 1 0 0 1 1: a start
		// bit, 06 and no stop bit; that is the next start bit, and 30 with its stop bit.
		{"too fast by 2", slow, twice, "A", "\xff\x00\x060", line, unended},
		// The end has three ones, and an eighth bit of 0 where the parity is expected.
		{"no parity sent, even expected", slow, even, "03\r", "03\xff\x00\r", line, unended},
		{"even sent, odd expected", even, odd, "A1\r", "\xff\x00A\xff\x001\xff\x00\r", line, unended},
		{"even sent, none expected", even, slow, "A1\r", "A\xb1\x8d", unended, unended},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.to.hear(tt.from.send(tt.sent), tt.from.baud, 0.4)
			if diff := cmp.Diff(tt.stream, string(marked(got))); diff != "" {
				t.Fatalf("the stream (-by hand +of the model):\n%s", diff)
			}
			for name, told := range map[string][]scanner.Frame{
				tt.want:    frames(driver.Unmark, marked(got)),
				tt.library: frames(plain, unmarked(got, tt.to.parity != "none")),
			} {
				if len(told) != 1 || told[0].Bad != name {
					t.Errorf("%s read as %s comes to %+v, want one that is %q", tt.from, tt.to, told, name)
				}
			}
		})
	}
}

// TestNoSettingMakesAParcelOfAnother holds that whatever the two ends of a line are set
// to, what is handed on as a whole scan is what the scanner sent, or nothing that the
// desk would take for a parcel's number, a label of ours or a command; and that of a
// damaged scan the bytes are kept.
func TestNoSettingMakesAParcelOfAnother(t *testing.T) {
	t.Parallel()
	table := carrier.Default()
	rates := []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200}
	rapid.Check(t, func(rt *rapid.T) {
		end := func(label string) uart {
			u := uart{rapid.SampledFrom(rates).Draw(rt, label+" rate"), 8, rapid.SampledFrom([]string{"none", "even", "odd"}).Draw(rt, label+" parity")}
			if u.parity != "none" {
				u.bits = rapid.IntRange(7, 8).Draw(rt, label+" bits")
			}
			return u
		}
		from, to := end("sender's"), end("receiver's")
		data := rapid.SampledFrom([]string{
			"1Z999AA10123456784", "]C142022153\x1d9101026837331000039521", "]C0RB123456785GB", "WBC:UNDO", "]Q1WB1/576461413000007919/1Z999AA10123456784",
			"00106141412345678908", "779017972697",
		}).Draw(rt, "data")
		got := to.hear(from.send(strings.Repeat(data+"\r", rapid.IntRange(1, 3).Draw(rt, "times"))), from.baud, rapid.Float64Range(0, 0.99).Draw(rt, "phase"))
		same := from == to
		for way, told := range map[string][]scanner.Frame{
			"marked":   frames(driver.Unmark, marked(got)),
			"unmarked": frames(plain, unmarked(got, to.parity != "none")),
		} {
			kept := 0
			for _, f := range told {
				kept += len(f.Raw)
				if f.Bad != "" || string(f.Raw) == data {
					if same && f.Bad != "" {
						rt.Fatalf("%s, %s on both ends: %q is %s", way, to, f.Raw, f.Bad)
					}
					continue
				}
				if s := scan.Parse(table, f.Raw); len(s.Numbers()) > 0 && s.Kind != scan.Unknown || s.Kind == scan.Command {
					rt.Fatalf("%s, %s read as %s: %q passes for %s %v", way, from, to, f.Raw, s.Kind, s.Numbers())
				}
			}
			ends := 0
			for _, h := range got {
				if h.c == '\r' || h.c == '\n' {
					ends++
				}
			}
			if kept < len(got)-ends {
				rt.Fatalf("%s, %s read as %s: %d bytes came, and %d are kept in %+v", way, from, to, len(got), kept, told)
			}
		}
	})
}
