package watch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
	"waybill/scanner/watch"
)

// A fake is a scanner made of channels.
type fake struct {
	scans chan scanner.Scan // closed: hang-up
	told  chan scanner.Signal
}

func (f fake) Next(ctx context.Context) (scanner.Scan, error) {
	select {
	case s, ok := <-f.scans:
		if !ok {
			return scanner.Scan{}, &fault.Error{Kind: fault.Transient, Err: io.EOF}
		}
		return s, nil
	case <-ctx.Done():
		return scanner.Scan{}, ctx.Err()
	}
}

func (f fake) Signal(_ context.Context, s scanner.Signal) error { f.told <- s; return nil }
func (f fake) Close() error                                     { return nil }

// The pauses between tries grow to the limit that the kind of error has.
func TestBackoff(t *testing.T) {
	tests := []struct {
		name string
		kind fault.Kind
		want []time.Duration
	}{
		{name: "not there: soon again", kind: fault.NotFound, want: []time.Duration{0, 250, 750, 1750, 2750, 3750}},
		{name: "no permission: seldom", kind: fault.Permanent, want: []time.Duration{0, 250, 750, 1750, 3750, 7750, 12750}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var got []time.Duration
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w := watch.New(watch.Options{Driver: scanner.Driver{Open: func(context.Context, scanner.Options) (scanner.Scanner, error) {
					got = append(got, time.Since(began)/time.Millisecond)
					if len(got) == len(tt.want) {
						cancel()
					}
					return nil, &fault.Error{Kind: tt.kind, Err: errors.New("no")}
				}}})
				if err := w.Run(ctx); err != nil {
					t.Errorf("Run = %v, want nil after an orderly stop", err)
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("tries in ms (-want +got):\n%s", d)
				}
			})
		})
	}
}

func TestStatesAndScans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first, second := fake{make(chan scanner.Scan, 9), make(chan scanner.Signal, 9)}, fake{make(chan scanner.Scan, 9), make(chan scanner.Signal, 9)}
		var states []string
		var scans []string
		tries := 0
		w := watch.New(watch.Options{
			Scanner: scanner.Options{Name: "dock", Role: scanner.Dock},
			Driver: scanner.Driver{Open: func(context.Context, scanner.Options) (scanner.Scanner, error) {
				tries++
				switch tries {
				case 1:
					return first, nil
				case 2, 3:
					return nil, &fault.Error{Kind: fault.NotFound, Err: errors.New("no such port")}
				}
				return second, nil
			}},
			OnScan: func(_ context.Context, s scanner.Scan, reply watch.Reply) {
				scans = append(scans, string(s.Raw))
				reply(scanner.Good)
			},
			OnState: func(s watch.State) { states = append(states, s.Word()+" "+s.Why) },
		})
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		<-w.Ready()
		first.scans <- scanner.Scan{Raw: []byte("1")}
		first.scans <- scanner.Scan{Raw: []byte("2")}
		synctest.Wait()
		time.Sleep(time.Minute) // virtual
		unplugged := time.Now()
		close(first.scans)
		synctest.Wait()
		if s := w.State(); s.Ready || !s.Since.Equal(unplugged) {
			t.Errorf("state = %+v, want away since %v", s, unplugged)
		}
		time.Sleep(2 * time.Second) // virtual
		second.scans <- scanner.Scan{Raw: []byte("3")}
		synctest.Wait()
		if s := w.State(); !s.Ready || s.Scanner != "dock" || s.Role != "dock" {
			t.Errorf("state = %+v, want dock ready", s)
		}
		if d := cmp.Diff([]string{"1", "2", "3"}, scans); d != "" {
			t.Errorf("scans (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"ready ", "away EOF", "away no such port", "ready "}, states); d != "" {
			t.Errorf("states (-want +got):\n%s", d)
		}
		if n := len(first.told) + len(second.told); n != 3 {
			t.Errorf("%d signals, want 3", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil after an orderly stop", err)
		}
	})
}

// A slow fake is one that the system takes long to let go of.
type slow struct {
	fake
	closed chan struct{}
}

func (s slow) Close() error { <-s.closed; return nil }

