package driver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scanner"
)

// A typist types characters as a scanner set to its layout does.
type typist struct {
	strokes map[rune][]event
}

func down(code uint16) event { return event{kindKey, code, 1} }
func up(code uint16) event   { return event{kindKey, code, 0} }

// with returns a key pressed while others are held.
func with(code uint16, held ...uint16) []event {
	var all []event
	for _, h := range held {
		all = append(all, down(h))
	}
	all = append(all, down(code), up(code))
	for _, h := range held {
		all = append(all, up(h))
	}
	return all
}

func newTypist(l layout) typist {
	t := typist{map[rune][]event{' ': with(keySpace), '\r': with(keyEnter), '\t': with(keyTab), 0x1D: with(27, keyLeftCtrl)}}
	add := func(c rune, strokes []event, code uint16) {
		if c == 0 || t.strokes[c] != nil {
			return
		}
		if l.isDead(code, c) {
			strokes = append(strokes, with(keySpace)...)
		}
		t.strokes[c] = strokes
	}
	for _, code := range positions {
		k := l.keys()[code]
		add(k.plain, with(code), code)
		add(k.shift, with(code, keyLeftShift), code)
		add(k.altGr, with(code, keyRightAlt), code)
	}
	return t
}

func (t typist) types(text string) []event {
	var all []event
	for _, c := range text {
		s, ok := t.strokes[c]
		if !ok {
			panic(fmt.Sprintf("no key for %q", c))
		}
		all = append(all, s...)
	}
	return all
}

// heard is what comes of events.
func heard(w *wedge, events []event) (scans []string) {
	for _, e := range events {
		for _, f := range w.take(e, time.Time{}) {
			s := string(f.Raw)
			if f.Bad != "" {
				s = "bad: " + s
			}
			scans = append(scans, s)
		}
	}
	return scans
}

func named(t testing.TB, name string) layout {
	t.Helper()
	l, ok := layoutNamed(name)
	if !ok {
		t.Fatalf("no layout %q", name)
	}
	return l
}

// Every layout has a key for every position, and a way to type all of ASCII.
func TestLayoutsAreWhole(t *testing.T) {
	for _, l := range layouts() {
		for row, text := range map[string]string{"plain": l.plain, "shift": l.shift, "AltGr": l.altGr} {
			if n := len([]rune(text)); n != len(positions) && (row != "AltGr" || n != 0) {
				t.Errorf("%s: %d characters for the %d keys in the row %s", l.name, n, len(positions), row)
			}
		}
		typist := newTypist(l)
		for c := rune(' '); c <= '~'; c++ {
			if typist.strokes[c] == nil {
				t.Errorf("%s: no key for %q", l.name, c)
			}
		}
	}
}

// What a scanner types is what it read, whatever the layout.
func TestEveryLayoutTypesBack(t *testing.T) {
	for _, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			typist := newTypist(l)
			var alphabet []rune
			for c := range typist.strokes {
				if c != '\r' && c != '\t' {
					alphabet = append(alphabet, c)
				}
			}
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.StringOfN(rapid.SampledFrom(alphabet), 1, 40, -1).Draw(t, "text")
				got := heard(newWedge(l, scanner.Framing{}), typist.types(text+"\r"+text+"\t"))
				if d := cmp.Diff([]string{text, text}, got); d != "" {
					t.Fatalf("scans (-want +got):\n%s", d)
				}
			})
		})
	}
}

