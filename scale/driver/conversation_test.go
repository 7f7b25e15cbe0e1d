package driver_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scale"
	"waybill/scale/driver"
	"waybill/scale/virtual"
)

// wire opens a driver on one end of a pipe and returns the scale's end.
func wire(t *testing.T, name string, o scale.Options) (scale.Scale, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	o.Name, o.Dial = "test", func(context.Context) (io.ReadWriteCloser, error) { return theirs, nil }
	s, err := driver.All()[name].Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, ours
}

func next(t *testing.T, s scale.Scale) scale.Reading {
	t.Helper()
	r, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// An answer that comes after its time is not the answer to the next question.
func TestLateAnswerIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := wire(t, "mt-sics", scale.Options{})
		go func() {
			q := make([]byte, 4)
			io.ReadFull(end, q)
			time.Sleep(1100 * time.Millisecond) // virtual
			end.Write([]byte("S S     111.00 g\r\n"))
			io.ReadFull(end, q)
			end.Write([]byte("S S     222.00 g\r\n"))
		}()
		if r := next(t, s); r.Condition != scale.NoAnswer {
			t.Errorf("no answer in time is %+v", r)
		}
		if r := next(t, s); r.Weight.String() != "222.00 g" {
			t.Errorf("the answer to the second question is %v, want 222.00 g", r.Weight)
		}
		s.Close()
		end.Close()
	})
}

// A scale is asked no more often than the options say, and the time of a reading
// is that of its last byte.
func TestPollRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := wire(t, "nci", scale.Options{Poll: 300 * time.Millisecond})
		began := time.Now()
		var asked []time.Duration
		go func() {
			q := make([]byte, 2)
			for {
				if _, err := io.ReadFull(end, q); err != nil {
					return
				}
				asked = append(asked, time.Since(began))
				time.Sleep(20 * time.Millisecond) // virtual
				end.Write([]byte("\n012.34lb\r\n00\r\x03"))
			}
		}()
		for range 3 {
			if r := next(t, s); !r.Usable() || !r.At.Equal(time.Now()) {
				t.Errorf("reading %+v at %v", r, time.Now())
			}
		}
		if d := cmp.Diff([]time.Duration{0, 320e6, 640e6}, asked); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
		s.Close()
		end.Close()
	})
}

// Of a scale that speaks by itself, what came while nobody asked is not kept.
func TestOldWeightIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := wire(t, "toledo-continuous", scale.Options{})
		frame := func(digits string) []byte { return []byte("\x02\x2d\x30\x20" + digits + "000000\r") }
		end.Write(frame("001111"))
		if r := next(t, s); r.Weight.String() != "1.111 kg" {
			t.Errorf("reading %+v", r)
		}
		for _, digits := range []string{"002222", "003333"} {
			end.Write(frame(digits))
		}
		if r := next(t, s); r.Weight.String() != "3.333 kg" {
			t.Errorf("of two weights %v is handed out, want the later", r.Weight)
		}
		end.Write(frame("004444"))
		time.Sleep(time.Minute) // virtual
		if r := next(t, s); r.Condition != scale.NoAnswer {
			t.Errorf("a weight of a minute ago is handed out: %+v", r)
		}
		s.Close()
		end.Close()
	})
}

// What speaks another language is told from what it says.
func TestWrongLanguageIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := wire(t, "mt-sics", scale.Options{})
		go func() {
			q := make([]byte, 4)
			io.ReadFull(end, q)
			end.Write([]byte("\x02012.34\r"))
		}()
		if r := next(t, s); r.Condition != scale.Garbled || !strings.Contains(r.Detail, "toledo-8217") {
			t.Errorf("an answer in another language is %+v", r)
		}
		s.Close()
		end.Close()
	})
}

// A dimensioner speaks when somebody measures, or when it is told to; that it says
// nothing else is no fault.
func TestDimensioners(t *testing.T) {
	for _, name := range []string{"cubiscan", "dimension-line"} {
		t.Run(name, func(t *testing.T) {
			v, o := newScale(t, virtual.Options{Driver: name, Places: 3})
			o.LengthUnit = scale.Centimetre
			s, err := driver.All()[name].Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			short, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			defer cancel()
			if r, err := s.Next(short); err == nil {
				t.Fatalf("a dimensioner that says nothing is %+v", r)
			}
			for _, sides := range [][3]int64{{305, 220, 100}, {100, 100, 100}} {
				if err := v.Measure(sides[0], sides[1], sides[2]); err != nil {
					t.Fatal(err)
				}
			}
			for _, want := range []string{"30.5 cm × 22.0 cm × 10.0 cm", "10.0 cm × 10.0 cm × 10.0 cm"} { // none is passed over
				if r := next(t, s); !r.Usable() || !strings.HasSuffix(strings.ReplaceAll(r.Size.String(), "0", ""), strings.ReplaceAll(want, "0", "")) {
					t.Errorf("measured %+v, want %s", r, want)
				}
			}
			if m, ok := s.(scale.Measurer); ok != (name == "cubiscan") {
				t.Errorf("can be told to measure: %v", ok)
			} else if ok {
				if err := m.Measure(t.Context()); err != nil {
					t.Fatal(err)
				}
				if r := next(t, s); r.Size.Length.Millimetres() != 300 {
					t.Errorf("measured %+v on command", r)
				}
			}
			if err := v.Say([]byte("\x02305,22\x03\r\n")); err != nil {
				t.Fatal(err)
			}
			if r := next(t, s); r.Condition != scale.Garbled || r.Size != (scale.Size{}) {
				t.Errorf("noise measures %+v", r)
			}
			if err := v.Unplug(); err != nil {
				t.Fatal(err)
			}
			if r, err := s.Next(t.Context()); err == nil {
				t.Errorf("an unplugged dimensioner measures %+v", r)
			}
		})
	}
}
