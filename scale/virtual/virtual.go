// Package virtual simulates scales and dimensioners that the real drivers can
// open: on a pseudo terminal for a serial link, or on a loopback port. A load
// settles as on a real platform, and faults come when they are ordered. It weighs
// nothing.
package virtual

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/internal/cable"
	"waybill/scale"
)

// Options is how the simulated scale behaves.
type Options struct {
	Driver   string        // the driver whose language it speaks; default mt-sics
	Unit     scale.Unit    // default kg
	Places   int           // digits behind the point; default 3, -1: none
	Capacity int64         // the most it can weigh, in steps of the last digit; default 30000
	Settle   time.Duration // how long a new load swings; default 400ms
	Every    time.Duration // between two weights of a scale that speaks by itself; default 50ms
	TCP      bool          // on a loopback port, on every system
	Pace     time.Duration // between two bytes, as on a slow line; default none
	Now      func() time.Time
}

// A Scale is a simulated scale. It is safe for use by several goroutines.
type Scale struct {
	o    Options
	lang speech
	line cable.Cable

	mu      sync.Mutex
	load    int64 // steps
	before  int64 // the load before, from which it swings over
	changed time.Time
	faults  faults
	end     io.ReadWriteCloser // nil while unplugged
	heard   chan struct{}      // closed when the listener of the present connection has ended
	closed  bool
}

// faults is what is wrong with a simulated scale.
type faults struct {
	swinging bool
	silent   bool
	answer   []byte // it answers this, whatever it is asked
	net      bool
	awaking  bool
	unit     scale.Unit // it is set to this unit instead
}

var errUnplugged = errors.New("the simulated scale is unplugged")

// Open returns a simulated scale, plugged in, with nothing on it.
func Open(o Options) (*Scale, error) {
	o.Driver = orElse(o.Driver, "mt-sics")
	o.Unit = orElse(o.Unit, scale.Kilogram)
	o.Capacity = orElse(o.Capacity, 30_000)
	o.Settle = orElse(o.Settle, 400*time.Millisecond)
	o.Every = orElse(o.Every, 50*time.Millisecond)
	o.Places = max(0, orElse(o.Places, 3))
	if o.Now == nil {
		o.Now = time.Now
	}
	lang, ok := speeches()[o.Driver]
	if !ok {
		return nil, fmt.Errorf("simulated scale: it cannot speak the language of %q (has %s)", o.Driver, strings.Join(Drivers(), ", "))
	}
	line, err := newCable(o.TCP)
	if err != nil {
		return nil, fmt.Errorf("simulated scale: %w", err)
	}
	s := &Scale{o: o, lang: lang, line: line}
	if err := s.Plug(); err != nil {
		return nil, errors.Join(err, line.Close())
	}
	return s, nil
}

// Drivers returns the drivers whose languages can be simulated.
func Drivers() []string { return slices.Sorted(maps.Keys(speeches())) }

func orElse[T comparable](v, usual T) T {
	var zero T
	if v == zero {
		return usual
	}
	return v
}

func newCable(tcp bool) (cable.Cable, error) {
	if tcp {
		return cable.NewTCP()
	}
	return cable.New("scale")
}

// Link returns what to write as the scale's link in a configuration.
func (s *Scale) Link() string {
	if s.line.Serial() {
		return "serial://" + s.line.Address() + "?baud=9600&flow=none"
	}
	return "tcp://" + s.line.Address()
}

// Driver returns the driver for the link.
func (s *Scale) Driver() string { return s.o.Driver }

// Put puts a load on the scale in place of what lies there, in steps of its last
// digit; 0 takes it off. It swings for a while.
func (s *Scale) Put(steps int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.load, s.changed = s.load, steps, s.o.Now()
}

// Measure is a measurement at a dimensioner, in steps of a tenth of its unit of
// length: centimetres where it weighs in metric units, else inches.
func (s *Scale) Measure(length, width, height int64) error {
	if s.lang.measured == nil {
		return fmt.Errorf("a simulated %s measures no sizes", s.o.Driver)
	}
	return s.Say(s.lang.measured(s.display(), [3]int64{length, width, height}, 'C'))
}