func TestKeyStrokes(t *testing.T) {
	alt := func(digits string) []event {
		all := []event{down(keyLeftAlt)}
		for _, d := range digits {
			for code, c := range keypad {
				if rune(c) == d {
					all = append(all, down(code), up(code))
				}
			}
		}
		return append(all, up(keyLeftAlt))
	}
	join := func(parts ...[]event) []event {
		var all []event
		for _, p := range parts {
			all = append(all, p...)
		}
		return append(all, with(keyEnter)...)
	}
	us, de, fr := newTypist(named(t, "us")), newTypist(named(t, "de")), newTypist(named(t, "fr"))
	tests := []struct {
		name, layout string
		suffix       string
		events       []event
		want         []string
	}{
		{name: "the identifier of GS1-128 and GS by Ctrl+]", events: join(us.types("]C10100012345678905"), with(27, keyRightCtrl), us.types("21A")), want: []string{"]C10100012345678905\x1d21A"}},
		{name: "GS by Alt+0029", events: join(us.types("a"), alt("0029"), us.types("b")), want: []string{"a\x1db"}},
		{name: "GS by Alt+29", events: join(us.types("a"), alt("29")), want: []string{"a\x1d"}},
		{name: "the other separators", events: join(with(43, keyLeftCtrl), with(7, keyLeftCtrl, keyLeftShift), with(12, keyLeftCtrl, keyLeftShift), with(32, keyLeftCtrl)), want: []string{"\x1c\x1e\x1f\x04"}},
		{name: "Alt+0233 is of Windows, Alt+130 of DOS", events: join(alt("0233"), alt("130"), alt("0128")), want: []string{"éé€"}},
		{name: "bad: a number too large", events: join(us.types("x"), alt("300"), us.types("y")), want: []string{"bad: x\x1ay"}},
		{name: "Caps Lock around letters", events: join(with(keyCapsLock), with(30), with(2), with(31, keyLeftShift), with(keyCapsLock), with(30)), want: []string{"A1sa"}},
		{name: "both shifts at once", events: join([]event{down(keyLeftShift), down(keyRightShift), up(keyLeftShift), down(30), up(30), up(keyRightShift)}, with(30)), want: []string{"Aa"}},
		{name: "a key that repeats", events: join([]event{down(30), {kindKey, 30, 2}, {kindKey, 30, 2}, up(30)}), want: []string{"a"}},
		{name: "the number pad", events: join(with(79), with(80), with(keyKPDot), with(keyKPMinus)), want: []string{"12.-"}},
		{name: "Enter on the number pad", events: append(us.types("a"), with(keyKPEnter)...), want: []string{"a"}},
		{name: "Enter and Tab end one scan", events: append(us.types("a\r"), us.types("\tb\t")...), want: []string{"a", "b"}},
		{name: "Tab is data where Enter is the suffix", suffix: "\r", events: us.types("a\tb\r"), want: []string{"a\tb"}},
		{name: "Enter stands for CR LF", suffix: "\r\n", events: us.types("a\rb\r"), want: []string{"a", "b"}},
		{name: "German: Y is Z, @ is AltGr+Q", layout: "de", events: join(with(21), with(44), with(16, keyRightAlt), with(8, keyLeftShift)), want: []string{"zy@/"}},
		{name: "German: AltGr as Ctrl and Alt", layout: "de", events: join(with(9, keyLeftCtrl, keyLeftAlt), de.types("C1"), with(10, keyLeftCtrl, keyLeftAlt)), want: []string{"[C1]"}},
		{name: "German: accents", layout: "de", events: join(with(41), with(30), with(13), with(18), with(41), with(keySpace), with(41), with(2)), want: []string{"âé^^1"}},
		{name: "German: an accent and the end", layout: "de", events: join(with(30), with(41)), want: []string{"a^"}},
		{name: "German: GS lies where ] lies elsewhere", layout: "de", events: join(with(27, keyLeftCtrl)), want: []string{"\x1d"}},
		{name: "French: digits are shifted", layout: "fr", events: join(with(2, keyLeftShift), with(11, keyLeftShift), with(2), with(16), with(17)), want: []string{"10&az"}},
		{name: "French: ^ beside P waits, the one on 9 does not", layout: "fr", events: join(with(26), with(18), with(10, keyRightAlt), fr.types("e")), want: []string{"ê^e"}},
		{name: "bad: a function key", events: join(us.types("a"), with(59), us.types("b")), want: []string{"bad: a\x1ab"}},
		{name: "bad: a shortcut", events: join(with(19, keyLeftMeta), us.types("x")), want: []string{"bad: \x1arx"}},
		{name: "bad: a key the layout does not have", layout: "fr", events: join(with(41, keyLeftShift), fr.types("x")), want: []string{"bad: \x1ax"}},
		{name: "good again after a bad one", events: append(join(with(59)), us.types("ok\r")...), want: []string{"bad: \x1a", "ok"}},
		{name: "an empty scan is none", events: us.types("\r\r\ta\r"), want: []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWedge(named(t, tt.layout), scanner.Framing{Suffix: []byte(tt.suffix)})
			if d := cmp.Diff(tt.want, heard(w, tt.events)); d != "" {
				t.Errorf("scans (-want +got):\n%s", d)
			}
		})
	}
}

