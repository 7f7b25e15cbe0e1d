package scanner

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// Framing says how a scanner marks the end of a scan. The zero Framing is what
// most scanners send: CR, LF or both, which count once.
type Framing struct {
	Suffix  []byte        // empty: CR, LF or CR LF
	Prefix  []byte        // stripped where present
	Packet  bool          // Prefix and Suffix enclose every scan; what comes between packets is no scan. STX with ETX always do
	LRC     bool          // packets: one more byte follows, the XOR of all bytes after the prefix up to the suffix and with it
	Length  int           // every scan has so many bytes and no mark at its end; 0: marks
	Idle    time.Duration // a silence of this length ends a frame too; 0: never
	Stall   time.Duration // a silence of this length within a frame is told as damage; 0: never
	MaxSize int           // default 8192; a longer frame is damaged
}

// DefaultMaxSize is the longest frame that is data, where nothing else is said:
// the largest barcode holds less than half of it.
const DefaultMaxSize = 8192

// Check returns what is wrong with the framing, or nil.
func (f Framing) Check() error {
	switch {
	case f.Packet && (len(f.Prefix) == 0 || len(f.Suffix) == 0):
		return errors.New("framing: packets need a prefix and a suffix")
	case f.LRC && !f.packets():
		return errors.New(`framing: an LRC needs packets, which begin with STX and end with ETX; write prefix: "\x02" and suffix: "\x03"`)
	case f.Length < 0 || f.Length > DefaultMaxSize:
		return fmt.Errorf("framing: length %d: want 1 to %d bytes", f.Length, DefaultMaxSize)
	case f.Length > 0 && (len(f.Prefix) > 0 || len(f.Suffix) > 0):
		return errors.New("framing: a scan of fixed length has no prefix and no suffix")
	case f.Length > 0 && f.Idle <= 0:
		return errors.New("framing: scans of fixed length need an idle time, as 50ms; after a lost byte it tells where the next scan begins")
	case f.MaxSize < 0:
		return fmt.Errorf("framing: largest frame %d is negative", f.MaxSize)
	case f.Idle < 0 || f.Stall < 0:
		return fmt.Errorf("framing: idle time %v is negative", min(f.Idle, f.Stall))
	}
	return nil
}

func (f Framing) packets() bool {
	pair := string(f.Prefix) == "\x02" && string(f.Suffix) == "\x03"
	return (f.Packet || pair) && len(f.Prefix) > 0 && len(f.Suffix) > 0
}

// A Frame is one scan as it was cut out of the byte stream.
type Frame struct {
	Raw    []byte    // without prefix and suffix
	AIM    string    // the symbology, where the protocol tells it beside the data
	First  time.Time // when the first byte came
	At     time.Time // when the last byte came
	Bad    string    // not empty: why the frame is damaged; Raw is then what is left of it
	Resent bool      // the scanner says that it sends the frame before once more

	// What the protocol has the host answer: Ack once the scan is kept, Nak where
	// it is not. Aside is no scan: Ack is the answer, at once.
	Ack, Nak []byte
	Aside    bool
}

// Why a frame is damaged.
const (
	badTooLong = "longer than a scan can be; part of it was dropped"
	badOutside = "bytes outside a packet"
	badNested  = "a packet began before the last one ended"
	badSilence = "silence before the end of the packet"
	badCutOff  = "the connection ended in the middle of the scan"
	badLine    = "bytes were damaged on the line; check baud rate and parity"
	badUnended = "its end did not come; check baud rate and suffix"
	badAfter   = "it follows bytes that had no end, and may be the rest of them"
	badNULs    = "nothing but NUL bytes; check baud rate and cable"
	badLRC     = "the check character (LRC) is wrong"
	badShort   = "fewer bytes than a scan has"
)

// A Cutter cuts frames out of a byte stream. How the stream is split over calls
// of Push makes no difference to the frames. It is not safe for use by several
// goroutines.
type Cutter interface {
	// Push takes the bytes b that came at the time at, and returns the frames they
	// complete. The frames do not share memory with b.
	Push(b []byte, at time.Time) []Frame
	// Damage takes a byte that the line has damaged. Its frame will be told as such.
	Damage(c byte, at time.Time) []Frame
	// Flush returns what a silence until at has ended.
	Flush(at time.Time) []Frame
	// Deadline returns when Flush has something to do if nothing comes until then.
	Deadline() (at time.Time, ok bool)
	// End returns what is left when the stream has ended: a damaged frame, if one
	// had begun. The cutter is then as new.
	End() []Frame
}

