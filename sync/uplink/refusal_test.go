package uplink_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// rejecting returns a hub's reason for the events with these numbers.
func rejecting(why string, sequences ...int64) func(wire.Envelope) string {
	return func(env wire.Envelope) string {
		if slices.Contains(sequences, env.Sequence) {
			return why
		}
		return ""
	}
}

func TestAnEventsOwnFaultNeedsNoCompany(t *testing.T) {
	for _, code := range []wire.Code{wire.CodeTooLarge, wire.CodeMalformed} {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(1)
				h.code, h.reject = code, rejecting("bad", 1)
				r := start(t, h, m, nil)
				synctest.Wait()
				want := []wire.Result{{ID: "e1", Sequence: 1, Status: wire.Rejected, Code: code, Reason: "bad"}}
				if diff := cmp.Diff(want, m.parked); diff != "" {
					t.Error(diff)
				}
				if s := r.last(); s.Parked != 1 || s.Pending != 0 || s.LastError != "" {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// TestWholeBatchesOfBadEventsBlockNothing has more bad events in a row than go
// into a request, and a hub that gives no code, or chokes on the request.
func TestWholeBatchesOfBadEventsBlockNothing(t *testing.T) {
	for name, choke := range map[string]bool{"rejected": false, "choked on": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(40)
				bad := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20}
				isBad := rejecting("bad", bad...)
				if choke {
					h.before = func(w http.ResponseWriter, _ *http.Request, events [][]byte) bool {
						if !slices.ContainsFunc(events, func(raw []byte) bool { return isBad(envelope(t, raw)) != "" }) {
							return false
						}
						problem(w, http.StatusBadRequest, "bad")
						return true
					}
				} else {
					h.reject = isBad
				}
				r := start(t, h, m, func(o *uplink.Options) { o.MaxBatch = 5 })
				synctest.Wait()
				wantSequences(t, h, slices.DeleteFunc(upTo(40), func(s int64) bool { return slices.Contains(bad, s) }))
				var parked []int64
				for _, p := range m.parked {
					parked = append(parked, p.Sequence)
				}
				if diff := cmp.Diff(bad, parked); diff != "" {
					t.Errorf("parked (-want +got):\n%s", diff)
				}
				if s := r.last(); s.Parked != len(bad) || s.Pending != 0 || s.LastError != "" {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// TestAProxyWithAWrongLimitSetsNothingAside has something on the way that finds
// every event too large.
func TestAProxyWithAWrongLimitSetsNothingAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(30)
		h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool {
			http.Error(w, "<html>", http.StatusRequestEntityTooLarge)
			return true
		}
		start(t, h, m, nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(m.parked) != 0 || m.cursor.Sequence != 0 {
			t.Errorf("parked %d, cursor %d", len(m.parked), m.cursor.Sequence)
		}
		h.set(func() { h.before = nil })
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		wantSequences(t, h, upTo(30))
	})
}

func TestAFaultOfTheStationSetsNothingAside(t *testing.T) {
	for code, want := range map[wire.Code]uplink.Condition{
		wire.CodeForeignStation: uplink.ConditionForeign,
		wire.CodeForked:         uplink.ConditionForked,
	} {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(60)
				// Events 21 and 22 alone are refused; the hub would take the others.
				h.code, h.reject = code, rejecting("not yours", 21, 22)
				r := start(t, h, m, func(o *uplink.Options) { o.MaxBatch = 20 })
				time.Sleep(3 * time.Hour)
				synctest.Wait()
				s := r.last()
				if s.Condition != want || s.Remedy == "" || !s.Reachable || !strings.Contains(s.LastError, s.Remedy) || s.Pending != 40 {
					t.Errorf("%+v", s)
				}
				if len(m.parked) != 0 || m.cursor.Sequence != 20 {
					t.Errorf("parked %d, cursor %d", len(m.parked), m.cursor.Sequence)
				}
				reason, known := s.HoldNumbers()
				if held := reason != ""; held != (code == wire.CodeForked) || (held && (!known || !strings.Contains(reason, "new-epoch"))) || (!held && known) {
					t.Errorf("hold %q, known %v", reason, known)
				}
				// It outlasts a hub that is away, and ends with one that takes all.
				h.set(func() { h.away = true })
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if s := r.last(); s.Reachable || s.Condition != want {
					t.Errorf("away: %+v", s)
				}
				h.set(func() { h.away, h.reject = false, nil })
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				s = r.last()
				if reason, known := s.HoldNumbers(); s.Condition != "" || s.Remedy != "" || s.LastError != "" || s.Pending != 0 || reason != "" || !known {
					t.Errorf("mended: %+v", s)
				}
				if at := h.sequences(); len(at) != 60 {
					t.Errorf("%d of 60 at the hub", len(at))
				}
			})
		})
	}
}

