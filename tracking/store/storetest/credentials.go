package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Lives of tokens and codes; one that is over was over when it was made.
const (
	month = 30 * 24 * time.Hour
	over  = time.Nanosecond
)

// hash returns what stands for a secret's hash: stores do not look into it.
func hash(secret string) string { return fmt.Sprintf("%064x", secret) }

func offer(t *testing.T, s Store, o tracking.Offer) {
	t.Helper()
	if err := s.Offer(t.Context(), o); err != nil {
		t.Fatalf("Offer: %v", err)
	}
}

// enrolled enrols a station with a code of its own.
func enrolled(t *testing.T, s Store, station shipment.StationID, token string, life time.Duration) tracking.Credential {
	t.Helper()
	offer(t, s, tracking.Offer{Station: station, Code: hash("code of " + token), Life: time.Hour, Replaces: true})
	c, err := s.Enrol(t.Context(), tracking.Enrolment{Station: station, Code: hash("code of " + token), Token: hash(token), Life: life})
	if err != nil {
		t.Fatalf("Enrol: %v", err)
	}
	return c
}

// admits fails the test where the token does not get the answer; the empty
// refusal is a station that may pass.
func admits(t *testing.T, s Store, token string, want wire.Refusal) tracking.Admission {
	t.Helper()
	a, err := s.Admit(t.Context(), hash(token))
	if err != nil || a.Refusal != want {
		t.Errorf("%s is admitted as %q with refusal %q, %v; want refusal %q", token, a.Station, a.Refusal, err, want)
	}
	return a
}

func wantRefusal(t *testing.T, what string, err error, want wire.Refusal) {
	t.Helper()
	var no *tracking.RefusedError
	if !errors.As(err, &no) || no.Refusal != want || no.Words == "" {
		t.Errorf("%s: %v, want refusal %s", what, err, want)
	}
}

func testEnrolment(t *testing.T, open Opener) {
	s := fresh(t, open)
	ctx := t.Context()
	if any, err := s.Enrolled(ctx); any || err != nil {
		t.Errorf("a new store knows stations: %v, %v", any, err)
	}
	e := tracking.Enrolment{Station: "bench-1", Code: hash("code"), Token: hash("one"), Life: month}
	_, err := s.Enrol(ctx, e)
	wantRefusal(t, "no code was made", err, wire.RefusedCode)
	offer(t, s, tracking.Offer{Station: "bench-1", Code: hash("code"), Life: time.Hour})
	if any, err := s.Enrolled(ctx); !any || err != nil {
		t.Errorf("after an offer: %v, %v", any, err)
	}
	for what, wrong := range map[string]tracking.Enrolment{
		"another code":           {Station: "bench-1", Code: hash("c0de"), Token: hash("two")},
		"no code":                {Station: "bench-1", Token: hash("two")},
		"another station's code": {Station: "bench-2", Code: hash("code"), Token: hash("two")},
	} {
		_, err := s.Enrol(ctx, wrong)
		wantRefusal(t, what, err, wire.RefusedCode)
	}
	first, err := s.Enrol(ctx, e)
	if err != nil || first.Station != "bench-1" || first.Expires.Sub(first.Made) != month {
		t.Fatalf("Enrol: %+v, %v", first, err)
	}
	again, err := s.Enrol(ctx, e) // its answer was lost
	if err != nil || again != first {
		t.Errorf("the same again: %+v, %v; want %+v", again, err, first)
	}
	_, err = s.Enrol(ctx, tracking.Enrolment{Station: "bench-1", Code: hash("code"), Token: hash("two"), Life: month})
	wantRefusal(t, "the code with another token", err, wire.RefusedCodeUsed)
	admits(t, s, "two", wire.RefusedUnknown)
	if a := admits(t, s, "one", ""); a.Credential != first {
		t.Errorf("admitted as %+v, want %+v", a.Credential, first)
	}
	if err := s.Offer(ctx, tracking.Offer{Station: "bench-1", Code: hash("next"), Life: time.Hour}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second code for an enrolled station: %v, want a conflict", err)
	}

	offer(t, s, tracking.Offer{Station: "bench-1", Code: hash("next"), Life: -time.Second, Replaces: true})
	_, err = s.Enrol(ctx, tracking.Enrolment{Station: "bench-1", Code: hash("next"), Token: hash("two"), Life: month})
	wantRefusal(t, "a code that is over", err, wire.RefusedCode)
	admits(t, s, "one", "") // until the code is used
	enrolled(t, s, "bench-1", "two", 0)
	if a := admits(t, s, "two", ""); !a.Expires.IsZero() {
		t.Errorf("a token for ever ends at %v", a.Expires)
	}
	if a := admits(t, s, "one", wire.RefusedReplaced); a.Station != "bench-1" || a.At.IsZero() {
		t.Errorf("the replaced token is told as %+v", a)
	}
	offer(t, s, tracking.Offer{Station: "bench-3", Code: hash("third"), Life: time.Hour})
	if _, err := s.Enrol(ctx, tracking.Enrolment{Station: "bench-3", Code: hash("third"), Token: hash("one"), Life: month}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a token that was another's: %v, want a conflict", err)
	}
	enrolled(t, s, "bench-4", "short", over)
	admits(t, s, "short", wire.RefusedExpired)
	offer(t, s, tracking.Offer{Station: "bench-4", Code: hash("fourth"), Life: time.Hour}) // nothing to replace
}

