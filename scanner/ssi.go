package scanner

import (
	"bytes"
	"time"
)

// Zebra's Simple Serial Interface, as a host needs it to take scans and to sound
// the beeper: packets of length, opcode, source, status, data and a checksum.
// The facts are of the maker's Simple Serial Interface Programmer's Guide
// (72E-40451) by way of public excerpts; checked_on 2026-11-28. The beeper codes
// and what MULTIPACKET does are general knowledge.
const (
	ssiDecoder = 0x00 // source of what the scanner says
	ssiHost    = 0x04 // source of what we say

	ssiAckCode    = 0xD0 // CMD_ACK
	ssiNakCode    = 0xD1 // CMD_NAK
	ssiBeepCode   = 0xE6
	ssiDecodeCode = 0xF3 // DECODE_DATA

	ssiResend = 0x01 // cause of a CMD_NAK, and the status bit of a packet sent again
	ssiMore   = 0x02 // status bit: the message goes on in the next packet

	ssiHead = 4 // length, opcode, source, status
	ssiSum  = 2

	// ssiGap is the longest silence within a packet: the Host Character Time-out's
	// default.
	ssiGap = 200 * time.Millisecond
	// ssiQuiet is the silence that ends what cannot be told apart.
	ssiQuiet = 10 * time.Millisecond
)

const (
	badSum     = "the packet's checksum is wrong; it was asked for again"
	badLonger  = "longer than one SSI packet; set the scanner to send such symbols in another protocol, or barcodes of up to 250 characters"
	badUnknown = "a packet of the scanner with no barcode in it"
)

// SSIPacket returns a packet of the Simple Serial Interface from the host.
func SSIPacket(opcode byte, data ...byte) []byte { return ssiPacket(ssiHost, opcode, 0, data) }

// SSIDecodePacket returns the packet with which a scanner sends a scan. again
// says that it was sent before. It is for simulated scanners.
func SSIDecodePacket(kind byte, data []byte, again bool) []byte {
	var status byte
	if again {
		status = ssiResend
	}
	return ssiPacket(ssiDecoder, ssiDecodeCode, status, append([]byte{kind}, data...))
}

func ssiPacket(source, opcode, status byte, data []byte) []byte {
	p := append([]byte{byte(ssiHead + len(data)), opcode, source, status}, data...) //nolint:gosec // callers keep to 251 bytes
	sum := ssiChecksum(p)
	return append(p, byte(sum>>8), byte(sum&0xFF))
}

// ssiChecksum is the two's complement of the sum of all bytes.
func ssiChecksum(p []byte) uint16 {
	var sum uint16
	for _, c := range p {
		sum += uint16(c)
	}
	return -sum
}

// An SSICutter takes the packets of a scanner that speaks Zebra's Simple Serial
// Interface. It is a Cutter.
type SSICutter struct {
	max         int
	buf         []byte
	lost        bool // the packets' bounds are not known; waiting for a silence
	damaged     bool // the line has damaged a byte of the packet
	long        bool // a message of several packets is under way
	first, last time.Time
}

var _ Cutter = (*SSICutter)(nil)

// NewSSI returns a cutter at the beginning of a stream. Scans of more than limit
// bytes are damaged; 0 is no limit but the protocol's.
func NewSSI(limit int) *SSICutter { return &SSICutter{max: limit} }

// Push takes the bytes b that came at the time at, and returns the frames they
// complete.
func (s *SSICutter) Push(b []byte, at time.Time) []Frame {
	if len(b) == 0 {
		return nil
	}
	frames := s.Flush(at)
	for _, c := range b {
		if len(s.buf) == 0 && !s.lost {
			s.first = at
			if c == 0 { // wakes a sleeping host
				continue
			}
		}
		s.last = at
		if f, ok := s.push(c); ok {
			frames = append(frames, f)
		}
	}
	return frames
}

// Damage takes a byte that the line has damaged: the checksum cannot be trusted
// to find it out.
func (s *SSICutter) Damage(c byte, at time.Time) []Frame {
	s.damaged = true
	return s.Push([]byte{c | 1}, at) // not 0, which would be skipped
}

// Deadline returns when a packet is given up if nothing comes until then.
func (s *SSICutter) Deadline() (time.Time, bool) {
	if len(s.buf) == 0 && !s.lost {
		return time.Time{}, false
	}
	if s.lost {
		return s.last.Add(ssiQuiet), true
	}
	return s.last.Add(ssiGap), true
}