func TestBeforeTheHubHasSpokenNumbersStayAsTheyAre(t *testing.T) {
	for name, s := range map[string]uplink.State{
		"new":  {},
		"away": {LastError: "connection refused", Pending: 3},
		"late": {Reachable: true, Pending: 3, LastAck: time.Unix(1, 0)},
	} {
		if reason, known := s.HoldNumbers(); reason != "" || known {
			t.Errorf("%s: %q %v", name, reason, known)
		}
	}
}

// TestAThousandEventsAfterAnOutage drains what queued up while the hub was away,
// past an event in the middle that it will never take.
func TestAThousandEventsAfterAnOutage(t *testing.T) {
	for _, code := range []wire.Code{"", wire.CodeTooLarge} {
		t.Run("code "+string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(0)
				h.away, h.code, h.reject = true, code, rejecting("poison", 500)
				// The poison travels alone, as a large event does.
				m.alone = 500
				r := start(t, h, m, nil)
				for range 1000 {
					time.Sleep(time.Second)
					m.append(time.Now())
				}
				synctest.Wait()
				if s := r.last(); s.Pending != 1000 || s.Reachable {
					t.Fatalf("away: %+v", s)
				}
				h.set(func() { h.away = false })
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				wantSequences(t, h, slices.DeleteFunc(upTo(1000), func(s int64) bool { return s == 500 }))
				if s := r.last(); s.Pending != 0 || s.Parked != 1 || len(m.parked) != 1 || m.parked[0].Sequence != 500 {
					t.Errorf("%+v, parked %+v", s, m.parked)
				}
			})
		})
	}
}

func TestTheLogSaysHowManyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(7)
		h.away = true
		var log bytes.Buffer
		r := start(t, h, m, func(o *uplink.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		time.Sleep(time.Minute)
		synctest.Wait()
		r.stop()
		if n := strings.Count(log.String(), "cannot be brought"); n != 1 || !strings.Contains(log.String(), "pending=7") {
			t.Errorf("told %d times: %s", n, log.String())
		}
	})
}

// TestARestoredJournalGoesOnInANewEpoch has a copy of a journal restored that
// the station has gone beyond, the fork found, and a new epoch begun.
func TestARestoredJournalGoesOnInANewEpoch(t *testing.T) {
	dir := t.TempDir()
	h := newHub()
	server := httptest.NewServer(h)
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	open := func(name string) *journal.Journal {
		j, err := journal.Open(t.Context(), journal.Options{
			Path: filepath.Join(dir, name), Station: "desk-1",
			Uptime: func() journal.Uptime { return journal.Uptime{} }, // so that the copy's bytes are the same
		})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	write := func(j *journal.Journal, prefix string, n int) {
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			for i := range n {
				if err := tx.Append(shipment.Event{ID: fmt.Sprint(prefix, i), Type: shipment.LabelPrintedType, Subject: "o"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	runUntil := func(j *journal.Journal, enough func(uplink.State) bool) {
		c, err := uplink.NewClient(uplink.ClientOptions{Hub: address})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("the state never came"))
		defer cancel()
		var last uplink.State
		done := errors.New("done")
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		u := uplink.New(uplink.Options{Client: c, Source: j, MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond, OnState: func(s uplink.State) {
			if last = s; enough(s) {
				stop(done)
			}
		}})
		if err := u.Run(ctx); err != nil || !errors.Is(context.Cause(ctx), done) {
			t.Fatalf("%v, %v, last %+v", err, context.Cause(ctx), last)
		}
	}
	drained := func(s uplink.State) bool { return s.Pending == 0 && !s.LastAck.IsZero() }

	// The same first events in both files: one is the other's copy.
	lost, copied := open("lost"), open("copied")
	at := time.Unix(1_800_000_000, 0)
	for _, j := range []*journal.Journal{lost, copied} {
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			return tx.Append(shipment.Event{ID: "first", Type: shipment.LabelPrintedType, Time: at})
		}); err != nil {
			t.Fatal(err)
		}
	}
	write(lost, "lost", 3)
	runUntil(lost, drained)
	if err := lost.Close(); err != nil {
		t.Fatal(err)
	}
	write(copied, "copied", 2)
	runUntil(copied, func(s uplink.State) bool { return s.Condition == uplink.ConditionForked })
	if _, parked, err := copied.Cursor(t.Context(), address.Host); err != nil || parked != 0 {
		t.Errorf("parked %d, %v", parked, err)
	}
	if _, err := copied.NewEpoch(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	write(copied, "anew", 2)
	runUntil(copied, drained)
	parked, err := copied.Parked(t.Context(), "")
	if err != nil || len(parked) != 2 || parked[0].ID != "copied0" || parked[0].Reason != "forked history" || parked[0].Upstream != address.Host {
		t.Errorf("parked %+v, %v", parked, err)
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, env := range h.taken {
		got = append(got, fmt.Sprintf("%s %d/%d", env.ID, env.Epoch, env.Sequence))
	}
	if diff := cmp.Diff([]string{"first 1/1", "lost0 1/2", "lost1 1/3", "lost2 1/4", "anew0 2/1", "anew1 2/2"}, got); diff != "" {
		t.Errorf("at the hub (-want +got):\n%s", diff)
	}
}
