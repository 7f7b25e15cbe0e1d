package spool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// A wire is the way from the spool to whatever is at the printer's address, which
// can be changed while the spool runs.
type wire struct {
	mu   sync.Mutex
	dial printer.Dialer
	open []io.Closer
	got  []byte // all that was sent over it
}

// lead has further connections go to where dial leads, and breaks those there are.
func (w *wire) lead(dial printer.Dialer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dial = dial
	for _, c := range w.open {
		c.Close()
	}
	w.open, w.got = nil, nil
}

// Dial is the printer's dialer.
func (w *wire) Dial(ctx context.Context) (io.ReadWriteCloser, error) {
	w.mu.Lock()
	dial := w.dial
	w.mu.Unlock()
	c, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = append(w.open, c)
	return &tapped{c, w}, nil
}

// sent returns all that was sent since the wire was last led elsewhere.
func (w *wire) sent() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.got)
}

// tapped notes what is sent.
type tapped struct {
	io.ReadWriteCloser
	wire *wire
}

func (t *tapped) Write(p []byte) (int, error) {
	t.wire.mu.Lock()
	t.wire.got = append(t.wire.got, p...)
	t.wire.mu.Unlock()
	return t.ReadWriteCloser.Write(p)
}

// dead is a line whose other end is gone and has not said so: it takes every byte,
// and nothing comes back. With half, the other end has said that it sends no more.
type dead struct {
	closed chan struct{}
	once   sync.Once
	half   bool
}

func (d *dead) Read([]byte) (int, error) {
	if !d.half {
		<-d.closed
	}
	return 0, io.EOF
}
func (d *dead) Write(p []byte) (int, error) { return len(p), nil }
func (d *dead) Close() error                { d.once.Do(func() { close(d.closed) }); return nil }

// speaks returns a dialer to a program that answers whatever it reads.
func speaks(r *rig, greeting string, answer func(read string) (said string, more bool)) printer.Dialer {
	return func(context.Context) (io.ReadWriteCloser, error) {
		ours, theirs := net.Pipe()
		r.wg.Go(func() {
			defer theirs.Close()
			said, more, buf := greeting, true, make([]byte, 4096)
			for {
				if said != "" {
					if _, err := theirs.Write([]byte(said)); err != nil {
						return
					}
				}
				if !more {
					return
				}
				n, err := theirs.Read(buf)
				if err != nil {
					return
				}
				said, more = answer(string(buf[:n]))
			}
		})
		return ours, nil
	}
}

func silence(string) (string, bool) { return "", true }

