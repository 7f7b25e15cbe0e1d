package scanner

import (
	"bytes"
	"fmt"
	"time"
)

// Framing says how a scanner marks the end of a scan. The zero Framing is what
// most scanners send: CR, LF or both, which count once.
type Framing struct {
	Suffix  []byte        // empty: CR, LF or CR LF
	Prefix  []byte        // stripped where present
	Packet  bool          // Prefix and Suffix enclose every scan; what comes between packets is no scan. STX with ETX always do
	Idle    time.Duration // a silence of this length ends a frame too; 0: never
	MaxSize int           // default 8192; a longer frame is damaged
}

// DefaultMaxSize is the longest frame that is data, where nothing else is said:
// the largest barcode holds less than half of it.
const DefaultMaxSize = 8192

// Check returns what is wrong with the framing, or nil.
func (f Framing) Check() error {
	switch {
	case f.Packet && (len(f.Prefix) == 0 || len(f.Suffix) == 0):
		return fmt.Errorf("framing: packets need a prefix and a suffix")
	case f.MaxSize < 0:
		return fmt.Errorf("framing: largest frame %d is negative", f.MaxSize)
	case f.Idle < 0:
		return fmt.Errorf("framing: idle time %v is negative", f.Idle)
	}
	return nil
}

// A Frame is one scan as it was cut out of the byte stream.
type Frame struct {
	Raw   []byte    // without prefix and suffix
	First time.Time // when the first byte came
	At    time.Time // when the last byte came
	Bad   string    // not empty: why the frame is damaged; Raw is then what is left of it
}

// Why a frame is damaged.
const (
	badTooLong = "longer than a scan can be; part of it was dropped"
	badOutside = "bytes outside a packet"
	badNested  = "a packet began before the last one ended"
	badSilence = "silence before the end of the packet"
	badCutOff  = "the connection ended in the middle of the scan"
)

// A Framer cuts frames out of a byte stream. How the stream is split over calls
// of Push makes no difference to the frames. A Framer is not safe for use by
// several goroutines.
type Framer struct {
	f           Framing
	buf         []byte // of the frame that has begun
	open        bool   // packet framing: the prefix has come
	dropping    bool   // the frame was too long and has been told; waiting for its end
	first, last time.Time
}

// NewFramer returns a framer at the beginning of a stream.
func NewFramer(f Framing) *Framer {
	if f.MaxSize == 0 {
		f.MaxSize = DefaultMaxSize
	}
	f.Prefix, f.Suffix = bytes.Clone(f.Prefix), bytes.Clone(f.Suffix)
	pair := string(f.Prefix) == "\x02" && string(f.Suffix) == "\x03"
	f.Packet = (f.Packet || pair) && len(f.Prefix) > 0 && len(f.Suffix) > 0
	return &Framer{f: f}
}

// Pending reports whether a frame has begun and not ended.
func (r *Framer) Pending() bool { return len(r.buf) > 0 || r.open || r.dropping }

// Push takes the bytes b that came at the time at, and returns the frames they
// complete. The frames do not share memory with b.
func (r *Framer) Push(b []byte, at time.Time) []Frame {
	if len(b) == 0 {
		return nil
	}
	frames := r.Flush(at)
	for _, c := range b {
		if !r.Pending() {
			r.first = at
		}
		r.last = at
		if f, ok := r.push(c); ok {
			frames = append(frames, f)
		}
	}
	return frames
}

// Flush returns the frame that a silence until at has ended, where the framing
// knows an idle time.
func (r *Framer) Flush(at time.Time) []Frame {
	if r.f.Idle <= 0 || !r.Pending() || at.Sub(r.last) < r.f.Idle {
		return nil
	}
	bad := ""
	if r.f.Packet {
		bad = badSilence
		if !r.open {
			bad = badOutside
		}
	}
	return r.rest(bad)
}

// End returns what is left when the stream has ended: a damaged frame, if one
// had begun. The framer is then as new.
func (r *Framer) End() []Frame { return r.rest(badCutOff) }

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
	case r.f.Packet:
		return r.pushPacket(c)
	case len(r.f.Suffix) == 0 && (c == '\r' || c == '\n'):
		return r.finish(r.buf, "")
	}
	r.buf = append(r.buf, c)
	if len(r.f.Suffix) > 0 && bytes.HasSuffix(r.buf, r.f.Suffix) {
		return r.finish(r.buf[:len(r.buf)-len(r.f.Suffix)], "")
	}
	return r.limit()
}

func (r *Framer) pushPacket(c byte) (Frame, bool) {
	if !r.open && len(r.buf) == 0 && (c == '\r' || c == '\n') {
		return Frame{}, false // line ends between packets are for people
	}
	r.buf = append(r.buf, c)
	if bytes.HasSuffix(r.buf, r.f.Prefix) {
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
	if r.open && bytes.HasSuffix(r.buf, r.f.Suffix) {
		return r.finish(r.buf[:len(r.buf)-len(r.f.Suffix)], "")
	}
	return r.limit()
}

// limit tells a frame that has grown too long, once, and keeps no more of it
// than is needed to find its end.
func (r *Framer) limit() (Frame, bool) {
	keep := max(len(r.f.Prefix), len(r.f.Suffix))
	if r.dropping {
		if len(r.buf) > keep {
			r.buf = append(r.buf[:0], r.buf[len(r.buf)-keep:]...)
		}
		return Frame{}, false
	}
	if len(r.buf) <= r.f.MaxSize+len(r.f.Prefix)+len(r.f.Suffix) {
		return Frame{}, false
	}
	f := r.frame(r.buf, badTooLong)
	r.dropping = true
	r.buf = append(r.buf[:0], r.buf[len(r.buf)-keep:]...)
	return f, true
}

// finish ends the frame with the given content. An empty frame is none: it is
// the LF after a CR, or a key pressed on the scanner.
func (r *Framer) finish(content []byte, bad string) (Frame, bool) {
	told, packet := r.dropping, r.open
	f := r.frame(content, bad)
	r.buf, r.open, r.dropping = r.buf[:0], false, false
	if told || (len(f.Raw) == 0 && (bad == "" || !packet)) {
		return Frame{}, false
	}
	return f, true
}

func (r *Framer) frame(content []byte, bad string) Frame {
	if !r.f.Packet {
		content = bytes.TrimPrefix(content, r.f.Prefix)
	}
	if len(content) > r.f.MaxSize {
		content, bad = content[:r.f.MaxSize], badTooLong
	}
	return Frame{Raw: bytes.Clone(content), First: r.first, At: r.last, Bad: bad}
}
