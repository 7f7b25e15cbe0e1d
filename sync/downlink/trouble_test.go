package downlink_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/sync/downlink"
	"waybill/sync/wire"
)

// watch runs the station. What it returns has the hub be another, waits, and holds
// what is told meanwhile against what is wanted; "" is that all is well.
func (r *rig) watch(t *testing.T) (after func(wait time.Duration, change func(h *fakeHub), want ...string)) {
	t.Helper()
	var told []string
	r.o.OnTrouble = func(err error) {
		r.hub.mu.Lock()
		defer r.hub.mu.Unlock()
		told = append(told, "")
		if err != nil {
			told[len(told)-1] = err.Error()
		}
	}
	link := downlink.New(r.o)
	go link.Run(t.Context())
	return func(wait time.Duration, change func(h *fakeHub), want ...string) {
		t.Helper()
		r.hub.mu.Lock()
		told = nil
		change(r.hub)
		r.hub.mu.Unlock()
		time.Sleep(wait) // virtual
		synctest.Wait()
		r.hub.mu.Lock()
		defer r.hub.mu.Unlock()
		if len(told) != len(want) {
			t.Fatalf("told %q, want %q", told, want)
		}
		for i, w := range want {
			if (w == "") != (told[i] == "") || !strings.Contains(told[i], w) {
				t.Errorf("told %q, want %q", told[i], w)
			}
		}
	}
}

// TestTroubleIsToldOnce runs a station beside a hub that goes away, answers with
// another key, says something while the disk is full, gives a bad bundle and mends it.
func TestTroubleIsToldOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dir)
		after := r.watch(t)
		after(time.Minute, func(*fakeHub) {})
		after(time.Minute, func(h *fakeHub) { h.away = true })
		after(time.Minute, func(h *fakeHub) { h.away, h.key = false, seeded(2) }, "not signed by the hub")
		after(time.Minute, func(h *fakeHub) { h.key = seeded(1) }, "")
		after(time.Minute, func(h *fakeHub) { h.say("A", wire.ActionHold); r.desk.full = true }, "no space")
		after(time.Minute, func(*fakeHub) { r.desk.full = false }, "")
		after(time.Minute, func(h *fakeHub) { h.put("bad") }, "a mistake")
		after(time.Minute, func(*fakeHub) {})
		after(time.Minute, func(h *fakeHub) { h.put("good") }, "")
	})
}

// TestALongSilenceIsTold has a hub go away for hours: what it says meanwhile may be
// that a parcel is to stay. Of a bundle that was refused before is told again after.
func TestALongSilenceIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dir)
		after := r.watch(t)
		after(time.Hour, func(*fakeHub) {})
		after(4*time.Minute, func(h *fakeHub) { h.away = true })
		after(2*time.Minute, func(*fakeHub) {}, "nothing was heard for 5 minutes")
		after(3*time.Hour, func(*fakeHub) {})
		after(time.Minute, func(h *fakeHub) { h.away = false }, "")
		after(4*time.Minute, func(h *fakeHub) { h.away = true })
		after(time.Minute, func(h *fakeHub) { h.away = false })
		after(4*time.Minute, func(h *fakeHub) { h.away = true })
		after(time.Minute, func(h *fakeHub) { h.away = false; h.put("bad") }, "a mistake")
		after(6*time.Minute, func(h *fakeHub) { h.away = true }, "nothing was heard")
		after(time.Minute, func(h *fakeHub) { h.away = false }, "a mistake")
		after(time.Minute, func(h *fakeHub) { h.put("good") }, "")
	})
}

// TestAStationThatStartsAlone starts a station whose hub does not answer.
func TestAStationThatStartsAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dir)
		r.hub.away = true
		after := r.watch(t)
		after(4*time.Minute, func(*fakeHub) {})
		after(2*time.Minute, func(*fakeHub) {}, "nothing was heard")
		after(time.Minute, func(h *fakeHub) { h.away = false }, "")
	})
}

// A noQuestion is the answer of a hub that does not know what it is asked.
type noQuestion wire.Refusal

func (noQuestion) Error() string           { return "there is nothing here" }
func (e noQuestion) Refusal() wire.Refusal { return wire.Refusal(e) }

// TestAHubThatDoesNotKnowTheQuestion: one of an older version is told of in the log, once;
// one that asks for no tokens has nothing for stations and is as it is meant.
func TestAHubThatDoesNotKnowTheQuestion(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		refusal wire.Refusal
		told    int
	}{"old": {"", 1}, "asks for no token": {wire.RefusedNoToken, 0}} {
		dir := t.TempDir()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(dir)
				var log bytes.Buffer
				r.o.Log = slog.New(slog.NewTextHandler(&log, nil))
				after := r.watch(t)
				after(time.Hour, func(h *fakeHub) { h.deaf = &fault.Error{Kind: fault.NotFound, Err: noQuestion(tt.refusal)} })
				after(time.Hour, func(h *fakeHub) { h.deaf = nil })
				after(time.Hour, func(h *fakeHub) { h.deaf = &fault.Error{Kind: fault.NotFound, Err: noQuestion(tt.refusal)} })
				if n := strings.Count(log.String(), "Update the hub"); n != tt.told {
					t.Errorf("told %d times: %s", n, &log)
				}
			})
		})
	}
}