// That a scanner is gone is told before it is closed, over which the system may
// take long; it is opened again only after that.
func TestToldBeforeItIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := slow{newFake(), make(chan struct{})}
		opened := 0
		var states []string
		w := watch.New(watch.Options{
			Driver: scanner.Driver{Open: func(context.Context, scanner.Options) (scanner.Scanner, error) {
				opened++
				if opened > 1 {
					return newFake(), nil
				}
				return s, nil
			}},
			OnState: func(s watch.State) { states = append(states, s.Word()+" "+s.Why) },
		})
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		synctest.Wait()
		close(s.scans)
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		if state := w.State(); state.Ready || opened != 1 {
			t.Errorf("while it is closed it is %s and was opened %d times, want away and once", state.Word(), opened)
		}
		close(s.closed)
		time.Sleep(time.Second)
		synctest.Wait()
		if d := cmp.Diff([]string{"ready ", "away EOF", "ready "}, states); d != "" {
			t.Errorf("states (-want +got):\n%s", d)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

// A real driver on a simulated scanner that is pulled out and put back.
func TestUnplugAndPlug(t *testing.T) {
	opens := map[string]func(virtual.Options) (*virtual.Scanner, error){"own": virtual.Open, "bridge": virtual.OpenBridge}
	for name, open := range opens {
		t.Run(name, func(t *testing.T) {
			v, err := open(virtual.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			profile, _ := scanner.ProfileNamed("ack_nak")
			scans, states := make(chan string, 9), make(chan watch.State, 99)
			w := watch.New(watch.Options{
				Driver:  driver.All()[v.Driver()],
				Scanner: scanner.Options{Name: "s", Address: v.Address(), Profile: profile},
				OnScan: func(_ context.Context, s scanner.Scan, reply watch.Reply) {
					scans <- string(s.Raw)
					reply(scanner.Good)
				},
				OnState: func(s watch.State) { states <- s },
			})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- w.Run(ctx) }()
			deadline := time.After(20 * time.Second)
			until := func(ready bool) {
				t.Helper()
				for {
					select {
					case s := <-states:
						if s.Ready == ready {
							return
						}
					case <-deadline:
						t.Fatalf("never became ready = %v", ready)
					}
				}
			}
			until(true)
			for i := range 3 {
				raw := fmt.Sprintf("1Z%d", i)
				if err := v.Pull([]byte(raw)); err != nil {
					t.Fatal(err)
				}
				select {
				case got := <-scans:
					if got != raw {
						t.Fatalf("scan %q, want %q", got, raw)
					}
				case <-deadline:
					t.Fatal("no scan")
				}
				select {
				case told := <-v.Signals():
					if !told.Known || told.Signal != scanner.Good {
						t.Fatalf("told %v, want good", told)
					}
				case <-deadline:
					t.Fatal("no signal")
				}
				if err := v.Unplug(); err != nil {
					t.Fatal(err)
				}
				until(false)
				began := time.Now()
				if err := v.Plug(); err != nil {
					t.Fatal(err)
				}
				until(true)
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

// A named fake says who it is.
type named struct {
	fake
	device scanner.Device
}

func (n named) Device() scanner.Device { return n.device }

func newFake() fake { return fake{make(chan scanner.Scan, 9), make(chan scanner.Signal, 9)} }

// Another device of the same model on the same port is asked about, and its scans
// do not count until a person says so.
func TestAnotherDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		xenon := func(serial string) scanner.Device {
			return scanner.Device{Vendor: "0c2e", Product: "0b61", Serial: serial, Model: "Xenon"}
		}
		var mu sync.Mutex
		var bound scanner.Device
		devices := []named{{newFake(), xenon("17")}, {newFake(), xenon("18")}}
		opened := 0
		var scans, asides, states []string
		w := watch.New(watch.Options{
			OnAside: func(_ context.Context, s scanner.Scan, why scanner.Aside, by scanner.Device) error {
				asides = append(asides, string(s.Raw)+" "+string(why)+" "+by.Serial)
				return nil
			},
			Driver: scanner.Driver{Open: func(context.Context, scanner.Options) (scanner.Scanner, error) {
				opened++
				return devices[min(opened, 2)-1], nil
			}},
			Bound: func(context.Context) (scanner.Device, error) {
				mu.Lock()
				defer mu.Unlock()
				return bound, nil
			},
			Bind: func(_ context.Context, d scanner.Device) error {
				mu.Lock()
				defer mu.Unlock()
				bound = d
				return nil
			},
			OnScan: func(_ context.Context, s scanner.Scan, reply watch.Reply) {
				scans = append(scans, string(s.Raw))
				reply(scanner.Good)
			},
			OnState: func(s watch.State) { states = append(states, s.Word()+" "+s.Device.Serial+s.Other.Serial+" "+s.Why) },
		})
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		devices[0].scans <- scanner.Scan{Raw: []byte("1")}
		synctest.Wait()
		close(devices[0].scans)
		time.Sleep(time.Second) // virtual
		devices[1].scans <- scanner.Scan{Raw: []byte("2")}
		synctest.Wait()
		if got := <-devices[1].told; got != scanner.Unkept {
			t.Errorf("the other scanner was told %v, want unkept", got)
		}
		mu.Lock()
		bound = xenon("18") // a person says so
		mu.Unlock()
		time.Sleep(time.Second)
		devices[1].scans <- scanner.Scan{Raw: []byte("3")}
		synctest.Wait()
		if d := cmp.Diff([]string{"1", "3"}, scans); d != "" {
			t.Errorf("scans (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"2 other_device 18"}, asides); d != "" {
			t.Errorf("set aside (-want +got):\n%s", d)
		}
		want := []string{"ready 17 ", "away  EOF", "away 18 it is Xenon, serial number 18 that answers, and not Xenon, serial number 17", "ready 18 "}
		if d := cmp.Diff(want, states); d != "" {
			t.Errorf("states (-want +got):\n%s", d)
		}
		cancel()
		<-done
	})
}

// A look at the same label at once counts once and is not told again; one that was
// not kept counts. A scan sent again is told what it was told before.
func TestOneLookOneScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFake()
		var asides []string
		answers := []scanner.Signal{scanner.Warn, scanner.Unkept, scanner.Good}
		n := 0
		w := watch.New(watch.Options{
			Driver: scanner.Driver{Open: func(context.Context, scanner.Options) (scanner.Scanner, error) { return f, nil }},
			OnScan: func(_ context.Context, _ scanner.Scan, reply watch.Reply) {
				reply(answers[n])
				n++
			},
			OnAside: func(_ context.Context, s scanner.Scan, why scanner.Aside, _ scanner.Device) error {
				asides = append(asides, string(s.Raw)+" "+string(why))
				return errors.New("the disk is full") // changes no answer
			},
		})
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		at := func(ms int) time.Time { return time.Now().Add(time.Duration(ms) * time.Millisecond) }
		var told []scanner.Signal
		for _, s := range []scanner.Scan{
			{Raw: []byte("a"), At: at(0)},
			{Raw: []byte("a"), At: at(100)},
			{Raw: []byte("a"), At: at(150)}, // it lies under a scanner on a stand
			{Raw: []byte("a"), At: at(180)},
			{Raw: []byte("a"), At: at(200), Resent: true},
			{Raw: []byte("b"), At: at(300)},
			{Raw: []byte("b"), At: at(400)},
		} {
			f.scans <- s
			told = append(told, <-f.told)
		}
		want := []scanner.Signal{scanner.Warn, scanner.Heard, scanner.Heard, scanner.Heard, scanner.Warn, scanner.Unkept, scanner.Good}
		if d := cmp.Diff(want, told); d != "" {
			t.Errorf("told (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"a repeated", "a resent"}, asides); d != "" {
			t.Errorf("set aside (-want +got):\n%s", d)
		}
		cancel()
		<-done
	})
}

// A scan that was on disk when the connection broke is known when it is sent again,
// and its hand is told what it would have been told.
func TestSentAgainAfterTheConnectionBroke(t *testing.T) {
	for name, lookUp := range map[string]error{"known": nil, "not looked up": errors.New("the journal is closed")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				f := newFake()
				kept := scanner.Kept{Raw: []byte("a"), At: time.Now(), Told: scanner.Bad}
				scans := 0
				w := watch.New(watch.Options{
					Driver: scanner.Driver{Open: func(_ context.Context, o scanner.Options) (scanner.Scanner, error) {
						if string(o.Kept.Raw) != "a" && lookUp == nil {
							t.Errorf("opened with %+v", o.Kept)
						}
						return f, nil
					}},
					Kept:   func(context.Context) (scanner.Kept, error) { return kept, lookUp },
					OnScan: func(_ context.Context, _ scanner.Scan, reply watch.Reply) { scans++; reply(scanner.Good) },
				})
				done := make(chan error, 1)
				go func() { done <- w.Run(ctx) }()
				f.scans <- scanner.Scan{Raw: []byte("a"), At: time.Now(), Resent: lookUp == nil} // as the driver says by what it was given
				want, n := scanner.Bad, 0
				if lookUp != nil {
					want, n = scanner.Good, 1
				}
				if got := <-f.told; got != want || scans != n {
					t.Errorf("told %v after %d scans that count; want %v after %d", got, scans, want, n)
				}
				cancel()
				<-done
			})
		})
	}
}