// Flush gives up a packet whose rest has not come until at.
func (s *SSICutter) Flush(at time.Time) []Frame {
	due, ok := s.Deadline()
	if !ok || at.Before(due) {
		return nil
	}
	return s.giveUp(badSilence)
}

// End returns what is left when the stream has ended.
func (s *SSICutter) End() []Frame {
	frames := s.giveUp(badCutOff)
	s.long = false
	return frames
}

func (s *SSICutter) giveUp(why string) []Frame {
	raw, told := bytes.Clone(s.buf), s.lost
	s.buf, s.lost, s.damaged = s.buf[:0], false, false
	if len(raw) == 0 || told {
		return nil
	}
	return []Frame{{Raw: raw, First: s.first, At: s.last, Bad: why, Nak: SSIPacket(ssiNakCode, ssiResend)}}
}

func (s *SSICutter) push(c byte) (Frame, bool) {
	if s.lost {
		return Frame{}, false
	}
	s.buf = append(s.buf, c)
	size := int(s.buf[0])
	if size >= ssiHead && len(s.buf) < size+ssiSum {
		return Frame{}, false
	}
	p := bytes.Clone(s.buf)
	bad := s.damaged
	s.buf, s.damaged = s.buf[:0], false
	f := Frame{Raw: p, First: s.first, At: s.last, Ack: SSIPacket(ssiAckCode), Nak: SSIPacket(ssiNakCode, ssiResend)}
	if size < ssiHead || bad || ssiChecksum(p[:size]) != uint16(p[size])<<8|uint16(p[size+1]) {
		// The scanner waits for our answer, so the silence that tells where the next
		// packet begins is sure to come.
		s.lost = true
		f.Bad = badSum
		return f, true
	}
	return s.packet(f, p[:size])
}

// packet tells what a whole packet is.
func (s *SSICutter) packet(f Frame, p []byte) (Frame, bool) {
	opcode, status, data := p[1], p[3], p[ssiHead:]
	switch {
	case opcode == ssiAckCode || opcode == ssiNakCode:
		return Frame{}, false // the answer to our beep; a beep that was refused is not heard
	case opcode != ssiDecodeCode:
		f.Aside, f.Raw, f.Nak = true, nil, nil
		return f, true
	case len(data) < 2:
		f.Bad = badUnknown
		return f, true
	}
	f.Raw, f.Resent = data[1:], status&ssiResend != 0
	if f.Raw[0] != ']' { // the scanner may be set to put it there itself
		f.AIM = ssiSymbology(data[0])
	}
	more := status&ssiMore != 0
	switch {
	case more && !s.long:
		s.long = true
		f.Bad, f.Nak = badLonger, f.Ack // asking again would bring the same
	case s.long: // told with its first packet
		s.long = more
		f.Aside, f.Raw, f.AIM, f.Nak = true, nil, "", nil
	case s.max > 0 && len(f.Raw) > s.max:
		f.Raw, f.Bad, f.Nak = f.Raw[:s.max], badTooLong, f.Ack
	}
	return f, true
}

// ssiSymbology returns the AIM identifier for a bar code type of the scanner's,
// and nothing for types that do not tell enough. GS1 symbols are here where the
// type says that FNC1 came first.
func ssiSymbology(kind byte) string {
	switch kind {
	case 0x01: // Code 39
		return "]A0"
	case 0x02: // Codabar
		return "]F0"
	case 0x03: // Code 128
		return "]C0"
	case 0x06: // Interleaved 2 of 5
		return "]I0"
	case 0x07: // Code 93
		return "]G0"
	case 0x0A: // EAN-8
		return "]E4"
	case 0x0B: // EAN-13
		return "]E0"
	case 0x0F: // GS1-128
		return "]C1"
	case 0x11: // PDF417
		return "]L0"
	case 0x1B: // Data Matrix
		return "]d1"
	case 0x1C: // QR Code
		return "]Q1"
	case 0x25: // MaxiCode
		return "]U0"
	case 0x2D: // Aztec
		return "]z0"
	case 0x30, 0x31, 0x32: // GS1 DataBar, Limited, Expanded
		return "]e0"
	}
	return ""
}

// ssiBeep returns the command for one of the beeper's patterns.
func ssiBeep(code byte) []byte { return SSIPacket(ssiBeepCode, code) }