// Say sends bytes as they are.
func (s *Scale) Say(b []byte) error {
	s.mu.Lock()
	end := s.end
	s.mu.Unlock()
	if end == nil {
		return errUnplugged
	}
	if s.o.Pace == 0 {
		_, err := end.Write(b)
		return err
	}
	tick := time.NewTicker(s.o.Pace)
	defer tick.Stop()
	for i := range b {
		if _, err := end.Write(b[i : i+1]); err != nil {
			return err
		}
		<-tick.C
	}
	return nil
}

// A display is what the scale shows.
type display struct {
	value  int64 // steps of the last digit
	places int
	unit   scale.Unit

	moving, over, under, net, awaking bool
}

// display returns what the scale shows now.
func (s *Scale) display() display {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := display{
		value: s.load, places: s.o.Places, unit: orElse(s.faults.unit, s.o.Unit),
		net: s.faults.net, awaking: s.faults.awaking,
	}
	if since := s.o.Now().Sub(s.changed); !s.changed.IsZero() && since < s.o.Settle {
		d.moving = true
		d.value = s.before + (s.load-s.before)*int64(since)/int64(s.o.Settle)
	}
	d.moving = d.moving || s.faults.swinging
	d.over, d.under = d.value > s.o.Capacity, d.value < 0
	return d
}

// Unplug pulls the cable. Unplugging twice is unplugging once.
func (s *Scale) Unplug() error {
	s.mu.Lock()
	end, heard := s.end, s.heard
	s.end = nil
	s.mu.Unlock()
	if end == nil {
		return nil
	}
	err := end.Close()
	<-heard
	if err != nil {
		return fmt.Errorf("unplug simulated scale: %w", err)
	}
	return nil
}

// Plug puts the cable back, under the same address.
func (s *Scale) Plug() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errors.New("the simulated scale was closed")
	case s.end != nil:
		return nil
	}
	end, err := s.line.Plug()
	if err != nil {
		return fmt.Errorf("plug in simulated scale: %w", err)
	}
	s.end, s.heard = end, make(chan struct{})
	go s.serve(end, s.heard)
	return nil
}

// Close unplugs the scale for good.
func (s *Scale) Close() error {
	err := s.Unplug()
	s.mu.Lock()
	done := s.closed
	s.closed = true
	s.mu.Unlock()
	if done {
		return nil
	}
	return errors.Join(err, s.line.Close())
}

// serve answers questions, and speaks by itself, until the cable is pulled.
func (s *Scale) serve(end io.Reader, heard chan<- struct{}) {
	defer close(heard)
	questions := make(chan []byte)
	go func() { // ends with the reads, which end when the cable is pulled
		defer close(questions)
		var buf []byte
		b := make([]byte, 256)
		for {
			n, err := end.Read(b)
			buf = append(buf, b[:n]...)
			for i := 0; i < len(buf); i++ {
				if q := buf[:i+1]; s.lang.asked(q) {
					questions <- q
					buf, i = buf[i+1:], -1
				}
			}
			if err != nil {
				return
			}
			if len(buf) > 256 {
				buf = nil
			}
		}
	}()
	repeating := s.lang.unasked
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	for {
		select {
		case q, ok := <-questions:
			if !ok {
				return
			}
			repeating = repeating || s.lang.repeat != nil && s.lang.repeat(q)
			s.answer(q)
		case <-tick.C:
			if repeating {
				s.answer(nil)
			}
		}
	}
}

// answer says what the scale has to say. An answer that nobody takes is lost, as
// on a wire.
func (s *Scale) answer(question []byte) {
	s.mu.Lock()
	f := s.faults
	s.mu.Unlock()
	b := f.answer
	if b == nil && !f.silent {
		b = s.lang.answer(s.display(), question)
	}
	if len(b) > 0 {
		_ = s.Say(b)
	}
}
