package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// crashDir, when set, makes the test binary the child that is killed.
const crashDir = "WAYBILL_STORE_CRASH_DIR"

// An ack is what the child says after the store has answered.
type ack struct {
	Through int64       `json:"through,omitempty"` // events up to here are taken
	Lease   *wire.Lease `json:"lease,omitempty"`
	Key     string      `json:"key,omitempty"`
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := crashChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// A crashHistory is the history that children send, always the same and 2000
// orders long. It is made as far as somebody has come, because a child is killed
// long before its end.
type crashHistory struct {
	desk   *storetest.Desk
	events []tracking.Incoming
}

// An order's journey is six events.
const (
	crashOrders = 2000
	crashEvents = crashOrders * 6
)

// until returns the first n events.
func (h *crashHistory) until(n int) []tracking.Incoming {
	if h.desk == nil {
		h.desk = storetest.NewDesk("bench-1", 1)
	}
	for len(h.events) < n {
		i := len(h.events) / 6
		h.events = append(h.events, h.desk.Journey(shipment.OrderID(fmt.Sprintf("o%d", i)), shipment.TrackingNumber(fmt.Sprintf("N%d", i)))...)
	}
	return h.events[:n]
}

// openData opens the store in a directory or a database.
func openData(ctx context.Context, data string) (*store.Store, error) {
	if strings.HasPrefix(data, "postgres://") {
		return store.OpenPostgres(ctx, data, "", store.Options{})
	}
	return store.Open(ctx, data, store.Options{})
}

// crashChild goes on where the store stands, takes leases between, and tells
// every answer, until it is killed.
func crashChild(dir string) error {
	ctx := context.Background()
	s, err := openData(ctx, dir)
	if err != nil {
		return err
	}
	if err := s.SetRanges(ctx, []tracking.Range{{ID: "r", Carrier: "ups", Scheme: "plain", From: 1, To: 1 << 40, Block: 10}}); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	var history crashHistory
	done := 0
	stations, err := s.Stations(ctx)
	if err != nil {
		return err
	}
	if len(stations) > 0 {
		done = int(stations[0].Epochs[0].Watermark)
	}
	ls, err := s.Leases(ctx, "bench-1")
	if err != nil {
		return err
	}
	for n := len(ls); done < crashEvents; n++ {
		key := fmt.Sprintf("k%d", n)
		l, err := s.Lease(ctx, wire.LeaseRequest{Key: key, Station: "bench-1", Carrier: "ups"})
		if err != nil {
			return err
		}
		if err := out.Encode(ack{Lease: &l, Key: key}); err != nil {
			return err
		}
		next := min(done+17, crashEvents)
		es := history.until(next)
		rs, err := s.Ingest(ctx, es[max(0, done-5):]) // overlapping, as after a lost answer
		if err != nil {
			return err
		}
		for _, r := range rs {
			if r.Status == wire.Rejected {
				return fmt.Errorf("%s rejected: %s", r.ID, r.Reason)
			}
		}
		done = next
		if err := out.Encode(ack{Through: es[done-1].Env.Sequence}); err != nil {
			return err
		}
	}
	return nil
}

// A process killed at any moment loses nothing that it had acknowledged, and
// the next one opens the file and goes on.
func TestKilled(t *testing.T) { killed(t, t.TempDir()) }

// killed has processes take events into dir, which may be a database's address,
// and kills them.
func killed(t *testing.T, dir string) {
	t.Helper()
	var through int64
	leases := map[string]wire.Lease{}
	rounds := 15
	if testing.Short() {
		rounds = 4
	}
	rng := rand.New(rand.NewPCG(7, 7))
	kills := 0
	for range rounds {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		cmd.Stderr = os.Stderr
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The kill comes some acknowledgements after the start and a little later.
		after := rng.IntN(60)
		lines := bufio.NewScanner(pipe)
		for n := 0; lines.Scan(); n++ {
			var a ack
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				break // the line that the kill cut
			}
			through = max(through, a.Through)
			if a.Lease != nil {
				if old, ok := leases[a.Key]; ok && old != *a.Lease {
					t.Fatalf("key %s got %+v and %+v", a.Key, old, *a.Lease)
				}
				leases[a.Key] = *a.Lease
			}
			if n == after {
				delay := time.Duration(rng.IntN(3000)) * time.Microsecond
				time.AfterFunc(delay, func() { cmd.Process.Kill() }) // already gone is as good
			}
		}
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() > 0 {
			t.Fatalf("child: %v", err)
		}
		if cmd.ProcessState.ExitCode() < 0 {
			kills++
		}
	}
	t.Logf("%d kills, %d events and %d leases acknowledged", kills, through, len(leases))
	if kills == 0 || through == 0 || len(leases) == 0 {
		t.Fatal("nothing was killed or acknowledged, so nothing was tested")
	}
	checkSurvivors(t, dir, through, leases)
}

func checkSurvivors(t *testing.T, dir string, through int64, leases map[string]wire.Lease) {
	t.Helper()
	s, err := openData(t.Context(), dir)
	if err != nil {
		t.Fatalf("Open after the kills: %v", err)
	}
	defer s.Close()
	var history crashHistory
	es := history.until(int(through))
	rs, err := s.Ingest(t.Context(), es)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if r.Status != wire.Duplicate {
			t.Fatalf("acknowledged event %d: %s (%s)", r.Sequence, r.Status, r.Reason)
		}
	}
	for i := int64(6); i <= through; i += 6 {
		id := es[i-1].Env.Subject
		r, err := s.Shipment(t.Context(), id)
		if err != nil || r.Milestone != tracking.HandedOver || len(r.Facts) != 6 {
			t.Fatalf("%s: %s, %d facts, %v", id, r.Milestone, len(r.Facts), err)
		}
	}
	used := map[int64]string{}
	for key, want := range leases {
		got, err := s.Lease(t.Context(), wire.LeaseRequest{Key: key, Station: "bench-1", Carrier: "ups"})
		if err != nil || got != want {
			t.Fatalf("lease %s: %+v, was %+v (%v)", key, got, want, err)
		}
		for n := got.Next; n < got.End; n++ {
			if other, ok := used[n]; ok {
				t.Fatalf("number %d is leased to %s and %s", n, other, key)
			}
			used[n] = key
		}
	}
}
