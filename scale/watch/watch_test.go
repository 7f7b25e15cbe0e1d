package watch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/scale"
	"waybill/scale/driver"
	"waybill/scale/virtual"
	"waybill/scale/watch"
)

// A fake is a scale that says what it is given; closed: it hangs up.
type fake chan scale.Reading

func (f fake) Next(ctx context.Context) (scale.Reading, error) {
	select {
	case r, ok := <-f:
		if !ok {
			return r, &fault.Error{Kind: fault.Transient, Err: io.EOF}
		}
		r.Scale, r.At = "bench", time.Now()
		return r, nil
	case <-ctx.Done():
		return scale.Reading{}, ctx.Err()
	}
}

func (f fake) Close() error { return nil }

func grams(n int64) scale.Reading {
	return scale.Reading{Stable: true, Weight: scale.Weight{Value: n, Unit: scale.Gram}}
}

func amiss(c scale.Condition) scale.Reading { return scale.Reading{Condition: c, Detail: "why"} }

// said runs a watch over what scales say, each after the one before has hung up,
// and returns what the watch told.
func said(t *testing.T, d scale.Driver, sessions ...[]scale.Reading) (states, readings []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		d.Open = func(context.Context, scale.Options) (scale.Scale, error) {
			if n == len(sessions) {
				cancel()
				return nil, &fault.Error{Kind: fault.NotFound, Err: errors.New("no such port")}
			}
			f := make(fake, len(sessions[n]))
			for _, r := range sessions[n] {
				f <- r
			}
			close(f)
			n++
			return f, nil
		}
		w := watch.New(watch.Options{
			Driver: d, Scale: scale.Options{Name: "bench"},
			OnState: func(s watch.State) { states = append(states, s.Word()+" "+string(s.Condition)) },
			OnReading: func(r watch.Weighing) {
				text := string(r.Condition)
				if r.Usable() {
					text = r.Weight.String()
				}
				if r.Size != (scale.Size{}) {
					text += " " + r.Size.String()
				}
				if r.New {
					text += " new"
				}
				if r.Empty {
					text += " empty"
				}
				if r.Lost {
					text += " lost"
				}
				readings = append(readings, text)
			},
		})
		if err := w.Run(ctx); err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return states, readings
}

func TestStatesAndReadings(t *testing.T) {
	silent := amiss(scale.NoAnswer)
	size := scale.Reading{Stable: true, Size: scale.Size{Length: scale.Length{Value: 30, Unit: scale.Centimetre}}}
	tests := map[string]struct {
		driver           scale.Driver
		sessions         [][]scale.Reading
		states, readings []string
	}{
		"a parcel": {
			sessions: [][]scale.Reading{{grams(0), grams(0), amiss(scale.Motion), grams(500), grams(500), grams(500), grams(0)}},
			states:   []string{"ready ", "away away"},
			readings: []string{"0 g", "0 g empty", "motion", "500 g", "500 g new", "0 g", "away lost"},
		},
		"one silence is none": {
			sessions: [][]scale.Reading{{grams(0), silent, silent, grams(0)}},
			states:   []string{"ready ", "away away"}, readings: []string{"0 g", "no_answer", "0 g", "away lost"},
		},
		"silence": {
			sessions: [][]scale.Reading{{grams(0), silent, silent, silent, silent, grams(0)}},
			states:   []string{"ready ", "blocked no_answer", "ready ", "away away"}, readings: []string{"0 g", "no_answer", "no_answer lost", "0 g", "away lost"},
		},
		"silent from the beginning": {
			sessions: [][]scale.Reading{{silent, silent, silent}},
			states:   []string{"blocked no_answer", "away away"}, readings: []string{"no_answer", "no_answer lost", "away lost"},
		},
		"another trouble": {
			sessions: [][]scale.Reading{{silent, silent, silent, amiss(scale.Garbled), amiss(scale.Garbled), amiss(scale.Garbled)}},
			states:   []string{"blocked no_answer", "blocked garbled", "away away"}, readings: []string{"no_answer", "no_answer lost", "garbled", "garbled lost", "away lost"},
		},
		"a trouble that changes is one": {
			sessions: [][]scale.Reading{{
				grams(0), grams(0), grams(500), grams(500), amiss(scale.Garbled), silent, amiss(scale.Garbled), silent, amiss(scale.Garbled), silent, grams(500), grams(500),
			}},
			states:   []string{"ready ", "blocked garbled", "ready ", "away away"},
			readings: []string{"0 g", "0 g empty", "500 g", "500 g new", "garbled", "no_answer", "garbled lost", "no_answer", "garbled", "no_answer", "500 g", "away lost"},
		},
		"one that is followed by another for good": {
			sessions: [][]scale.Reading{{amiss(scale.Garbled), silent, amiss(scale.Refused), silent, silent, silent}},
			states:   []string{"blocked refused", "blocked no_answer", "away away"},
			readings: []string{"garbled", "no_answer", "refused lost", "no_answer", "no_answer lost", "away lost"},
		},
		"a weight between troubles": {
			sessions: [][]scale.Reading{{grams(0), silent, amiss(scale.Garbled), grams(0), silent, amiss(scale.Garbled), grams(0)}},
			states:   []string{"ready ", "away away"}, readings: []string{"0 g", "no_answer", "garbled", "0 g", "no_answer", "garbled", "0 g", "away lost"},
		},
		"too heavy is the parcel's trouble": {
			sessions: [][]scale.Reading{{grams(0), amiss(scale.Over), amiss(scale.Over), amiss(scale.Over), amiss(scale.Over)}},
			states:   []string{"ready ", "away away"}, readings: []string{"0 g", "over", "away lost"},
		},
		"the last parcel lay there through an absence": {
			sessions: [][]scale.Reading{{grams(0), grams(0), grams(500), grams(500)}, {grams(500), grams(500), grams(500)}, {grams(700), grams(700)}},
			states:   []string{"ready ", "away away", "ready ", "away away", "ready ", "away away"},
			readings: []string{"0 g", "0 g empty", "500 g", "500 g new", "away lost", "500 g", "away lost", "700 g", "700 g new", "away lost"},
		},
		"and through a silence": {
			sessions: [][]scale.Reading{{grams(0), grams(0), grams(500), grams(500), grams(0), grams(0), silent, silent, silent, grams(500), grams(500)}},
			states:   []string{"ready ", "blocked no_answer", "ready ", "away away"},
			readings: []string{"0 g", "0 g empty", "500 g", "500 g new", "0 g", "0 g empty", "no_answer", "no_answer lost", "500 g", "away lost"},
		},
		"a dimensioner": {
			driver:   scale.Driver{Events: true},
			sessions: [][]scale.Reading{{size, size}, {}},
			states:   []string{"ready ", "away away", "ready ", "away away"},
			readings: []string{"no weight 30 cm × no length × no length new", "no weight 30 cm × no length × no length new", "away lost", "away lost"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			states, readings := said(t, tt.driver, tt.sessions...)
			if d := cmp.Diff(tt.states, states); d != "" {
				t.Errorf("states (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.readings, readings); d != "" {
				t.Errorf("readings (-want +got):\n%s", d)
			}
		})
	}
}

// A station starts without its scale, and says since when it is away.
func TestReadyWithoutScale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := watch.New(watch.Options{Scale: scale.Options{Name: "bench"}, Driver: scale.Driver{Open: func(context.Context, scale.Options) (scale.Scale, error) {
			return nil, &fault.Error{Kind: fault.NotFound, Err: errors.New("no such port")}
		}}})
		began := time.Now()
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		<-w.Ready()
		time.Sleep(time.Hour) // virtual
		if s := w.State(); s.Word() != "away" || !s.Since.Equal(began) || s.Why != "no such port" || s.Scale != "bench" {
			t.Errorf("state %+v", s)
		}
		if err := w.Measure(ctx); !fault.Is(err, fault.Transient) {
			t.Errorf("a measurement by a scale that is away = %v", err)
		}
		cancel()
		if err := <-done; err != nil || w.String() != `scale "bench"` {
			t.Errorf("Run of %s = %v", w, err)
		}
	})
}

