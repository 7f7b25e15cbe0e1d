package link

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A shelf is a port that takes so many bytes and then none, until it is given
// room, and that has something to say.
type shelf struct {
	mu     sync.Mutex
	room   int
	taken  []byte
	says   string
	err    error
	closed int
}

func (s *shelf) readSome(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := copy(p, s.says)
	s.says = s.says[n:]
	return n, s.err
}

func (s *shelf) writeSome(p []byte) (int, error) {
	time.Sleep(time.Millisecond) // virtual
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(p), s.room)
	s.taken, s.room = append(s.taken, p[:n]...), s.room-n
	return n, s.err
}

func (s *shelf) close() error { s.closed++; return nil }

func (s *shelf) change(do func(*shelf)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
}

// A device that stops to take data costs the bytes it took, counted exactly,
// and goes on when it takes data again.
func TestPumpCountsWhatAStalledDeviceTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{room: 1000}
		p := newPump(s)
		label := []byte(strings.Repeat("x", 5000))
		time.AfterFunc(time.Second, func() { p.SetWriteDeadline(time.Unix(1, 0)) }) // as a conversation breaks off
		n, err := p.Write(label)
		if n != 1000 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %d, %v; want 1000 and a missed deadline", n, err)
		}
		if n, err := p.Write(label); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write after the deadline = %d, %v", n, err)
		}
		p.SetWriteDeadline(time.Time{})
		time.AfterFunc(time.Minute, func() { s.change(func(s *shelf) { s.room = 1 << 20 }) })
		if n, err := p.Write(label); n != len(label) || err != nil {
			t.Errorf("Write = %d, %v; want all", n, err)
		}
		if got := len(s.taken); got != 6000 {
			t.Errorf("the device took %d bytes, want 6000", got)
		}
		if err := p.Close(); err != nil || s.closed != 1 {
			t.Errorf("Close: %v, port closed %d times", err, s.closed)
		}
	})
}

func TestPumpReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{says: strings.Repeat("a", 5000)}
		p := newPump(s)
		got := make([]byte, 5000)
		if _, err := io.ReadFull(p, got); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { s.change(func(s *shelf) { s.says = "b" }) })
		if n, err := p.Read(got); err != nil || string(got[:n]) != "b" {
			t.Errorf("Read = %q, %v", got[:n], err)
		}
		// Nobody reads any more, and a label goes out all the same.
		s.change(func(s *shelf) { s.says, s.room = strings.Repeat("c", 1<<20), 10 })
		if n, err := p.Write([]byte("0123456789")); n != 10 || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		for {
			if _, err := p.Read(got); err != nil {
				if !errors.Is(err, os.ErrClosed) {
					t.Errorf("Read after Close: %v", err)
				}
				break
			}
		}
	})
}

// A device that is pulled out ends both directions with its own error.
func TestPumpEndsWithTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		s := &shelf{}
		p := newPump(s)
		read := make(chan error, 1)
		go func() {
			_, err := p.Read(make([]byte, 1))
			read <- err
		}()
		time.AfterFunc(time.Second, func() { s.change(func(s *shelf) { s.err = gone }) })
		if n, err := p.Write([]byte("x")); n > 1 || !errors.Is(err, gone) {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := <-read; !errors.Is(err, gone) {
			t.Errorf("Read: %v", err)
		}
		if _, err := p.Write([]byte("x")); !errors.Is(err, gone) {
			t.Errorf("Write afterwards: %v", err)
		}
		if err := p.Close(); err != nil || s.closed != 1 {
			t.Errorf("Close: %v, closed %d times", err, s.closed)
		}
	})
}

// torn is a port that fails in the middle of a write, and says that it took none.
type torn struct{ shelf }

func (*torn) writeSome([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A write that failed is never told as one of which nothing left.
func TestPumpIsNotSureOfNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPump(&torn{})
		if n, err := p.Write([]byte("^XA^XZ")); n != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Write = %d, %v; want one byte that may have left", n, err)
		}
		p.Close()
	})
}
