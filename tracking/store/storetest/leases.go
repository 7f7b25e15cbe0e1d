package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/sync/wire"
	"waybill/tracking"
)

func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// clocked opens a store whose clock is now.
func clocked(t *testing.T, open Opener, now *time.Time, ranges ...tracking.Range) Store {
	t.Helper()
	s := open(t, t.TempDir(), Options{Now: func() time.Time { return *now }})
	t.Cleanup(func() { s.Close() })
	if err := s.SetRanges(t.Context(), ranges); err != nil {
		t.Fatal(err)
	}
	return s
}

func testALeaseEnds(t *testing.T, open Opener) {
	now := noon()
	r := tracking.Range{ID: "r", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", From: 1, To: 100, Block: 10, Life: 48 * time.Hour, Ends: noon().AddDate(0, 0, 3)}
	s := clocked(t, open, &now, r)
	ask := func(key string) (wire.Lease, error) {
		return s.Lease(t.Context(), wire.LeaseRequest{Key: key, Station: "bench-1", Carrier: "ups"})
	}
	first, err := ask("a")
	if err != nil || !first.Expires.Equal(noon().Add(48*time.Hour)) {
		t.Fatalf("%+v, %v", first, err)
	}
	now = noon().Add(47 * time.Hour)
	if again, err := ask("a"); err != nil || again != first {
		t.Errorf("asked again in time: %+v, %v", again, err)
	}
	now = noon().Add(48 * time.Hour)
	again, err := ask("a")
	if err != nil || again.Next != first.Next || again.End != first.End || !again.Expires.Equal(r.Ends) {
		t.Errorf("asked again when it was over: %+v, %v; want the same block, until the range ends", again, err)
	}
	if l, err := ask("b"); err != nil || !l.Expires.Equal(r.Ends) {
		t.Errorf("%+v, %v", l, err)
	}
	now = r.Ends
	if _, err := ask("c"); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "over on 2026-11-23") {
		t.Errorf("when the range is over: %v", err)
	}
	if _, err := ask("a"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a block of a range that is over: %v", err)
	}
	ls, err := s.Leases(t.Context(), "bench-1")
	if err != nil || len(ls) != 2 || !ls[0].Expires.Equal(r.Ends) {
		t.Errorf("%+v, %v", ls, err)
	}
}

func testRangesAreTold(t *testing.T, open Opener) {
	now := noon()
	a := tracking.Range{ID: "a", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", From: 1, To: 400, Block: 100}
	b := tracking.Range{ID: "b", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", From: 401, To: 500, Block: 100}
	s := clocked(t, open, &now, b, a)
	for _, key := range []string{"1", "2", "3"} {
		if _, err := s.Lease(t.Context(), wire.LeaseRequest{Key: key, Station: "bench-1", Carrier: "ups"}); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 0, 2)
	}
	configured, retired, err := s.Ranges(t.Context())
	if err != nil || len(retired) != 0 || len(configured) != 2 {
		t.Fatalf("%+v, %+v, %v", configured, retired, err)
	}
	got := []any{configured[0].ID, configured[0].Left, configured[0].State(now, false), configured[1].ID, configured[1].Left, configured[1].PerDay(now), configured[1].State(now, false)}
	// Of a: 200 leased in the 4 days since its first lease, 200 left.
	want := []any{"b", int64(0), tracking.RangeSpent, "a", int64(200), 50.0, tracking.RangeLow}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	now = now.AddDate(0, 0, 8)
	if err := s.SetRanges(t.Context(), []tracking.Range{a}); err != nil {
		t.Fatal(err)
	}
	configured, retired, err = s.Ranges(t.Context())
	if err != nil || len(configured) != 1 || len(retired) != 1 || configured[0].State(now, false) != tracking.RangeOpen || retired[0].State(now, true) != tracking.RangeRetired {
		t.Errorf("%+v, %+v, %v", configured, retired, err)
	}
}

// Ranges that are described differently may still hold the same numbers.
func testRangesThatShareNumbers(t *testing.T, open Opener) {
	now := noon()
	r := tracking.Range{ID: "r", Carrier: "sscc", Scheme: "sscc", Prefix: "10614141", From: 0, To: 999_999_999}
	s := clocked(t, open, &now, r)
	longer := tracking.Range{ID: "longer", Carrier: "sscc", Scheme: "sscc", Prefix: "106141411", From: 0, To: 9}
	if err := s.SetRanges(t.Context(), []tracking.Range{r, longer}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "shares numbers") {
		t.Errorf("a longer prefix with the same numbers: %v", err)
	}
	for name, bad := range map[string]tracking.Range{
		"prefix": {ID: "x", Carrier: "ups", Scheme: "ups_1z", Prefix: "999", From: 0, To: 9},
		"scheme": {ID: "x", Carrier: "ups", Scheme: "ups_9z", Prefix: "999AA103", From: 0, To: 9},
	} {
		if err := s.SetRanges(t.Context(), []tracking.Range{bad}); !fault.Is(err, fault.Invalid) {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
}
