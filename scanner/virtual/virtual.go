// Package virtual simulates a barcode scanner that the real drivers can open:
// on Unix a pseudo terminal for the serial driver, elsewhere a loopback port for
// the tcp driver. It sends what it is told to scan and hears what it is told by
// the host; it decodes no barcodes.
package virtual

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"waybill/internal/cable"
	"waybill/scanner"
)

// Options is how the simulated scanner behaves. The zero Options is a scanner
// that ends a scan with CR and understands the profile ack_nak.
type Options struct {
	Profile scanner.Profile // how it expects to be told good from bad; one without bytes: ack_nak, or none with a handshake
	Prefix  []byte          // what begins a scan
	Suffix  []byte          // what ends a scan; default CR
	LRC     bool            // a check character follows the suffix
	Baud    int             // sends no faster than a serial line of this rate; 0: as fast as the host reads

	Protocol  scanner.Protocol  // of how scans are sent; empty: plain
	Handshake scanner.Handshake // what Deliver waits for; empty: none
	Patience  time.Duration     // how long Deliver waits for an answer; default 2 s
	Retry     bool              // Deliver sends again when no answer comes, as some makers' scanners do
}

// A Told is something the host said to the scanner.
type Told struct {
	Signal scanner.Signal
	Known  bool   // false: Bytes are no signal of the scanner's profile
	Bytes  []byte // as they came
}

// String returns the signal's name, or the bytes.
func (t Told) String() string {
	if t.Known {
		return t.Signal.String()
	}
	return fmt.Sprintf("unknown %q", t.Bytes)
}

// A Scanner is a simulated scanner. It is safe for use by several goroutines.
type Scanner struct {
	o       Options
	told    chan Told
	answers chan byte // ACK, NAK and ENQ of the host
	line    cable.Cable

	mu      sync.Mutex
	plugged io.ReadWriteCloser // nil while unplugged
	heard   chan struct{}      // closed when the listener of the present connection has ended
	closed  bool
}

// toldRoom is how many signals wait for a reader; later ones push the oldest out.
const toldRoom = 4096

// quiet is how long bytes that may still become a longer signal are waited for.
const quiet = 20 * time.Millisecond

var errUnplugged = errors.New("the simulated scanner is unplugged")

// Open returns a simulated scanner, plugged in.
func Open(o Options) (*Scanner, error) {
	l, err := cable.New("scanner")
	if err != nil {
		return nil, fmt.Errorf("simulated scanner: %w", err)
	}
	return open(o, l)
}

// OpenBridge returns a simulated network scanner for the tcp driver, on every
// system.
func OpenBridge(o Options) (*Scanner, error) {
	l, err := cable.NewTCP()
	if err != nil {
		return nil, fmt.Errorf("simulated scanner: %w", err)
	}
	return open(o, l)
}

func open(o Options, l cable.Cable) (*Scanner, error) {
	o.Handshake = cmp.Or(o.Handshake, scanner.NoHandshake)
	if o.Protocol == scanner.SSI {
		o.Profile, _ = scanner.ProfileNamed("zebra_ssi")
	} else if len(o.Profile.Good) == 0 && o.Handshake == scanner.NoHandshake {
		o.Profile, _ = scanner.ProfileNamed("ack_nak")
	}
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	if len(o.Suffix) == 0 {
		o.Suffix = []byte("\r")
	}
	s := &Scanner{o: o, told: make(chan Told, toldRoom), answers: make(chan byte, toldRoom), line: l}
	if err := s.Plug(); err != nil {
		l.Close()
		return nil, err
	}
	return s, nil
}

// Address returns what to write as the scanner's address in a configuration.
func (s *Scanner) Address() string { return s.line.Address() }

// Driver returns the driver that opens the address: serial or tcp.
func (s *Scanner) Driver() string {
	if s.line.Serial() {
		return "serial"
	}
	return "tcp"
}

// Pull is a pull of the trigger: it sends data and the suffix. It returns when
// the host's side has taken the bytes, which is not yet the good beep.
func (s *Scanner) Pull(data []byte) error { return s.Send(s.frame(data, false)) }

// Send sends bytes as they are, for scans that come in parts or damaged.
func (s *Scanner) Send(b []byte) error {
	s.mu.Lock()
	port := s.plugged
	s.mu.Unlock()
	if port == nil {
		return errUnplugged
	}
	for part := range s.paced(b) {
		if _, err := port.Write(part); err != nil {
			return fmt.Errorf("simulated scan: %w", err)
		}
	}
	return nil
}

// Signals returns what the host has told the scanner, in order. It is closed by
// Close.
func (s *Scanner) Signals() <-chan Told { return s.told }

// Unplug pulls the cable: the host's connection breaks. Unplugging twice is
// unplugging once.
func (s *Scanner) Unplug() error {
	s.mu.Lock()
	port, heard := s.plugged, s.heard
	s.plugged = nil
	s.mu.Unlock()
	if port == nil {
		return nil
	}
	err := port.Close()
	<-heard
	if err != nil {
		return fmt.Errorf("unplug simulated scanner: %w", err)
	}
	return nil
}

// Plug puts the cable back, under the same address.
func (s *Scanner) Plug() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errors.New("the simulated scanner was closed")
	case s.plugged != nil:
		return nil
	}
	port, err := s.line.Plug()
	if err != nil {
		return fmt.Errorf("plug in simulated scanner: %w", err)
	}
	s.plugged, s.heard = port, make(chan struct{})
	go s.listen(port, s.heard)
	return nil
}

// Close unplugs the scanner for good.
func (s *Scanner) Close() error {
	err := s.Unplug()
	s.mu.Lock()
	done := s.closed
	s.closed = true
	s.mu.Unlock()
	if done {
		return nil
	}
	close(s.told)
	return errors.Join(err, s.line.Close())
}

// listen takes what the host says until the cable is pulled.
func (s *Scanner) listen(port io.Reader, heard chan<- struct{}) {
	defer close(heard)
	chunks := make(chan []byte)
	go func() { // ends with the reads, which end when the cable is pulled
		defer close(chunks)
		for {
			b := make([]byte, 512)
			n, err := port.Read(b)
			if n > 0 {
				chunks <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	var buf []byte
	for {
		var wait <-chan time.Time
		if len(buf) > 0 {
			wait = time.After(quiet)
		}
		select {
		case b, ok := <-chunks:
			buf = append(buf, b...)
			buf = s.understand(buf, !ok)
			if !ok {
				return
			}
		case <-wait:
			buf = s.understand(buf, true)
		}
	}
}

// understand tells the signals that buf holds and returns what may become one.
func (s *Scanner) understand(buf []byte, final bool) []byte {
	for len(buf) > 0 {
		answer, an := s.answer(buf)
		sig, n, more := s.o.Profile.Told(buf)
		switch {
		case an > 0:
			s.answered(answer)
			n = an
		case more && !final:
			return buf
		case n > 0:
			s.tell(Told{Signal: sig, Known: true, Bytes: bytes.Clone(buf[:n])})
			s.obey()
		default:
			n = 1
			for n < len(buf) {
				if _, k, m := s.o.Profile.Told(buf[n:]); k > 0 || m {
					break
				}
				if _, k := s.answer(buf[n:]); k > 0 {
					break
				}
				n++
			}
			s.tell(Told{Bytes: bytes.Clone(buf[:n])})
		}
		buf = buf[n:]
	}
	return nil
}

// tell has one caller at a time: a listener ends before the next one begins.
func (s *Scanner) tell(t Told) {
	for {
		select {
		case s.told <- t:
			return
		default:
		}
		select {
		case <-s.told:
		default:
		}
	}
}