// badPeers are the things that stand where a printer should, and what the spool
// says of each: its condition, and words for whoever mends it.
func badPeers(r *rig) map[string]struct {
	dial   printer.Dialer
	want   printer.Condition
	detail string
} {
	type peer = struct {
		dial   printer.Dialer
		want   printer.Condition
		detail string
	}
	garbage := func(seed uint64) printer.Dialer {
		random := rand.New(rand.NewPCG(seed, 5))
		return speaks(r, "", func(string) (string, bool) {
			b := make([]byte, 1+random.IntN(200))
			for i := range b {
				b[i] = byte(random.Uint32())
				if random.IntN(4) == 0 {
					b[i] = "\x02\x03\"\r\n,0"[random.IntN(7)]
				}
			}
			return string(b), true
		})
	}
	web := "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=\"utf-8\"\r\nConnection: close\r\n\r\n<html lang=\"en\"><title>\"400\"</title></html>"
	peers := map[string]peer{
		"unreachable": {func(ctx context.Context) (io.ReadWriteCloser, error) {
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
		}, printer.Offline, "timeout"},
		"no route": {func(context.Context) (io.ReadWriteCloser, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
		}, printer.Offline, "Switch the printer on"},
		"refused": {func(context.Context) (io.ReadWriteCloser, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}, printer.Offline, "refused"},
		"a web server":                {speaks(r, "", func(string) (string, bool) { return web, false }), printer.NoAnswer, "a web server"},
		"a web server that holds on":  {speaks(r, "", func(string) (string, bool) { return web, true }), printer.NoAnswer, "a web server"},
		"a remote shell":              {speaks(r, "SSH-2.0-OpenSSH_9.6\r\n", func(string) (string, bool) { return "Invalid SSH identification string.\r\n", false }), printer.NoAnswer, "a remote shell"},
		"a server of encrypted lines": {speaks(r, "", func(string) (string, bool) { return "\x15\x03\x01\x00\x02\x02\x16", false }), printer.NoAnswer, "encrypted connections"},
		"a file server":               {speaks(r, "220 printer FTP server ready\r\n", func(string) (string, bool) { return "500 \"~HI\" not understood\r\n", true }), printer.NoAnswer, "a file or mail server"},
		"an echo":                     {speaks(r, "", func(read string) (string, bool) { return read, true }), printer.NoAnswer, "echo"},
		"never answers":               {speaks(r, "", silence), printer.NoAnswer, "no answer"},
		"takes no byte":               {func(context.Context) (io.ReadWriteCloser, error) { ours, _ := net.Pipe(); return ours, nil }, printer.NoAnswer, "does not take"},
		"closes at once":              {speaks(r, "", func(string) (string, bool) { return "", false }), printer.Offline, "closed the connection"},
		"closes before it is asked": {func(context.Context) (io.ReadWriteCloser, error) {
			ours, theirs := net.Pipe()
			theirs.Close()
			return ours, nil
		}, printer.Offline, "closed"},
		"half-open": {func(context.Context) (io.ReadWriteCloser, error) { return &dead{closed: make(chan struct{})}, nil }, printer.NoAnswer, "no answer"},
		"half-closed": {func(context.Context) (io.ReadWriteCloser, error) {
			return &dead{closed: make(chan struct{}), half: true}, nil
		}, printer.Offline, "closed the connection"},
		"garbage that ends":           {speaks(r, "", func(string) (string, bool) { return "\x02\x03\"\"\x00\xff", false }), "", ""},
		"an answer that does not end": {speaks(r, "", func(string) (string, bool) { return "\x02" + strings.Repeat("9,", 5000), true }), printer.NoAnswer, "no answer"},
	}
	for seed := range uint64(8) {
		peers[fmt.Sprint("garbage ", seed)] = peer{garbage(seed), "", ""}
	}
	return peers
}

// boundedWait is how long anything may stand unsaid.
const boundedWait = 15 * time.Second

// recovery is within what time a label is out once the printer is there: what never
// answered is asked every 20 seconds, and a question may be under way.
const recovery = 40 * time.Second

// Whatever stands at the printer's address: it is told within a bounded wait and
// in words, it gets no byte of any label, and once the printer is there the label
// prints, once.
func TestBadInputBeforeSending(t *testing.T) {
	for name := range badPeers(nil) {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{})
				peer := badPeers(r)[name]
				line := &wire{dial: peer.dial}
				r.conf[0].Dial = line.Dial
				r.ledger.add("a", 1)
				r.start()
				time.Sleep(boundedWait)
				st := r.spool.Status()[0].Status
				c, ok := st.Foremost()
				if !ok || peer.want != "" && c != peer.want || !strings.Contains(st.Detail, peer.detail) {
					t.Errorf("after %s it is %v, %q; want %s and %q", boundedWait, st.Conditions, st.Detail, peer.want, peer.detail)
				}
				if words, todo := c.Words(); words == "" || todo == "" {
					t.Errorf("no words for %s", c)
				}
				time.Sleep(10 * time.Minute)
				if sent := line.sent(); strings.Contains(sent, "^XA") {
					t.Errorf("a label went to it: %.200q", sent)
				}
				if got := r.ledger.label("a", 1).State; got != printer.Queued {
					t.Errorf("the label is %s", got)
				}
				began := time.Now()
				line.lead(r.pipeTo(v))
				if l := r.ledger.untilState(t, "a", 1, printer.Confirmed); l.Evidence != printer.E3 || time.Since(began) > recovery {
					t.Errorf("the label was confirmed by %s after %s", l.Evidence, time.Since(began))
				}
				r.exactly(1, v)
			})
		})
	}
}

