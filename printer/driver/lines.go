package driver

// lines cuts what a printer sends that answers in lines of text, with now and
// then a reply between STX and ETX, or one of a single byte without any framing.
// The zero lines is ready.
type lines struct {
	single bool // every byte is a reply of its own
	packed bool // after an STX
	buf    []byte
}

// reset forgets what has begun.
func (l *lines) reset() { l.packed, l.buf = false, nil }

// feed takes the next bytes and returns the frames that they complete.
func (l *lines) feed(p []byte) []frame {
	var out []frame
	for _, b := range p {
		switch {
		case l.single:
			out = append(out, frame{frameByte, string([]byte{b})})
		case b == stx:
			l.packed, l.buf = true, nil
		case l.packed && b == etx:
			out = append(out, frame{frameOther, string(l.buf)})
			l.reset()
		case !l.packed && (b == '\r' || b == '\n'):
			if len(l.buf) > 0 {
				out = append(out, frame{frameLine, string(l.buf)})
			}
			l.reset()
		case b < ' ' && !l.packed: // XON, XOFF, ACK and NAK, which nobody has asked for
		default:
			if l.buf = append(l.buf, b); len(l.buf) > maxFrame {
				l.reset()
			}
		}
	}
	return out
}