// What was lost is told, once, and nothing that was cut is taken for a scan.
func TestLostStrokes(t *testing.T) {
	us := newTypist(named(t, "us"))
	at := time.Unix(1000, 0)
	second := func(n float64) time.Time { return at.Add(time.Duration(n * float64(time.Second))) }
	type step struct {
		at     float64
		types  string
		lost   bool
		quiet  bool
		handed []string
	}
	tests := []struct {
		name  string
		idle  time.Duration
		steps []step
	}{
		{name: "the middle of a scan", steps: []step{
			{types: "1Z999"}, {lost: true}, {types: "784\r", handed: []string{"bad: 1Z999\x1a784"}}, {types: "ok\r", handed: []string{"ok"}},
		}},
		{name: "the end mark, so that two scans are glued", steps: []step{
			{types: "one"}, {lost: true}, {types: "two\r", handed: []string{"bad: one\x1atwo"}}, {types: "ok\r", handed: []string{"ok"}},
		}},
		{name: "all but the end mark", steps: []step{{lost: true}, {types: "\r", handed: []string{"bad: \x1a"}}, {types: "ok\r", handed: []string{"ok"}}}},
		{name: "all, and then silence", steps: []step{
			{lost: true}, {at: 0.9, quiet: true}, {at: 1, quiet: true, handed: []string{"bad: \x1a"}}, {at: 2, quiet: true}, {at: 3, types: "ok\r", handed: []string{"ok"}},
		}},
		{name: "twice in one scan", steps: []step{{types: "a"}, {lost: true}, {types: "b"}, {lost: true}, {types: "c\r", handed: []string{"bad: a\x1ab\x1ac"}}}},
		{name: "no loss, and no end mark: told, and what follows is no scan of its own", steps: []step{
			{types: "half"},
			{at: 1, quiet: true, handed: []string{"bad: half"}},
			{at: 2, quiet: true},
			{at: 3, types: "rest\r", handed: []string{"bad: \x1arest"}},
			{at: 4, types: "ok\r", handed: []string{"ok"}},
		}},
		{name: "no loss, and a late end mark", steps: []step{
			{types: "half"}, {at: 1, quiet: true, handed: []string{"bad: half"}}, {at: 3, types: "\r"}, {at: 4, types: "ok\r", handed: []string{"ok"}},
		}},
		{name: "a scanner that never sends an end mark is told each time", steps: []step{
			{types: "one"}, {at: 1, quiet: true, handed: []string{"bad: one"}}, {at: 5, types: "two"}, {at: 6, quiet: true, handed: []string{"bad: \x1atwo"}},
		}},
		{name: "silence is the end mark where the configuration says so", idle: 100 * time.Millisecond, steps: []step{
			{types: "one"}, {at: 0.05, quiet: true}, {at: 0.1, quiet: true, handed: []string{"one"}}, {at: 5, types: "two"}, {at: 5.2, quiet: true, handed: []string{"two"}},
		}},
		{name: "a loss where silence is the end mark", idle: 100 * time.Millisecond, steps: []step{
			{types: "one"}, {lost: true}, {at: 0.2, quiet: true, handed: []string{"bad: one\x1a"}}, {at: 5, types: "two"}, {at: 5.2, quiet: true, handed: []string{"two"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWedge(named(t, "us"), scanner.Framing{Idle: tt.idle})
			for i, s := range tt.steps {
				var got []string
				frames := []scanner.Frame(nil)
				switch {
				case s.lost:
					w.resync([]uint16{keyLeftShift}, badDropped, second(s.at))
					w.take(up(keyLeftShift), second(s.at))
				case s.quiet:
					frames = w.quiet(second(s.at))
				default:
					for _, e := range us.types(s.types) {
						frames = append(frames, w.take(e, second(s.at))...)
					}
				}
				for _, f := range frames {
					text := string(f.Raw)
					if f.Bad != "" {
						text = "bad: " + text
					}
					got = append(got, text)
				}
				if d := cmp.Diff(s.handed, got); d != "" {
					t.Errorf("step %d (-want +got):\n%s", i, d)
				}
			}
		})
	}
}

func TestLayoutNames(t *testing.T) {
	if _, ok := layoutNamed("dvorak"); ok {
		t.Error("there is a layout dvorak")
	}
	if got := strings.Join(layoutNames(), " "); got != "us gb de fr" {
		t.Errorf("layouts %s", got)
	}
}

// Whatever a scanner types: no scan in which strokes were lost is a good one, and
// none is longer than it may be.
func FuzzKeyStrokes(f *testing.F) {
	f.Add([]byte{30, 158, 28, 156, 0, 31, 159, 28}, uint8(0))
	f.Add([]byte{56, 82, 210, 80, 208, 73, 201, 184, 28, 156}, uint8(2))
	f.Add([]byte{41, 169, 30, 158, 127, 28, 156}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		all := layouts()
		const most = 20
		w := newWedge(all[int(which)%len(all)], scanner.Framing{MaxSize: most})
		now := time.Unix(0, 0)
		spoiled := false
		for _, c := range b {
			var frames []scanner.Frame
			ends := false
			switch c {
			case 0:
				w.resync([]uint16{uint16(c)}, badDropped, now)
				spoiled = true
			case 127:
				now = now.Add(2 * silence)
				frames = w.quiet(now)
				ends = true
			default:
				e := event{kindKey, uint16(c & 0x7F), int32(1 - c>>7)}
				frames = w.take(e, now)
				ends = e.value == 1 && (e.code == keyEnter || e.code == keyKPEnter || e.code == keyTab)
			}
			for _, f := range frames {
				if len(f.Raw) > most {
					t.Fatalf("a scan of %d bytes", len(f.Raw))
				}
				if spoiled && f.Bad == "" {
					t.Fatalf("%q is good though strokes were lost", f.Raw)
				}
			}
			if ends || len(frames) > 0 {
				spoiled = false
			}
		}
		w.end()
	})
}