// NewCutter returns the cutter for a protocol at the beginning of a stream.
func NewCutter(p Protocol, f Framing) Cutter {
	if p == SSI {
		return NewSSI(f.MaxSize)
	}
	return NewFramer(f)
}

// A Framer cuts scans between marks out of a byte stream. It is a Cutter.
type Framer struct {
	f           Framing
	packets     bool
	buf         []byte // of the frame that has begun
	clean       int    // marks are looked for from here on: a damaged byte is none
	damaged     bool   // the line has damaged a byte of the frame
	open        bool   // packets: the prefix has come
	closed      bool   // packets with LRC: the suffix has come, the LRC has not
	dropping    bool   // the frame was too long and has been told; waiting for its end
	adrift      bool   // what came before had no end
	first, last time.Time
}

var _ Cutter = (*Framer)(nil)

// NewFramer returns a framer at the beginning of a stream.
func NewFramer(f Framing) *Framer {
	if f.MaxSize == 0 {
		f.MaxSize = DefaultMaxSize
	}
	f.Prefix, f.Suffix = bytes.Clone(f.Prefix), bytes.Clone(f.Suffix)
	return &Framer{f: f, packets: f.packets()}
}

// Pending reports whether a frame has begun and not ended.
func (r *Framer) Pending() bool { return len(r.buf) > 0 || r.open || r.dropping || r.damaged }

// Push takes the bytes b that came at the time at, and returns the frames they
// complete.
func (r *Framer) Push(b []byte, at time.Time) []Frame {
	if len(b) == 0 {
		return nil
	}
	frames := r.Flush(at)
	for _, c := range b {
		r.tick(at)
		if f, ok := r.push(c); ok {
			frames = append(frames, f)
		}
	}
	return frames
}

// Damage takes a byte that the line has damaged. It ends no frame, whatever it
// looks like: what follows would seem to be a scan of its own.
func (r *Framer) Damage(c byte, at time.Time) []Frame {
	frames := r.Flush(at)
	r.tick(at)
	if r.closed { // it was the LRC
		f, _ := r.finish(r.buf[:len(r.buf)-len(r.f.Suffix)], badLine)
		return append(frames, f)
	}
	r.damaged = true
	r.buf = append(r.buf, c)
	r.clean = len(r.buf)
	if r.f.Length > 0 && len(r.buf) >= r.f.Length {
		f, _ := r.finish(r.buf, "")
		return append(frames, f)
	}
	if f, ok := r.limit(); ok {
		frames = append(frames, f)
	}
	return frames
}

func (r *Framer) tick(at time.Time) {
	if !r.Pending() {
		r.first = at
	}
	r.last = at
}

// Deadline returns when Flush has something to do if nothing comes until then.
func (r *Framer) Deadline() (time.Time, bool) {
	switch {
	case !r.Pending():
		return time.Time{}, false
	case r.f.Idle > 0:
		return r.last.Add(r.f.Idle), true
	case r.f.Stall > 0:
		return r.last.Add(r.f.Stall), true
	}
	return time.Time{}, false
}

// Flush returns the frame that a silence until at has ended: a scan where the
// framing knows an idle time, a damaged one where its end should have come.
func (r *Framer) Flush(at time.Time) []Frame {
	due, ok := r.Deadline()
	if !ok || at.Before(due) {
		return nil
	}
	bad := ""
	switch {
	case r.packets && !r.open:
		bad = badOutside
	case r.packets:
		bad = badSilence
	case r.f.Length > 0:
		bad = badShort
	case r.f.Idle <= 0:
		bad = badUnended
	}
	frames := r.rest(bad)
	// Its rest may come yet, and must not pass for a scan. A packet begins with a
	// mark, and so does no rest.
	r.adrift = r.f.Idle <= 0 && !r.packets
	return frames
}

// End returns what is left when the stream has ended: a damaged frame, if one
// had begun. The framer is then as new.
func (r *Framer) End() []Frame {
	frames := r.rest(badCutOff)
	r.adrift = false
	return frames
}

func (r *Framer) rest(bad string) []Frame {
	told := r.dropping || !r.Pending()
	f, ok := r.finish(r.buf, bad)
	if told || !ok {
		return nil
	}
	return []Frame{f}
}

