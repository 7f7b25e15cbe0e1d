package uplink_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// about is an event of a shipment, a pick-up, both or neither.
func about(order, pickup string, at time.Time) shipment.Event {
	e := shipment.Event{Type: shipment.LabelPrintedType, Subject: shipment.OrderID(order), Time: at, Data: json.RawMessage(`{"parcel":"p"}`)}
	switch {
	case pickup != "" && order != "":
		e.Type = shipment.ParcelHandedOverType
	case pickup != "":
		e.Type = shipment.HandoffOpenedType
	case order == "":
		e.Type = shipment.DeviceChangedType
	}
	if pickup != "" {
		e.Data = json.RawMessage(`{"handoff":"` + pickup + `"}`)
	}
	return e
}

// threads returns what an event at the hub is about.
func threads(t testing.TB, env wire.Envelope) []string {
	t.Helper()
	var data struct {
		Handoff string `json:"handoff"`
	}
	if err := json.Unmarshal(env.Data, &data); err != nil {
		t.Errorf("data of event %d: %v", env.Sequence, err)
	}
	var all []string
	if env.Subject != "" {
		all = append(all, "order "+env.Subject)
	}
	if data.Handoff != "" {
		all = append(all, "pick-up "+data.Handoff)
	}
	return all
}

// overtaken returns the first event that came before an earlier one about the same
// shipment or pick-up.
func (h *hub) overtaken(t testing.TB) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := map[string]int64{}
	for _, env := range h.taken {
		for _, about := range threads(t, env) {
			if env.Sequence < last[about] {
				return fmt.Sprintf("event %d of %s came after %d", env.Sequence, about, last[about])
			}
			last[about] = env.Sequence
		}
	}
	return ""
}

// TestWhatHappensNowDoesNotWaitForDaysOfBacklog drains two weeks of a station over
// a slow line while people work on: they hand over parcels of the outage and make
// new ones.
func TestWhatHappensNowDoesNotWaitForDaysOfBacklog(t *testing.T) {
	const backlog, atOnce = 28_000, 500
	n := backlog
	if testing.Short() {
		n = 6000
	}
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(0)
		for i := range n {
			order, pickup := fmt.Sprint("old-", i/7), ""
			if i%10 == 0 {
				order = "" // a device, of which nobody waits to hear
			}
			if i%70 == 1 {
				pickup = fmt.Sprint("van-", i/700)
			}
			m.add(about(order, pickup, time.Now().Add(time.Duration(i-n)*14*24*time.Hour/time.Duration(n))))
		}
		h.slow, h.pace = 200*time.Millisecond, 16_000 // 128 kbit/s, and requests one after another
		r := start(t, h, m, nil)
		begin := time.Now()
		made := map[int64]time.Time{}
		for i := 0; i == 0 || r.last().Pending > 0 || r.last().LastAck.IsZero(); i++ {
			time.Sleep(500 * time.Millisecond)
			switch i % 4 {
			case 0:
				m.add(about(fmt.Sprint("new-", i/8), "", time.Now()))
			case 1:
				m.add(about(fmt.Sprint("old-", n/7-1-i%200), fmt.Sprint("van-", n/700-1), time.Now()))
			case 2:
				m.add(about("", "van-now", time.Now()))
			case 3:
				m.add(about("", "", time.Now())) // the printer's door
				continue
			}
			made[m.head.Sequence] = time.Now()
		}
		took := time.Since(begin)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if seqs := h.sequences(); int64(len(seqs)) != m.head.Sequence {
			t.Fatalf("%d of %d events are at the hub", len(seqs), m.head.Sequence)
		}
		if diff := h.overtaken(t); diff != "" {
			t.Error(diff)
		}
		var worst time.Duration
		for seq, at := range made {
			worst = max(worst, h.arrived[seq].Sub(at))
		}
		if worst >= 5*time.Second {
			t.Errorf("an event of now came %v late", worst)
		}
		if took < 4*worst || took < 10*time.Second {
			t.Errorf("the backlog was gone in %v: nothing was shown", took)
		}
		lanes := h.lanes()
		t.Logf("%d events in %v, %d of now, at most %v late; %d requests, %d of them live; events sent %d", len(h.seen), took, len(made), worst, lanes[wire.LaneMain], lanes[wire.LaneLive], h.sent)
		if h.sent > len(h.seen)*5/4 {
			t.Errorf("%d events were sent for %d", h.sent, len(h.seen))
		}
	})
}

