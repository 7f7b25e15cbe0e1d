package hub

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func half() float64 { return 0.5 }

// admit enters and waits for a place, as a request does.
func admit(t *testing.T, a *admission, name string) (done func()) {
	t.Helper()
	leave, err := a.enter(name, true, 1)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	place, err := a.place(t.Context(), name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return func() { place.release(); leave() }
}

// A station that floods the hub gets its turns, and everybody else theirs at
// once: nobody waits for more than one of its requests.
func TestAFloodKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(Limits{AtOnce: 1, PerStation: 50}.orDefaults(), half)
		var served []string
		first := admit(t, a, "flood")
		start := func(name string) {
			leave, err := a.enter(name, true, 1)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				defer leave()
				place, err := a.place(t.Context(), name)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				served = append(served, name) // one at a time, for there is one place
				time.Sleep(10 * time.Millisecond)
				place.release()
			}()
			synctest.Wait()
		}
		for range 20 {
			start("flood")
		}
		for _, name := range []string{"a", "b", "c"} {
			start(name)
		}
		first()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(served) != 23 || !slices.Equal(served[:5], []string{"flood", "a", "b", "c", "flood"}) {
			t.Errorf("served in the order %v", served)
		}
		if working, waiting := a.figures(); working != 0 || waiting != 0 || len(a.senders) != 0 || a.memory != a.limits.Memory {
			t.Errorf("left over: %d, %d, %v, %d bytes", working, waiting, a.senders, a.memory)
		}
	})
}

func TestWhoIsSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(Limits{AtOnce: 1, PerStation: 2, Memory: 100, Wait: time.Minute}.orDefaults(), half)
		done := admit(t, a, "a")
		leave, err := a.enter("a", true, 50)
		if err != nil {
			t.Fatal(err)
		}
		var busy *busyError
		if _, err := a.enter("a", true, 1); !errors.As(err, &busy) || busy.status != http.StatusTooManyRequests {
			t.Errorf("a third of one station: %v", err)
		}
		if _, err := a.enter("b", true, 50); !errors.As(err, &busy) || busy.status != http.StatusServiceUnavailable {
			t.Errorf("more bytes than there is room for: %v", err)
		}
		from := time.Now()
		if _, err := a.place(t.Context(), "a"); !errors.As(err, &busy) || time.Since(from) != time.Minute {
			t.Errorf("after %v: %v", time.Since(from), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.place(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one that goes away: %v", err)
		}
		leave()
		done()
		if working, waiting := a.figures(); working != 0 || waiting != 0 || len(a.turns) != 0 {
			t.Errorf("left over: %d, %d, %d", working, waiting, len(a.turns))
		}
		admit(t, a, "b")()
	})
}

// Small requests that only wait for the disk leave room for others, and together
// never hold more than all places can.
func TestSmallOnesShareAPlace(t *testing.T) {
	for _, c := range []struct {
		name   string
		body   int64
		events int
		want   int // that wait for the disk at once before somebody waits for a place
	}{
		{"one event", 1000, 1, 2*partsOfPlace - partsOfPlace + 1},
		{"a part of a place", 32<<20/partsOfPlace - 1, 5000/partsOfPlace - 1, 2*partsOfPlace - partsOfPlace + 1},
		{"two parts", 32 << 20 / partsOfPlace, 1, (2*partsOfPlace-partsOfPlace)/2 + 1},
		{"two parts by its events", 1000, 5000/partsOfPlace + 1, (2*partsOfPlace-partsOfPlace)/2 + 1},
		{"as much as may be", 32 << 20, 1, 2},
		{"as many events as may be", 1 << 20, 5000, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAdmission(Limits{AtOnce: 2, PerStation: 100, Wait: time.Second}.orDefaults(), half)
				var held []*place
				for {
					leave, err := a.enter("a", true, 1)
					if err != nil {
						t.Fatal(err)
					}
					defer leave()
					p, err := a.place(t.Context(), "a")
					if err != nil {
						break
					}
					p.shrink(c.body, c.events)
					held = append(held, p)
				}
				if working, _ := a.figures(); len(held) != c.want || working != c.want {
					t.Errorf("%d at once, %d working, want %d", len(held), working, c.want)
				}
				for _, p := range held {
					p.release()
				}
				if working, waiting := a.figures(); working != 0 || waiting != 0 || a.parts != 2*partsOfPlace {
					t.Errorf("left over: %d, %d, %d parts", working, waiting, a.parts)
				}
			})
		})
	}
}

// Those who are sent away together come back at different times, later the more
// there are.
func TestComeAgainLater(t *testing.T) {
	at := 0.0
	a := newAdmission(Limits{}.orDefaults(), func() float64 { at += 0.01; return at })
	seen := map[string]bool{}
	for range 90 {
		a.waiting = 500
		w := httptest.NewRecorder()
		var busy *busyError
		if !errors.As(a.busy(http.StatusServiceUnavailable, "busy"), &busy) {
			t.Fatal("not a busyError")
		}
		if busy.after < 11*time.Second || busy.after > 33*time.Second {
			t.Fatalf("again after %v", busy.after)
		}
		busy.answer(w)
		seen[w.Header().Get("Retry-After")] = true
	}
	if len(seen) < 15 {
		t.Errorf("90 requests come again at %d times", len(seen))
	}
}
