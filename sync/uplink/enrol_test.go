package uplink_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// coded answers with a problem that has a code.
func coded(w http.ResponseWriter, status int, code wire.Refusal, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "detail": detail, "code": code})
}

func clientOf(t *testing.T, token string, answer http.HandlerFunc) *uplink.Client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := uplink.NewClient(uplink.ClientOptions{Hub: u, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	for code, status := range map[wire.Refusal]int{wire.RefusedRevoked: http.StatusForbidden, wire.RefusedExpired: http.StatusUnauthorized, "": http.StatusUnauthorized} {
		c := clientOf(t, "token", func(w http.ResponseWriter, _ *http.Request) { coded(w, status, code, "why") })
		_, err := c.Self(t.Context())
		var r *uplink.StatusError
		if !errors.As(err, &r) || r.Refusal() != code || !fault.Is(err, fault.Permanent) || !strings.Contains(err.Error(), "why") {
			t.Errorf("%q: %v", code, err)
		}
	}
}

// TestACodeSpeaksAlone holds that a station which shows a code shows no token
// beside it.
func TestACodeSpeaksAlone(t *testing.T) {
	t.Parallel()
	c := clientOf(t, "secret-of-before", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token was shown")
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(wire.Credential{Station: "bench-1", Expires: time.Unix(1_800_000_000, 0)})
	})
	got, err := c.Enrol(t.Context(), wire.EnrolRequest{Station: "bench-1", Code: "c", TokenSHA256: "h"})
	if err != nil || got.Station != "bench-1" || got.Expires.Unix() != 1_800_000_000 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOwnEvents(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		media, body string
		want        int // -1: an error
	}{
		"a page":       {wire.NDJSON, "{\"a\":1}\n{\"b\":2}\n", 2},
		"the end":      {wire.NDJSON, "", 0},
		"cut short":    {wire.NDJSON, "{\"a\":1}\n{\"b\"", -1},
		"a login page": {"text/html", "<html>\n", -1},
	} {
		c := clientOf(t, "token", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/stations/bench-1/events" || r.URL.Query().Get("after") != "2/7" || r.Header.Get("Authorization") != "Bearer token" {
				t.Errorf("asked %s with %q", r.URL, r.Header.Get("Authorization"))
			}
			w.Header().Set("Content-Type", tt.media)
			_, _ = w.Write([]byte(tt.body))
		})
		got, err := c.OwnEvents(t.Context(), "bench-1", wire.Position{Epoch: 2, Sequence: 7})
		if (err != nil) != (tt.want < 0) || err == nil && len(got) != tt.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestAStationThatIsShutOutLosesNothing has a hub shut a station out and let it in
// again: its events wait, and it gives out numbers as before.
func TestAStationThatIsShutOutLosesNothing(t *testing.T) {
	for code, want := range map[wire.Refusal]uplink.Condition{
		wire.RefusedRevoked: uplink.ConditionRevoked, wire.RefusedReplaced: uplink.ConditionReplaced,
		wire.RefusedExpired: uplink.ConditionToken, wire.RefusedRenewed: uplink.ConditionToken, wire.RefusedUnknown: uplink.ConditionToken,
	} {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(30)
				h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool {
					coded(w, http.StatusForbidden, code, "shut out")
					return true
				}
				r := start(t, h, m, func(o *uplink.Options) { o.MaxBackoff = 5 * time.Minute })
				time.Sleep(72 * time.Hour)
				synctest.Wait()
				s := r.last()
				if s.Condition != want || !strings.Contains(s.Remedy, "waybill station enrol") || !s.Reachable || s.Pending != 30 || len(m.parked) != 0 {
					t.Errorf("shut out: %+v, %d parked", s, len(m.parked))
				}
				if reason, known := s.HoldNumbers(); reason != "" || known {
					t.Errorf("numbers are held: %q, %v", reason, known)
				}
				h.set(func() { h.before = nil })
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if s := r.last(); s.Condition != "" || s.Pending != 0 || s.LastError != "" {
					t.Errorf("let in again: %+v", s)
				}
				wantSequences(t, h, upTo(30))
			})
		})
	}
}
