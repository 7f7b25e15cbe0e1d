package uplink_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// A run is an uplink at work, and what it says of itself.
type run struct {
	*uplink.Uplink
	mu     sync.Mutex
	states []uplink.State
	stop   func()
}

func start(t *testing.T, h http.RoundTripper, m *memory, change func(o *uplink.Options)) *run {
	t.Helper()
	r := &run{}
	o := uplink.Options{Client: client(t, h), Source: m, OnState: func(s uplink.State) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.states = append(r.states, s)
	}}
	if change != nil {
		change(&o)
	}
	r.Uplink = uplink.New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	<-r.Ready()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

func (r *run) last() uplink.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.states) == 0 {
		return uplink.State{}
	}
	return r.states[len(r.states)-1]
}

func wantSequences(t *testing.T, h *hub, want []int64) {
	t.Helper()
	if diff := cmp.Diff(want, h.sequences()); diff != "" {
		t.Errorf("at the hub (-want +got):\n%s", diff)
	}
}

func TestEventsArriveInOrderAndLiveOnesFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(1200)
		h.before = func(_ http.ResponseWriter, r *http.Request, _ [][]byte) bool {
			if r.URL.String() != "https://hub.example/waybill/v1/events" || r.Header.Get("Authorization") != "Bearer secret" ||
				r.Header.Get("Content-Type") != wire.NDJSON || r.Header.Get("Content-Encoding") != "zstd" {
				t.Errorf("request %s %v", r.URL, r.Header)
			}
			return false
		}
		r := start(t, h, m, nil)
		synctest.Wait()
		m.append(time.Now())
		synctest.Wait()
		wantSequences(t, h, upTo(1201))
		if diff := cmp.Diff([]int{500, 500, 200, 1}, h.calls); diff != "" {
			t.Error(diff)
		}
		want := uplink.State{Hub: "hub.example/waybill", Reachable: true, LastAck: time.Now()}
		if diff := cmp.Diff(want, r.last()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAHubThatIsAwayForTwoWeeks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(1)
		h.away = true
		attempts := 0
		r := start(t, tripper(func(req *http.Request) (*http.Response, error) {
			h.set(func() { attempts++ })
			return h.RoundTrip(req)
		}), m, func(o *uplink.Options) { o.MaxBatch, o.MaxBackoff = 5, 5*time.Minute })
		begin := time.Now()
		const n = 2000
		for range n - 1 {
			time.Sleep(14 * 24 * time.Hour / n)
			m.append(time.Now())
		}
		synctest.Wait()
		s := r.last()
		if s.Reachable || s.Pending != n || !s.OldestUnsent.Equal(time.Unix(1_800_000_000, 0)) || !strings.Contains(s.LastError, "refused") || s.RetryAt.IsZero() {
			t.Errorf("away: %+v", s)
		}
		// Half the limit is the mean of the longest wait.
		if outage := time.Since(begin); attempts < int(outage/(5*time.Minute)) || attempts > int(outage/(2*time.Minute)) {
			t.Errorf("%d attempts in %v", attempts, outage)
		}
		h.set(func() { h.away = false })
		back := time.Now()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		wantSequences(t, h, upTo(n))
		if s = r.last(); !s.Reachable || s.Pending != 0 || s.LastError != "" || !s.OldestUnsent.IsZero() || s.LastAck.Before(back) {
			t.Errorf("back: %+v", s)
		}
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWaitsGrowToTheLimitAndStartAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(1)
		h.away = true
		var waits []time.Duration
		last := time.Now()
		start(t, tripper(func(req *http.Request) (*http.Response, error) {
			h.set(func() { waits, last = append(waits, time.Since(last)), time.Now() })
			return h.RoundTrip(req)
		}), m, func(o *uplink.Options) { o.Rand = func() float64 { return 0.5 } })
		time.Sleep(130 * time.Second)
		synctest.Wait()
		h.set(func() { h.away = false })
		time.Sleep(time.Minute)
		synctest.Wait()
		h.set(func() { h.away, last = true, time.Now() })
		m.append(time.Now())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s := time.Second
		want := []time.Duration{0, s / 2, s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s, 30 * s, 30 * s, 0, s / 2, s}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnAnswerThatIsLostCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(700)
		n := 0
		h.cut = func() bool { n++; return n%2 == 1 }
		start(t, h, m, nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		wantSequences(t, h, upTo(700))
		if h.sent != 1400 || m.cursor.Sequence != 700 || len(m.parked) != 0 {
			t.Errorf("sent %d, cursor %d, parked %d", h.sent, m.cursor.Sequence, len(m.parked))
		}
	})
}

func TestOneBadEventDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		h.reject = func(env wire.Envelope) string {
			if env.Sequence == 7 || env.Sequence == 20 {
				return "the type is unknown"
			}
			return ""
		}
		r := start(t, h, m, nil)
		synctest.Wait()
		want := slices.DeleteFunc(upTo(20), func(s int64) bool { return s == 7 || s == 20 })
		wantSequences(t, h, want)
		if diff := cmp.Diff([]wire.Result{
			{ID: "e7", Sequence: 7, Status: wire.Rejected, Reason: "the type is unknown"},
			{ID: "e20", Sequence: 20, Status: wire.Rejected, Reason: "the type is unknown"},
		}, m.parked); diff != "" {
			t.Error(diff)
		}
		if s := r.last(); s.Parked != 2 || s.Pending != 0 || s.LastError != "" {
			t.Errorf("%+v", s)
		}
		// A bad event that comes alone waits for company, and is set aside then.
		h.set(func() {
			h.reject = func(env wire.Envelope) string {
				if env.Sequence == 21 {
					return "bad"
				}
				return ""
			}
		})
		m.append(time.Now())
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if s := r.last(); s.Parked != 2 || s.Pending != 1 || !s.Reachable || !strings.Contains(s.LastError, "bad") {
			t.Errorf("alone: %+v", s)
		}
		m.append(time.Now())
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		wantSequences(t, h, append(want, 22))
		if s := r.last(); s.Parked != 3 || s.Pending != 0 || s.LastError != "" {
			t.Errorf("in company: %+v", s)
		}
	})
}

func TestAHubThatRefusesEverythingSetsNothingAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(60)
		h.reject = func(wire.Envelope) string { return "the token is another station's" }
		r := start(t, h, m, func(o *uplink.Options) { o.MaxBatch = 20 })
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if s := r.last(); len(m.parked) != 0 || m.cursor.Sequence != 0 || s.Pending != 60 || !strings.Contains(s.LastError, "another station's") {
			t.Errorf("parked %d, cursor %d, %+v", len(m.parked), m.cursor.Sequence, s)
		}
		h.set(func() { h.reject = nil })
		time.Sleep(time.Hour)
		synctest.Wait()
		wantSequences(t, h, upTo(60))
	})
}
