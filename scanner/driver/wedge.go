package driver

import (
	"bytes"
	"time"

	"waybill/scanner"
)

// An event is one of the kernel's input events, without its time.
type event struct {
	kind, code uint16
	value      int32
}

// Kinds and codes of linux/input-event-codes.h.
const (
	kindSync    = 0x00
	kindKey     = 0x01
	kindLight   = 0x11
	syncReport  = 0
	syncDropped = 3
	lightCaps   = 1
)

// Why a scan of key strokes is damaged.
const (
	badDropped = "key strokes were lost; this scan, and any right before it that was not answered, must be scanned again"
	badBefore  = "part of it was typed before the scanner was taken, into other programs"
	badNoEnd   = "no end mark within a second (set the scanner to send Enter after each scan, or give the scanner an idle time)"
)

// silence is how long a scan may pause in its middle.
const silence = time.Second

// lostMark stands in a damaged scan where something is missing: SUB, the
// character of ASCII for just that.
const lostMark = 0x1A

// A wedge makes scans of the key strokes of one scanner. It does no I/O: what was
// read is handed in, with the time.
type wedge struct {
	keyboard *keyboard
	framer   *scanner.Framer
	framing  scanner.Framing

	last   time.Time
	damage string // not empty: what has begun is no scan, and why
	lost   bool   // damage by lost strokes: the end mark may be among them, so that silence is one, too
	told   bool   // the damaged scan was told, and nothing has come since
}

func newWedge(l layout, f scanner.Framing) *wedge {
	f.Stall = 0 // quiet tells of it, and knows what was lost
	return &wedge{keyboard: newKeyboard(l), framer: scanner.NewFramer(f), framing: f}
}

// resync is for strokes that were lost, so that those held now are all there is
// to know. What was read before and not yet taken must not be taken any more.
func (w *wedge) resync(held []uint16, why string, now time.Time) {
	w.keyboard.reset(held)
	w.spoil(why, now)
	w.lost = true
}

func (w *wedge) spoil(why string, now time.Time) {
	if w.damage == "" || w.told {
		w.damage = why
	}
	w.told = false
	w.framer.Push([]byte{lostMark}, now)
	w.last = now
}

// take takes one event and returns the scans it completes. A lost event is the
// caller's to see: see [wedge.resync].
func (w *wedge) take(e event, now time.Time) []scanner.Frame {
	if e.kind != kindKey {
		return nil
	}
	var t typed
	switch e.value {
	case 0:
		t = w.keyboard.release(e.code)
	case 1:
		t = w.keyboard.press(e.code)
	default: // the system repeats a key that is held; the scanner has not pressed it again
		return nil
	}
	var frames []scanner.Frame
	if t.bad != "" {
		w.spoil(t.bad, now)
		return nil
	}
	if len(t.text) == 0 {
		return nil
	}
	if t.end {
		t.text = w.endMark(t.text)
	}
	if w.told && !t.end {
		w.told = false
	}
	w.last = now
	for _, f := range w.framer.Push(t.text, now) {
		frames = append(frames, w.judge(f)...)
	}
	return frames
}

// endMark is what the key that ends a scan stands for: whatever the framing waits
// for. The keyboard has no other line end than Enter.
func (w *wedge) endMark(text []byte) []byte {
	before, key := text[:len(text)-1], text[len(text)-1]
	end := []byte{key}
	switch s := string(w.framing.Suffix); {
	case s == "": // Enter or Tab, whichever the scanner is set to
		end = []byte{'\r'}
	case key == '\r' && (s == "\n" || s == "\r\n"):
		end = w.framing.Suffix
	}
	return append(bytes.Clone(before), end...)
}

// judge makes a frame damaged that has begun so.
func (w *wedge) judge(f scanner.Frame) []scanner.Frame {
	if w.damage == "" {
		return []scanner.Frame{f}
	}
	told := w.told
	f.Bad = w.damage
	w.damage, w.lost, w.told = "", false, false
	if told {
		return nil
	}
	return []scanner.Frame{f}
}

// pending reports whether a scan has begun that silence may end.
func (w *wedge) pending() bool { return w.framer.Pending() && !w.told }

// wait is how long after the last stroke silence means something.
func (w *wedge) wait() time.Duration {
	if w.framing.Idle > 0 {
		return w.framing.Idle
	}
	return silence
}

// quiet takes note that nothing came until now.
func (w *wedge) quiet(now time.Time) []scanner.Frame {
	if !w.pending() || now.Sub(w.last) < w.wait() {
		return nil
	}
	var frames []scanner.Frame
	for _, f := range w.framer.Flush(now) {
		frames = append(frames, w.judge(f)...)
	}
	if !w.pending() {
		return frames
	}
	// A scan without an end is told of, and what comes of it later is not taken
	// for another: its end mark ends it. Only where that may be lost, too, does
	// the next stroke begin a new one.
	why, lost := w.damage, w.lost
	if why == "" {
		why = badNoEnd
	}
	for _, f := range w.framer.End() {
		f.Bad = why
		frames = append(frames, f)
	}
	w.damage, w.lost = "", false
	if !lost {
		w.spoil(why, now)
		w.told = true
	}
	return frames
}

// end returns what is left when the scanner is gone.
func (w *wedge) end() []scanner.Frame {
	if w.told {
		return nil
	}
	var frames []scanner.Frame
	for _, f := range w.framer.End() {
		frames = append(frames, w.judge(f)...)
	}
	return frames
}
