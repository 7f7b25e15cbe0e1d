package driver

import (
	"bytes"
	"time"

	"waybill/scanner"
)

// An unmarker reads a stream in which the system has marked the bytes that the
// line has damaged: FF 00 and the byte. FF itself comes doubled.
type unmarker struct {
	escaped bool // FF came
	damaged bool // FF 00 came
}

var ff = []byte{0xFF}

// push hands b to c and returns the frames that it completes.
func (u *unmarker) push(c scanner.Cutter, b []byte, at time.Time) []scanner.Frame {
	var frames []scanner.Frame
	for len(b) > 0 {
		switch {
		case u.damaged:
			u.damaged = false
			frames = append(frames, c.Damage(b[0], at)...)
			b = b[1:]
		case u.escaped:
			u.escaped = false
			if b[0] == 0 {
				u.damaged = true
				b = b[1:]
				break
			}
			frames = append(frames, c.Push(ff, at)...)
			if b[0] == 0xFF {
				b = b[1:]
			}
		default:
			plain, rest, found := bytes.Cut(b, ff)
			u.escaped = found
			frames = append(frames, c.Push(plain, at)...)
			b = rest
		}
	}
	return frames
}
