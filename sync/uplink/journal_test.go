package uplink_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// TestABacklogOverARealJournalAndNetwork drains two weeks of a busy station,
// with a restart in the middle and answers that are lost.
func TestABacklogOverARealJournalAndNetwork(t *testing.T) {
	n := int64(28_000)
	if testing.Short() {
		n = 3000
	}
	o := journal.Options{Path: filepath.Join(t.TempDir(), "journal"), Station: "desk-1"}
	j, err := journal.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			e := shipment.Event{Type: shipment.LabelPrintedType, Subject: shipment.OrderID(fmt.Sprint("o", i)), Data: json.RawMessage(`{"label":1}`)}
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	h := newHub()
	half := make(chan struct{})
	calls := 0
	h.before = func(w http.ResponseWriter, _ *http.Request, events [][]byte) bool {
		calls++
		if int64(len(h.taken)) >= n/2 && half != nil {
			close(half)
			half = nil
		}
		if calls%5 == 0 { // the hub has the events, and the line goes dead
			for _, raw := range events {
				h.take(raw)
			}
			panic(http.ErrAbortHandler)
		}
		return false
	}
	server := httptest.NewServer(h)
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	runUntil := func(j *journal.Journal, stop <-chan struct{}, pending func(int64) bool) {
		c, err := uplink.NewClient(uplink.ClientOptions{Hub: address})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		u := uplink.New(uplink.Options{Client: c, Source: j, Rand: func() float64 { return 0 }, MinBackoff: 1, OnState: func(s uplink.State) {
			if pending(s.Pending) {
				cancel()
			}
		}})
		go func() {
			select {
			case <-stop:
				cancel()
			case <-ctx.Done():
			}
		}()
		if err := u.Run(ctx); err != nil {
			t.Error(err)
		}
	}
	runUntil(j, half, func(int64) bool { return false })
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err = journal.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	runUntil(j, nil, func(pending int64) bool { return pending == 0 })
	if diff := cmp.Diff(upTo(n), h.sequences()); diff != "" {
		t.Errorf("at the hub (-want +got):\n%s", diff)
	}
	prev := wire.Genesis
	for i, env := range h.taken {
		if env.PrevHash != prev {
			t.Fatalf("event %d does not follow the one before it", i+1)
		}
		prev = h.seen[wire.Position{Epoch: 1, Sequence: env.Sequence}]
	}
	t.Logf("%d events in %d requests, %d of them sent again", n, len(h.calls), int64(h.sent)-n)
}

func TestLease(t *testing.T) {
	req := wire.LeaseRequest{Key: "k", Station: "desk-1", Carrier: "ups", Count: 100}
	lease := wire.Lease{ID: "l1", Range: "ups-main", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", Next: 100, End: 200}
	good, err := json.Marshal(lease)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
	}{
		"granted":          {200, string(good), fault.Unknown},
		"another carrier":  {200, `{"id":"l1","carrier":"dhl","scheme":"plain","next":1,"end":2}`, fault.Transient},
		"empty block":      {200, `{"id":"l1","carrier":"ups","scheme":"plain","next":2,"end":2}`, fault.Transient},
		"no range":         {404, `{"detail":"no range of ups"}`, fault.NotFound},
		"no such page":     {404, "<html>", fault.Transient},
		"range used up":    {409, `{"detail":"used up"}`, fault.Conflict},
		"wrong token":      {401, `{"detail":"unknown"}`, fault.Permanent},
		"hub out of order": {503, `{}`, fault.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var got wire.LeaseRequest
				if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got != req || r.URL.Path != "/v1/leases" || r.Method != http.MethodPost {
					t.Errorf("%s %s %+v %v", r.Method, r.URL, got, err)
				}
				w.Header().Set("Content-Type", "application/json")
				if tt.status != 200 && tt.body != "<html>" {
					w.Header().Set("Content-Type", "application/problem+json")
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			address, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			c, err := uplink.NewClient(uplink.ClientOptions{Hub: address})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Lease(t.Context(), req)
			if fault.KindOf(err) != tt.kind || (tt.kind == fault.Unknown) != (err == nil) {
				t.Fatalf("got %v, want kind %d", err, tt.kind)
			}
			if err == nil {
				if diff := cmp.Diff(lease, got); diff != "" {
					t.Error(diff)
				}
			}
			var se *uplink.StatusError
			if errors.As(err, &se) != (tt.status != 200) {
				t.Errorf("status in %v", err)
			}
		})
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, s := range []string{"", "hub.example", "ftp://hub.example", "http://"} {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := uplink.NewClient(uplink.ClientOptions{Hub: u}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := uplink.NewClient(uplink.ClientOptions{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("none: %v", err)
	}
}
