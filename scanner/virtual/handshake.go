package virtual

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"waybill/scanner"
)

// What a host answers to a scan.
const (
	ackByte = 0x06
	nakByte = 0x15
	enqByte = 0x05
)

// tries is how often a scanner sends a scan that the host refuses.
const tries = 4

// ErrRefused is a scan that the host answered with NAK each time, and ErrNoAnswer
// one that it did not answer. The scanner has then told the hand, and forgets it.
var (
	ErrRefused  = errors.New("the host refused the scan")
	ErrNoAnswer = errors.New("the host did not answer the scan")
)

// Deliver is a pull of the trigger on a scanner that waits for its host: it sends
// data, again where the host asks for it, and returns nil when the host has
// acknowledged it.
func (s *Scanner) Deliver(ctx context.Context, data []byte) error {
	for drained := false; !drained; { // answers to what is long forgotten
		select {
		case <-s.answers:
		default:
			drained = true
		}
	}
	for try := range tries {
		if s.o.Handshake == scanner.Enq {
			if err := s.await(ctx, enqByte); err != nil {
				return err
			}
		}
		if err := s.Send(s.frame(data, try > 0)); err != nil {
			return err
		}
		err := s.await(ctx, ackByte)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrNoAnswer) && s.o.Retry:
		case errors.Is(err, ErrRefused):
		default:
			return err
		}
		if try == tries-1 {
			return err
		}
	}
	return ErrRefused
}

// await waits for an answer of the host's.
func (s *Scanner) await(ctx context.Context, want byte) error {
	limit := time.NewTimer(s.o.Patience)
	defer limit.Stop()
	for {
		select {
		case a := <-s.answers:
			switch {
			case a == want:
				return nil
			case a == nakByte && want == ackByte:
				return ErrRefused
			}
		case <-limit.C:
			return fmt.Errorf("%w within %v", ErrNoAnswer, s.o.Patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// frame returns what the scanner sends for data.
func (s *Scanner) frame(data []byte, again bool) []byte {
	if s.o.Protocol == scanner.SSI {
		kind := byte(0x03) // Code 128
		if rest, gs1 := bytes.CutPrefix(data, []byte("]C1")); gs1 {
			kind, data = 0x0F, rest
		}
		return scanner.SSIDecodePacket(kind, data, again)
	}
	b := append(bytes.Clone(data), s.o.Suffix...)
	if s.o.LRC {
		var lrc byte
		for _, c := range b {
			lrc ^= c
		}
		b = append(b, lrc)
	}
	return append(bytes.Clone(s.o.Prefix), b...)
}

// paced cuts b as a line of the scanner's rate brings it: a millisecond's bytes at
// a time, ten bits each.
func (s *Scanner) paced(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if s.o.Baud <= 0 {
			yield(b)
			return
		}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		sent, began := 0, time.Now()
		for sent < len(b) {
			<-tick.C
			due := min(len(b), int(time.Since(began).Seconds()*float64(s.o.Baud)/10))
			if due > sent && !yield(b[sent:due]) {
				return
			}
			sent = max(sent, due)
		}
	}
}

// answer returns the answer to a scan with which b begins, and its length; n is 0
// where it begins with none.
func (s *Scanner) answer(b []byte) (a byte, n int) {
	if s.o.Protocol == scanner.SSI {
		for a, p := range map[byte][]byte{ackByte: scanner.SSIPacket(0xD0), nakByte: scanner.SSIPacket(0xD1, 1)} {
			if bytes.HasPrefix(b, p) {
				return a, len(p)
			}
		}
		return 0, 0
	}
	if s.o.Handshake != scanner.NoHandshake && (b[0] == ackByte || b[0] == nakByte || b[0] == enqByte) {
		return b[0], 1
	}
	return 0, 0
}

// answered keeps an answer for Deliver. Old ones make room.
func (s *Scanner) answered(a byte) {
	for {
		select {
		case s.answers <- a:
			return
		default:
		}
		select {
		case <-s.answers:
		default:
		}
	}
}

// obey acknowledges a command where the protocol asks for it.
func (s *Scanner) obey() {
	if s.o.Protocol == scanner.SSI {
		// CMD_ACK from the scanner. A host that has gone needs none.
		_ = s.Send([]byte{0x04, 0xD0, 0x00, 0x00, 0xFF, 0x2C})
	}
}
