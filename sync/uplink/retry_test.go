package uplink_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

func TestParkedEventsAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(20)
		h.code, h.reject = wire.CodeMalformed, rejecting("bad", 3, 7, 11)
		r := start(t, h, m, nil)
		synctest.Wait()
		if s := r.last(); s.Parked != 3 {
			t.Fatalf("%+v", s)
		}
		if _, err := r.Retry(t.Context(), []string{"e3", "e4"}); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "e4") {
			t.Errorf("one that is not parked: %v", err)
		}
		h.set(func() { h.reject = rejecting("worse", 7) })
		got, err := r.Retry(t.Context(), []string{"e7", "e3"})
		want := []wire.Result{
			{ID: "e3", Sequence: 3, Status: wire.Accepted},
			{ID: "e7", Sequence: 7, Status: wire.Rejected, Code: wire.CodeMalformed, Reason: "worse"},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		synctest.Wait()
		if s := r.last(); s.Parked != 2 || len(m.parked) != 2 || m.parked[0].Reason != "worse" {
			t.Errorf("%+v, parked %+v", s, m.parked)
		}
		h.set(func() { h.reject = nil })
		if got, err := r.Retry(t.Context(), nil); len(got) != 2 || err != nil {
			t.Errorf("%+v %v", got, err)
		}
		synctest.Wait()
		if s := r.last(); s.Parked != 0 || len(h.seen) != 20 {
			t.Errorf("%+v, %d at the hub", s, len(h.seen))
		}
	})
}

// TestAParkedEventThatAHubChokesOnKeepsNoneBack: the hub refuses the whole request
// because of one.
func TestAParkedEventThatAHubChokesOnKeepsNoneBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(10)
		h.code, h.reject = wire.CodeMalformed, rejecting("bad", 2, 3, 4, 5, 6)
		r := start(t, h, m, nil)
		synctest.Wait()
		h.set(func() {
			h.reject = nil
			h.before = func(w http.ResponseWriter, _ *http.Request, events [][]byte) bool {
				if !slices.ContainsFunc(events, func(raw []byte) bool { return envelope(t, raw).Sequence == 4 }) {
					return false
				}
				problem(w, http.StatusBadRequest, "choked")
				return true
			}
		})
		got, err := r.Retry(t.Context(), nil)
		if err != nil || len(got) != 5 {
			t.Fatalf("%+v %v", got, err)
		}
		if len(m.parked) != 1 || m.parked[0].Sequence != 4 || !strings.Contains(m.parked[0].Reason, "choked") {
			t.Errorf("parked %+v", m.parked)
		}
	})
}

func TestAHubThatIsAwayLeavesParkedEventsAsTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(10)
		h.code, h.reject = wire.CodeMalformed, rejecting("bad", 2)
		r := start(t, h, m, nil)
		synctest.Wait()
		h.set(func() { h.away = true })
		if _, err := r.Retry(t.Context(), nil); err == nil || len(m.parked) != 1 || m.parked[0].Reason != "bad" {
			t.Errorf("%v, parked %+v", err, m.parked)
		}
	})
}
