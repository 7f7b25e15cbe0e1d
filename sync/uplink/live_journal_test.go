package uplink_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// TestAHandOffPassesABacklogThatStandsStill runs both lanes over a real journal and
// a real network. The second batch of the backlog gets no answer before the
// hand-off of a parcel that was packed during the outage has arrived, with
// everything that is older of its order and its pick-up.
func TestAHandOffPassesABacklogThatStandsStill(t *testing.T) {
	j, err := journal.Open(t.Context(), journal.Options{Path: filepath.Join(t.TempDir(), "journal"), Station: "desk-1"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	record := func(events ...shipment.Event) {
		t.Helper()
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			for _, e := range events {
				if err := tx.Append(e); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	var outage []shipment.Event
	for i := range 2000 {
		order, pickup := "other", ""
		switch i {
		case 1100, 1500:
			order = "mine"
		case 1200:
			order, pickup = "", "van"
		case 1300, 1600: // of the same pick-up, and so its order's, too
			order, pickup = "hers", map[int]string{1600: "van"}[i]
		}
		outage = append(outage, about(order, pickup, time.Now()))
	}
	record(outage...)

	h := newHub()
	passed := make(chan struct{})
	var batches, sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := wire.ParseNotice(r.Header.Get(wire.NoticeHeader))
		if err != nil {
			t.Error(err)
		}
		if n.Lane == wire.LaneMain && r.Method == http.MethodPost && batches.Add(1) == 2 {
			record(about("mine", "van", time.Now()), about("", "", time.Now()))
			select {
			case <-passed:
			case <-r.Context().Done():
			}
		}
		h.ServeHTTP(w, r)
		if n.Lane == wire.LaneLive && sent.Add(1) == 1 {
			close(passed)
		}
	}))
	defer server.Close()
	c, err := uplink.NewClient(uplink.ClientOptions{Hub: mustParse(t, server.URL)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	u := uplink.New(uplink.Options{Client: c, Source: j, OnState: func(s uplink.State) {
		if s.Pending == 0 && !s.LastAck.IsZero() {
			cancel()
		}
	}})
	if err := u.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if got := len(h.seen); got != 2002 {
		t.Errorf("%d events are at the hub", got)
	}
	if wrong := h.overtaken(t); wrong != "" {
		t.Error(wrong)
	}
	// The first batch, then what the hand-off needs before it and itself.
	var got []int64
	for _, env := range h.taken[500:] {
		if got = append(got, env.Sequence); env.Sequence == 2001 {
			break
		}
	}
	want := []int64{1101, 1201, 1301, 1501, 1601, 2001}
	if !slices.Equal(got, want) {
		t.Errorf("sent ahead: %v, want %v", got, want)
	}
}