// A tapped scale tells what it says to the test as well.
type tapped struct {
	scale.Scale
	heard chan<- scale.Reading
}

func (s tapped) Next(ctx context.Context) (scale.Reading, error) {
	r, err := s.Scale.Next(ctx)
	select {
	case s.heard <- r:
	default:
	}
	return r, err
}

// A real driver on a simulated scale that is pulled out and put back, and weighs
// a parcel each time.
func TestUnplugAndPlug(t *testing.T) {
	for _, tcp := range []bool{false, true} {
		t.Run(fmt.Sprintf("tcp %v", tcp), func(t *testing.T) {
			v, err := virtual.Open(virtual.Options{Driver: "nci", TCP: tcp, Settle: 200 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			dial, err := link.Parse(v.Link())
			if err != nil {
				t.Fatal(err)
			}
			d, heard := driver.All()[v.Driver()], make(chan scale.Reading, 999)
			open := d.Open
			d.Open = func(ctx context.Context, o scale.Options) (scale.Scale, error) {
				s, err := open(ctx, o)
				return tapped{s, heard}, err
			}
			weighed, states := make(chan scale.Weight, 99), make(chan watch.State, 99)
			w := watch.New(watch.Options{
				Driver:  d,
				Scale:   scale.Options{Name: "s", Dial: dial, Link: v.Link(), Poll: 100 * time.Millisecond},
				OnState: func(s watch.State) { states <- s },
				OnReading: func(r watch.Weighing) {
					if r.New {
						weighed <- r.Weight
					}
				},
			})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- w.Run(ctx) }()
			deadline := time.After(30 * time.Second)
			until := func(word string) {
				t.Helper()
				for {
					select {
					case s := <-states:
						if s.Word() == word {
							return
						}
					case <-deadline:
						t.Fatalf("never became %s", word)
					}
				}
			}
			until("ready")
			// What lies there when the scale is first seen does not count.
			for empty := 0; empty < 3; {
				select {
				case r := <-heard:
					if r.Usable() && r.Weight.Value == 0 {
						empty++
					}
				case <-deadline:
					t.Fatal("no reading of the empty scale")
				}
			}
			for i := range int64(3) {
				v.Put(1000 + 100*i)
				select {
				case got := <-weighed:
					if d := cmp.Diff(fmt.Sprintf("1.%d00 kg", i), got.String()); d != "" {
						t.Fatal(d)
					}
				case <-deadline:
					t.Fatal("no weight")
				}
				if err := v.Unplug(); err != nil {
					t.Fatal(err)
				}
				until("away")
				began := time.Now()
				if err := v.Plug(); err != nil {
					t.Fatal(err)
				}
				until("ready")
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("ready %v after it was put back, want 2s at most", took)
				}
			}
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run = %v", err)
			}
		})
	}
}