func testEnrolmentAtOnce(t *testing.T, open Opener) {
	s := fresh(t, open)
	offer(t, s, tracking.Offer{Station: "bench-1", Code: hash("code"), Life: time.Hour})
	const n = 8
	got := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, got[i] = s.Enrol(t.Context(), tracking.Enrolment{Station: "bench-1", Code: hash("code"), Token: hash(fmt.Sprint("t", i)), Life: month})
		})
	}
	wg.Wait()
	in := 0
	for i, err := range got {
		if err == nil {
			in++
			admits(t, s, fmt.Sprint("t", i), "")
			continue
		}
		wantRefusal(t, "a code that others used first", err, wire.RefusedCodeUsed)
		admits(t, s, fmt.Sprint("t", i), wire.RefusedUnknown)
	}
	if in != 1 {
		t.Errorf("one code let %d stations in", in)
	}
}

func testRenewal(t *testing.T, open Opener) {
	s := fresh(t, open)
	ctx := t.Context()
	enrolled(t, s, "bench-1", "one", month)
	enrolled(t, s, "bench-2", "other", month)
	r := tracking.Renewal{Station: "bench-1", Token: hash("one"), Next: hash("two"), Life: month, Overlap: time.Hour}
	next, err := s.Renew(ctx, r)
	if err != nil || next.Expires.Sub(next.Made) != month {
		t.Fatalf("Renew: %+v, %v", next, err)
	}
	if again, err := s.Renew(ctx, r); err != nil || again != next { // its answer was lost
		t.Errorf("the same again: %+v, %v; want %+v", again, err, next)
	}
	admits(t, s, "one", "") // for the overlap
	admits(t, s, "two", "")
	r.Token = hash("two")
	if again, err := s.Renew(ctx, r); err != nil || again != next { // it came through with the next one already
		t.Errorf("shown by itself: %+v, %v; want %+v", again, err, next)
	}
	for what, wrong := range map[string]tracking.Renewal{
		"another station's token": {Station: "bench-1", Token: hash("other"), Next: hash("three"), Life: month},
		"nobody's token":          {Station: "bench-1", Token: hash("nobody"), Next: hash("three"), Life: month},
	} {
		_, err := s.Renew(ctx, wrong)
		wantRefusal(t, what, err, wire.RefusedUnknown)
	}
	if _, err := s.Renew(ctx, tracking.Renewal{Station: "bench-1", Token: hash("two"), Next: hash("other"), Life: month}); !fault.Is(err, fault.Conflict) {
		t.Errorf("for another station's token: %v, want a conflict", err)
	}
	if _, err := s.Renew(ctx, tracking.Renewal{Station: "bench-1", Token: hash("two"), Next: hash("three"), Life: month}); err != nil {
		t.Fatalf("without overlap: %v", err)
	}
	admits(t, s, "two", wire.RefusedRenewed)
	admits(t, s, "one", "") // its own overlap goes on
	_, err = s.Renew(ctx, tracking.Renewal{Station: "bench-1", Token: hash("two"), Next: hash("four"), Life: month})
	wantRefusal(t, "with a token that is over", err, wire.RefusedRenewed)
}

