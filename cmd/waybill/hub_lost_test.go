package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/uplink"
	"waybill/tracking/hub"
	"waybill/tracking/store"
)

// openHub returns a hub over the store in dir, as it is served at an address.
func openHub(t *testing.T, at *httptest.Server, dir string) (*store.Store, http.Handler) {
	t.Helper()
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(hub.Options{Store: s, Addr: at.Listener.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

// TestAHubThatLostItsStoreGetsEverythingAgain: the disk of a hub is gone, an empty
// store takes its place, and nobody does anything at the station.
func TestAHubThatLostItsStoreGetsEverythingAgain(t *testing.T) {
	var handler atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
	defer server.Close()
	first, h := openHub(t, server, t.TempDir())
	handler.Store(&h)

	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	defer j.Close()
	const n = 1500
	appendOrders(t, j, n, 0)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	run := func(until func(uplink.State) bool) {
		t.Helper()
		client, err := uplink.NewClient(uplink.ClientOptions{Hub: address})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		u := uplink.New(uplink.Options{Client: client, Source: j, MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, OnState: func(s uplink.State) {
			if until(s) {
				cancel()
			}
		}})
		if err := u.Run(ctx); err != nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Fatalf("%v, %v", err, ctx.Err())
		}
	}
	run(func(s uplink.State) bool { return s.Pending == 0 && !s.LastAck.IsZero() })

	// While the station runs, the hub's store becomes another one.
	second, h := openHub(t, server, t.TempDir())
	defer second.Close()
	var lost atomic.Bool
	appendOrders(t, j, 1, 0)
	handler.Store(&h)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	run(func(s uplink.State) bool {
		if s.Pending > n/2 {
			lost.Store(true)
		}
		return lost.Load() && s.Pending == 0
	})
	p, err := second.Position(t.Context(), shipment.StationID("bench-1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Epochs) != 1 || p.Epochs[0].Watermark != n+1 || len(p.Epochs[0].Missing) != 0 {
		t.Errorf("at the new store: %+v", p)
	}
	if rep, err := j.Verify(t.Context()); err != nil || !rep.Whole {
		t.Errorf("journal: %+v %v", rep, err)
	}
	name := strings.TrimPrefix(server.URL, "http://")
	if at, parked, err := j.Cursor(t.Context(), name); at.Sequence != n+1 || parked != 0 || err != nil {
		t.Errorf("cursor %+v, %d parked, %v", at, parked, err)
	}
}
