package uplink_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// lose takes events from the hub as a disk does.
func (h *hub) lose(from, to int64) {
	for seq := from; seq <= to; seq++ {
		delete(h.seen, wire.Position{Epoch: 1, Sequence: seq})
	}
}

// goneAndBack takes the hub away for a minute, and does something to it meanwhile.
func goneAndBack(h *hub, m *memory, meanwhile func()) {
	h.set(func() { h.away = true })
	m.append(time.Now())
	time.Sleep(time.Minute)
	h.set(func() { h.away = false; meanwhile() })
	time.Sleep(3 * time.Minute)
	synctest.Wait()
}

// A hub that does not know the question is told of once, and gets its events.
func TestAHubThatDoesNotSayHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		var log bytes.Buffer
		r := start(t, h, m, func(o *uplink.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		synctest.Wait()
		for range 2 {
			goneAndBack(h, m, func() {})
		}
		if s := r.last(); s.Pending != 0 || s.LastError != "" || !s.Reachable {
			t.Errorf("%+v", s)
		}
		r.stop()
		if n := strings.Count(log.String(), "does not say how far"); n != 1 || !strings.Contains(log.String(), "Update the hub") {
			t.Errorf("told %d times: %s", n, log.String())
		}
	})
}

func TestWhatAHubLostIsSentAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		from, to int64
		rewound  int
		gaps     bool
	}{
		"nothing":       {1, 0, 0, false},
		"a hole":        {5, 7, 0, true},
		"the end":       {195, 200, 0, true},
		"a large part":  {20, 150, 1, false},
		"everything":    {1, 200, 1, false},
		"the beginning": {1, 10, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(200)
				h.store, h.position = "one", h.has
				r := start(t, h, m, func(o *uplink.Options) { o.MaxBatch = 50 })
				synctest.Wait()
				goneAndBack(h, m, func() { h.lose(tt.from, tt.to) })
				if len(h.seen) != 201 || m.cursor.Sequence != 201 || m.rewound != tt.rewound || (h.lanes()[wire.LaneGaps] > 0) != tt.gaps {
					t.Errorf("the hub has %d, cursor %d, rewound %d times, lanes %v", len(h.seen), m.cursor.Sequence, m.rewound, h.lanes())
				}
				if s := r.last(); s.Pending != 0 || s.LastError != "" || !s.Reachable {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestWhatAHubRefusedIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		h.store, h.position = "one", h.has
		h.reject = rejecting("bad", 7, 8)
		start(t, h, m, nil)
		synctest.Wait()
		goneAndBack(h, m, func() {})
		if h.lanes()[wire.LaneGaps] != 0 || m.rewound != 0 {
			t.Errorf("lanes %v, rewound %d times", h.lanes(), m.rewound)
		}
	})
}

func TestAHubAsksForWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		start(t, h, m, nil)
		synctest.Wait()
		h.set(func() {
			h.lose(3, 4)
			h.missing = []wire.Range{{Epoch: 1, From: 3, To: 4}, {Epoch: 1, From: 30, To: 40}, {Epoch: 2, From: 1, To: 1}, {Epoch: 1, From: -3, To: -1}}
		})
		m.append(time.Now())
		synctest.Wait()
		if len(h.seen) != 21 {
			t.Errorf("the hub has %d events", len(h.seen))
		}
		if diff := cmp.Diff(wire.Notice{Cursor: wire.Position{Epoch: 1, Sequence: 21, Hash: ""}, Lane: wire.LaneGaps}, h.notices[len(h.notices)-1]); diff != "" {
			t.Error(diff)
		}
	})
}

// TestAnotherStoreIsAskedWhatItHas: the hub was never away, and answers with the
// name of another store.
func TestAnotherStoreIsAskedWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		h.store, h.position = "one", h.has
		start(t, h, m, nil)
		synctest.Wait()
		h.set(func() { h.lose(1, 20); h.store = "two" })
		m.append(time.Now())
		synctest.Wait()
		if len(h.seen) != 21 {
			t.Errorf("the hub has %d events", len(h.seen))
		}
	})
}

// TestARestoredHubIsFoundOut: it has its old name, less events than before, and
// nobody sends anything.
func TestARestoredHubIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		h.store, h.position = "one", h.has
		start(t, h, m, nil)
		synctest.Wait()
		h.set(func() { h.lose(11, 20) })
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if len(h.seen) != 20 {
			t.Errorf("the hub has %d events", len(h.seen))
		}
	})
}

func TestAHubThatKeepsNothingIsNotSentEverythingForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(100)
		h.store, h.position = "one", func() wire.StationPosition {
			return wire.StationPosition{Station: "desk-1", Store: "one"}
		}
		start(t, h, m, func(o *uplink.Options) { o.MaxBatch = 10 })
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		if m.rewound < 2 || m.rewound > 7 {
			t.Errorf("sent everything again %d times in six hours", m.rewound)
		}
	})
}

func TestAHubThatDoesNotKnowTheQuestionIsSentEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		r := start(t, h, m, nil)
		synctest.Wait()
		goneAndBack(h, m, func() {})
		wantSequences(t, h, upTo(21))
		if s := r.last(); h.asked == 0 || s.LastError != "" || s.Pending != 0 {
			t.Errorf("asked %d times, %+v", h.asked, s)
		}
	})
}