func testRevocation(t *testing.T, open Opener) {
	s := fresh(t, open)
	ctx := t.Context()
	enrolled(t, s, "bench-1", "one", month)
	enrolled(t, s, "bench-2", "other", month)
	offer(t, s, tracking.Offer{Station: "bench-1", Code: hash("code"), Life: time.Hour, Replaces: true})
	for range 2 {
		if err := s.Revoke(ctx, "bench-1", "stolen"); err != nil {
			t.Fatalf("Revoke: %v", err)
		}
	}
	if a := admits(t, s, "one", wire.RefusedRevoked); a.Reason != "stolen" || a.At.IsZero() {
		t.Errorf("revoked as %+v", a)
	}
	admits(t, s, "other", "")
	_, err := s.Renew(ctx, tracking.Renewal{Station: "bench-1", Token: hash("one"), Next: hash("two"), Life: month})
	wantRefusal(t, "another token for a revoked station", err, wire.RefusedRevoked)
	_, err = s.Enrol(ctx, tracking.Enrolment{Station: "bench-1", Code: hash("code"), Token: hash("two"), Life: month})
	wantRefusal(t, "a code from before", err, wire.RefusedCode)

	all, err := s.Access(ctx)
	if err != nil || len(all) != 2 || all[0].Station != "bench-1" || all[0].State() != "revoked" || all[0].Reason != "stolen" || all[1].State() != "enrolled" || all[1].Credential.Made.IsZero() {
		t.Errorf("Access: %+v, %v", all, err)
	}
	offer(t, s, tracking.Offer{Station: "bench-1", Code: hash("again"), Life: time.Hour}) // there is nothing to replace
	if _, err := s.Enrol(ctx, tracking.Enrolment{Station: "bench-1", Code: hash("again"), Token: hash("three"), Life: month}); err != nil {
		t.Fatalf("Enrol after a revocation: %v", err)
	}
	admits(t, s, "three", "")
	admits(t, s, "one", wire.RefusedRevoked) // for ever
	offer(t, s, tracking.Offer{Station: "bench-9", Code: hash("ninth"), Life: time.Hour})
	enrolled(t, s, "bench-8", "short", over)
	all, err = s.Access(ctx)
	if err != nil || len(all) != 4 || all[0].State() != "enrolled" || all[2].State() != "expired" || all[3].State() != "waiting" || all[3].CodeUntil.IsZero() {
		t.Errorf("Access: %+v, %v", all, err)
	}
}

func testConfigured(t *testing.T, open Opener) {
	s := fresh(t, open)
	ctx := t.Context()
	configured := func(want wire.Refusal) {
		t.Helper()
		if a, err := s.AdmitConfigured(ctx, "bench-1"); err != nil || a.Refusal != want || a.Station != "bench-1" {
			t.Errorf("the configured station is admitted as %+v, %v; want refusal %q", a, err, want)
		}
	}
	configured("")
	if err := s.Revoke(ctx, "bench-1", ""); err != nil {
		t.Fatal(err)
	}
	configured(wire.RefusedRevoked)
	enrolled(t, s, "bench-1", "one", month)
	configured(wire.RefusedReplaced)
	admits(t, s, "one", "")
}

func testHistory(t *testing.T, open Opener) {
	s := fresh(t, open)
	ctx := t.Context()
	one, two, other := NewDesk("bench-1", 1), NewDesk("bench-1", 2), NewDesk("bench-2", 1)
	var want []tracking.Incoming
	want = append(want, one.Journey("A-1", "1Z999AA10123456784")...)
	want = append(want, two.Journey("A-2", "1Z999AA10123456785")...)
	hole := len(want) / 4 // is never sent
	sent := append(append([]tracking.Incoming{}, want[len(want)/2:]...), want[:hole]...)
	sent = append(sent, want[hole+1:len(want)/2]...)
	ingest(t, s, append(sent, other.Journey("A-3", "1Z999AA10123456786")...))
	want = append(want[:hole:hole], want[hole+1:]...)

	for _, limit := range []int{1, 3, 1000} {
		var got []wire.Record
		var after wire.Position
		for {
			page, err := s.History(ctx, "bench-1", after, limit, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			if len(page) > limit {
				t.Fatalf("a page of %d events has %d", limit, len(page))
			}
			got = append(got, page...)
			after = page[len(page)-1].Position
		}
		if len(got) != len(want) {
			t.Fatalf("%d events, want %d", len(got), len(want))
		}
		for i, r := range got {
			if !bytes.Equal(r.Raw, want[i].Raw) || r.ID != want[i].Env.ID || r.Epoch != want[i].Env.Epoch || r.Sequence != want[i].Env.Sequence || r.Hash != wire.Hash(r.Raw) {
				t.Fatalf("event %d is %+v, want %+v", i, r, want[i].Env)
			}
		}
	}
	if page, err := s.History(ctx, "bench-1", wire.Position{}, 1000, 1); err != nil || len(page) != 1 {
		t.Errorf("a page of one byte has %d events, %v; want one", len(page), err)
	}
	if page, err := s.History(ctx, "bench-9", wire.Position{}, 1000, 1<<20); err != nil || len(page) != 0 {
		t.Errorf("a station that never was has %d events, %v", len(page), err)
	}
}
