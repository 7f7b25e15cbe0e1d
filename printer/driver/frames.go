package driver

import (
	"strings"
)

// A frameKind is which question a frame answers.
type frameKind int

const (
	frameOther    frameKind = iota // noise, or something nobody asked for
	frameError                     // ~HQES
	frameHost                      // one of the three frames of ~HS
	frameHello                     // ~HI
	frameVariable                  // getvar: what stood between the quotes
	frameSerial                    // ~HQSN
	frameAlert                     // what the printer tells by itself, where it is set to
	frameLine                      // a line of plain text, in languages that answer in lines
	frameByte                      // a byte without any framing
)

// A frame is one reply, without its framing bytes.
type frame struct {
	kind frameKind
	text string
}

// A cutter cuts what a printer sends into frames.
type cutter interface {
	feed(p []byte) []frame // takes the next bytes, returns the frames that they complete
	reset()                // forgets a frame that has begun
}

const (
	stx      = 0x02
	etx      = 0x03
	maxFrame = 4096 // the longest reply known is a tenth of this
)

// A framer cuts what a printer sends into frames. Printers give no lengths and
// mix replies with alerts, so it hunts for framing bytes and drops everything
// else. The zero framer is ready.
type framer struct {
	open byte // stx, '"' or 0 outside a frame
	buf  []byte
	line []byte // the text outside of frames since the last line's end
}

// reset forgets a frame that has begun. Text outside of frames is kept: an alert
// that has half arrived is no answer to an old question.
func (f *framer) reset() { f.open, f.buf = 0, nil }

// feed takes the next bytes and returns the frames that they complete.
func (f *framer) feed(p []byte) []frame {
	var out []frame
	for _, b := range p {
		switch {
		case b == stx: // even inside a frame: the end of that one was lost
			f.open, f.buf = stx, nil
		case f.open == 0 && b == '"':
			f.open, f.buf = '"', nil
		case f.open == stx && b == etx:
			out = append(out, classify(string(f.buf)))
			f.reset()
		case f.open == '"' && b == '"':
			out = append(out, frame{kind: frameVariable, text: string(f.buf)})
			f.reset()
		case f.open != 0:
			if f.buf = append(f.buf, b); len(f.buf) > maxFrame {
				f.reset()
			}
		case b == '\r' || b == '\n':
			if isAlert(string(f.line)) {
				out = append(out, frame{kind: frameAlert, text: string(f.line)})
			}
			f.line = nil
		case len(f.line) < maxFrame:
			f.line = append(f.line, b)
		}
	}
	return out
}

// classify says which question the text of an STX…ETX frame answers, so that a
// late reply is never taken for the one waited for.
func classify(text string) frame {
	upper := strings.ToUpper(text)
	if strings.Contains(upper, "PRINTER STATUS") || strings.Contains(upper, "ERRORS:") {
		return frame{frameError, text}
	}
	if strings.Contains(upper, "SERIAL NUMBER") {
		return frame{frameSerial, text}
	}
	fields := strings.Split(text, ",")
	switch {
	case len(fields) < 2:
		return frame{frameOther, text}
	case isDigits(strings.TrimSpace(fields[0])):
		return frame{frameHost, text}
	case len(fields) >= 3 && isModel(fields[0]):
		return frame{frameHello, text}
	}
	return frame{frameOther, text}
}

// isModel reports whether s may be the name of a printer's model: noise between
// framing bytes must not be taken for a machine, to which the name is then bound.
func isModel(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