// The same comes in the printer's place while a label is printed: for a while,
// after which the odometer or a person decides; or for good, after which a person is
// asked.
func TestBadInputInFlight(t *testing.T) {
	for name := range badPeers(nil) {
		for _, forGood := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/for good=%v", name, forGood), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
					line := &wire{dial: r.conf[0].Dial}
					r.conf[0].Dial = line.Dial
					r.ledger.add("a", 1)
					r.start()
					r.ledger.untilState(t, "a", 1, printer.Sent)
					line.lead(badPeers(r)[name].dial)
					began := time.Now()
					if !forGood {
						time.Sleep(20 * time.Second)
						if sent := line.sent(); strings.Contains(sent, "^XA") {
							t.Errorf("the label was sent again: %.200q", sent)
						}
						line.lead(r.pipeTo(v))
						r.ledger.until(t, time.Minute, "decided", r.ledger.settled)
						if l := r.ledger.label("a", 1); l.State == printer.Confirmed && l.Evidence != printer.E3 || l.State == printer.Unconfirmed && l.Reason == "" || l.State == printer.Failed {
							t.Errorf("the label is %s by %s: %q", l.State, l.Evidence, l.Reason)
						}
					} else if l := r.ledger.untilState(t, "a", 1, printer.Unconfirmed); l.Reason == "" || time.Since(began) > 11*time.Minute {
						t.Errorf("unconfirmed after %s: %q", time.Since(began), l.Reason)
					}
					time.Sleep(10 * time.Minute)
					if sent := line.sent(); strings.Contains(sent, "^XA") {
						t.Errorf("the label was sent again: %.200q", sent)
					}
					r.exactly(1, v)
				})
			})
		}
	}
}

// fullDisk is a ledger on a disk that fills up: record number at and all after it
// fail, until there is room.
type fullDisk struct {
	spool.Ledger
	mu      sync.Mutex
	at      int
	records int
	room    bool
	failed  int
}

var errFull = &os.PathError{Op: "write", Path: "journal.db", Err: syscall.ENOSPC}

func (f *fullDisk) Record(ctx context.Context, jobs ...printer.Job) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.records++; f.records >= f.at && !f.room {
		f.failed++
		return errFull
	}
	return f.Ledger.Record(ctx, jobs...)
}

// The disk is full from any record on, and has room again later: nothing is lost,
// nothing prints twice, and it was said.
func TestDiskFullInMidSpool(t *testing.T) {
	for at := 1; at <= 6; at++ {
		t.Run(fmt.Sprint("record ", at), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{PerLabel: time.Second})
				disk := &fullDisk{at: at}
				told := make(chan error, 10)
				r.tune = func(o *spool.Options) {
					disk.Ledger, o.Ledger = o.Ledger, disk
					o.OnLedger = func(err error) { told <- err }
				}
				r.ledger.add("a", 1)
				r.ledger.add("b", 1)
				r.start()
				time.Sleep(20 * time.Second)
				disk.mu.Lock()
				failed := disk.failed
				disk.mu.Unlock()
				if failed == 0 || failed > 60 {
					t.Errorf("the full disk was tried %d times in 20s", failed)
				}
				if n := onPaper(r.ledger.all(), v); n["a"]+n["b"] > (at+2)/3 {
					t.Errorf("with record %d not on disk, %v are on paper", at, n)
				}
				if len(told) != 1 || !errors.Is(<-told, syscall.ENOSPC) {
					t.Errorf("the full disk was not told, once")
				}
				disk.mu.Lock()
				disk.room = true
				disk.mu.Unlock()
				r.ledger.until(t, time.Minute, "all printed", r.ledger.settled)
				if len(told) != 1 || <-told != nil {
					t.Error("it was not told that there is room again")
				}
				r.exactly(1, v)
				for _, id := range []string{"a", "b"} {
					if l := r.ledger.label(id, 1); l.State != printer.Confirmed {
						t.Errorf("%s is %s: %s", id, l.State, l.Reason)
					}
				}
			})
		})
	}
}

// Labels of the wrong size, as far as a printer can tell, stop everything until
// the right ones are in.
func TestWrongMediaHoldsTheLabel(t *testing.T) {
	for _, bits := range []uint32{0x00040000, 0x00080000} {
		inBubble(t, func(t *testing.T, r *rig) {
			v := r.printer("p", virtual.Options{})
			v.SetFaults(func(f *virtual.Faults) { f.ErrorBits = bits })
			r.ledger.add("a", 1)
			r.start()
			time.Sleep(boundedWait)
			if got := r.ledger.label("a", 1).State; got != printer.Queued || !r.hasTold(printer.WrongMedia) {
				t.Errorf("the label is %s; told %q", got, r.seen)
			}
			v.SetFaults(func(f *virtual.Faults) { f.ErrorBits = 0 })
			r.ledger.untilState(t, "a", 1, printer.Confirmed)
			r.exactly(1, v)
		})
	}
}