// A turn of a story that the lanes are held against.
type turn struct {
	Pause         time.Duration
	Order, Pickup string // an event about these, where Event
	Event         bool
	Mishap        string // restart, away, back, cut
}

func turns() *rapid.Generator[turn] {
	return rapid.Custom(func(t *rapid.T) turn {
		return turn{
			Pause:  time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond,
			Event:  rapid.IntRange(0, 9).Draw(t, "event") > 1,
			Order:  rapid.SampledFrom([]string{"", "a", "b", "c", "d"}).Draw(t, "order"),
			Pickup: rapid.SampledFrom([]string{"", "", "", "v", "w"}).Draw(t, "pickup"),
			Mishap: rapid.SampledFrom([]string{"", "", "", "restart", "away", "back", "back", "cut"}).Draw(t, "mishap"),
		}
	})
}

// TestNothingOvertakesItsOwn: whatever the backlog, whatever happens while it is
// sent, and however often the station starts anew, every event is at the hub in
// the end, and no event about a shipment or a pick-up came before an earlier one.
func TestNothingOvertakesItsOwn(t *testing.T) {
	live := 0
	rapid.Check(t, func(rt *rapid.T) {
		before := rapid.SliceOfN(turns(), 20, 80).Draw(rt, "backlog")
		story := rapid.SliceOfN(turns(), 10, 40).Draw(rt, "story")
		slow := time.Duration(rapid.IntRange(100, 2500).Draw(rt, "slow")) * time.Millisecond
		rejected := rapid.SliceOfN(rapid.Int64Range(1, 100), 0, 3).Draw(rt, "rejected")
		var fault string
		synctest.Test(t, func(t *testing.T) {
			h, m := newHub(), newMemory(0)
			h.slow, h.code = slow, wire.CodeMalformed
			h.reject = func(env wire.Envelope) string {
				if slices.Contains(rejected, env.Sequence) {
					return "bad"
				}
				return ""
			}
			for _, b := range before {
				m.add(about(b.Order, b.Pickup, time.Now()))
			}
			cut := false
			h.cut = func() bool { c := cut; cut = false; return c }
			change := func(o *uplink.Options) { o.MaxBatch, o.MaxBackoff = 5, 4*time.Second }
			r := start(t, h, m, change)
			for _, s := range story {
				time.Sleep(s.Pause)
				if s.Event {
					m.add(about(s.Order, s.Pickup, time.Now()))
				}
				switch s.Mishap {
				case "restart":
					r.stop()
					r = start(t, h, m, change)
				case "cut":
					h.set(func() { cut = true })
				case "away", "back":
					h.set(func() { h.away = s.Mishap == "away" })
				}
			}
			h.set(func() { h.away = false })
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			r.stop()
			live += h.lanes()[wire.LaneLive]
			if got := len(h.seen) + len(m.parked); int64(got) != m.head.Sequence {
				fault = fmt.Sprintf("%d of %d events are at the hub, %d parked", len(h.seen), m.head.Sequence, len(m.parked))
			}
			if o := h.overtaken(t); o != "" {
				fault = o
			}
		})
		if fault != "" {
			rt.Fatal(fault)
		}
	})
	if live == 0 {
		t.Error("nothing was sent live: nothing was shown")
	}
	t.Logf("%d requests were live", live)
}