// push takes one byte and returns the frame it completes, if any.
func (r *Framer) push(c byte) (Frame, bool) {
	switch {
	case r.packets:
		return r.pushPacket(c)
	case r.f.Length > 0:
		r.buf = append(r.buf, c)
		if len(r.buf) < r.f.Length {
			return Frame{}, false
		}
		return r.finish(r.buf, "")
	case len(r.f.Suffix) == 0 && (c == '\r' || c == '\n'):
		return r.finish(r.buf, "")
	}
	r.buf = append(r.buf, c)
	if len(r.f.Suffix) > 0 && bytes.HasSuffix(r.buf[r.clean:], r.f.Suffix) {
		return r.finish(r.buf[:len(r.buf)-len(r.f.Suffix)], "")
	}
	return r.limit()
}

func (r *Framer) pushPacket(c byte) (Frame, bool) {
	if !r.open && len(r.buf) == 0 && (c == '\r' || c == '\n') {
		return Frame{}, false // line ends between packets are for people
	}
	if r.closed {
		return r.check(c)
	}
	r.buf = append(r.buf, c)
	if bytes.HasSuffix(r.buf[r.clean:], r.f.Prefix) {
		before := r.buf[:len(r.buf)-len(r.f.Prefix)]
		bad := badOutside
		if r.open {
			bad = badNested
		}
		told, had := r.dropping, r.open || len(before) > 0
		at := r.last
		f, _ := r.finish(before, bad)
		r.open, r.first = true, at
		return f, had && !told
	}
	if r.open && bytes.HasSuffix(r.buf[r.clean:], r.f.Suffix) {
		if r.f.LRC {
			r.closed = true
			return Frame{}, false
		}
		return r.finish(r.buf[:len(r.buf)-len(r.f.Suffix)], "")
	}
	return r.limit()
}

// check ends a packet with its LRC.
func (r *Framer) check(lrc byte) (Frame, bool) {
	bad := ""
	for _, c := range r.buf {
		lrc ^= c
	}
	if lrc != 0 {
		bad = badLRC
	}
	return r.finish(r.buf[:len(r.buf)-len(r.f.Suffix)], bad)
}

// limit tells a frame that has grown too long, once, and keeps no more of it
// than is needed to find its end.
func (r *Framer) limit() (Frame, bool) {
	keep := max(len(r.f.Prefix), len(r.f.Suffix))
	if r.dropping {
		r.keep(keep)
		return Frame{}, false
	}
	if len(r.buf) <= r.f.MaxSize+len(r.f.Prefix)+len(r.f.Suffix) {
		return Frame{}, false
	}
	f := r.frame(r.buf, badTooLong)
	r.dropping = true
	r.keep(keep)
	return f, true
}

// keep forgets all but the last n bytes of the frame.
func (r *Framer) keep(n int) {
	if gone := len(r.buf) - n; gone > 0 {
		r.buf = append(r.buf[:0], r.buf[gone:]...)
		r.clean = max(0, r.clean-gone)
	}
}

// finish ends the frame with the given content. An empty frame is none: it is
// the LF after a CR, or a key pressed on the scanner.
func (r *Framer) finish(content []byte, bad string) (Frame, bool) {
	told, packet := r.dropping, r.open
	if r.damaged {
		bad = badLine
	}
	f := r.frame(content, bad)
	r.buf, r.clean, r.damaged, r.open, r.closed, r.dropping = r.buf[:0], 0, false, false, false, false
	if told || (len(f.Raw) == 0 && (f.Bad == "" || !packet)) {
		return Frame{}, false
	}
	r.adrift = false
	return f, true
}

func (r *Framer) frame(content []byte, bad string) Frame {
	if !r.packets && len(r.f.Prefix) > 0 {
		var whole bool
		if content, whole = bytes.CutPrefix(content, r.f.Prefix); whole {
			r.adrift = false // it has its own beginning
		}
	}
	switch {
	case len(content) > r.f.MaxSize:
		content, bad = content[:r.f.MaxSize], badTooLong
	case bad == "" && r.adrift && len(content) > 0:
		bad = badAfter
	case bad == "" && len(content) > 0 && len(bytes.Trim(content, "\x00")) == 0:
		bad = badNULs
	}
	return Frame{Raw: bytes.Clone(content), First: r.first, At: r.last, Bad: bad}
}
