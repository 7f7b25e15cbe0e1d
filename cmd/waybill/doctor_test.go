package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/configs"
)

func TestJudgeSpace(t *testing.T) {
	t.Parallel()
	const wanted = 64 << 20
	for _, tt := range []struct {
		free, held int64
		want       string
	}{
		{0, wanted, "fault"},
		{wanted - 1, wanted, "fault"},
		{wanted, wanted, "warning"},
		{2*wanted - 1, 0, "fault"}, // the station will take the half of it
		{2 * wanted, 0, "warning"},
		{lowSpace - 1, wanted, "warning"},
		{lowSpace, wanted, "ok"},
		{lowSpace, 0, "warning"},
		{lowSpace + wanted, 0, "ok"},
	} {
		if got := judgeSpace("d", tt.free, tt.held, wanted).State; got != tt.want {
			t.Errorf("%d bytes free, %d in reserve: %s, want %s", tt.free, tt.held, got, tt.want)
		}
	}
}

func TestJudgeSupply(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]desk.Supply{
		"ok: 500 left": {Left: 500},
		"ok: 500 left, for about 5 days at 100 a day":                {Left: 500, PerDay: 100, Lasts: 120 * time.Hour, Used: true},
		"warning: 100 left, for about 24 hours at 100 a day":         {Left: 100, PerDay: 100, Lasts: 24 * time.Hour, Used: true},
		"warning: none left":                                         {},
		"fault: none left":                                           {Used: true},
		"fault: none left; 7 were not used before their lease ended": {Ended: 7, Used: true},
		"fault: another history":                                     {Left: 5, Held: "another history"},
		"ok: none; the hub has no range for it":                      {Lack: "the hub has no range for it"},
	} {
		if f := judgeSupply(s); f.State+": "+f.Detail != want {
			t.Errorf("%+v: %s: %s, want %s", s, f.State, f.Detail, want)
		}
	}
}

// TestAdmission holds that the doctor asks the hub with the station's own token,
// sends nothing that counts, and tells a refusal as a fault.
func TestAdmission(t *testing.T) {
	t.Parallel()
	const right = "the-right-token-of-bench-1"
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Method == http.MethodPost && (err != nil || len(body) > 0 || r.URL.Path != "/v1/events") {
			t.Errorf("%s %s with %q, %v", r.Method, r.URL, body, err)
		}
		if r.Method == http.MethodPost && r.Header.Get("Authorization") != "Bearer "+right {
			w.WriteHeader(http.StatusUnauthorized)
			_, err = io.WriteString(w, `{"detail":"show the station's token"}`)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(hub.Close)
	for token, want := range map[string]string{right: "ok", "another-token-altogether": "fault", "": "fault"} {
		cfg := configs.DefaultStation()
		cfg.Hub.URL = hub.URL
		if token != "" {
			cfg.Hub.TokenFile = filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(cfg.Hub.TokenFile, []byte(token+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found := checkHub(t.Context(), cfg, cfg.Hub)
		last := found[len(found)-1]
		if last.What != "hub admission" || last.State != want {
			t.Errorf("token %q: %+v, want %s", token, last, want)
		}
		if want == "fault" && (last.Remedy == "" || !strings.Contains(last.Detail, "show the station's token")) {
			t.Errorf("token %q: %+v says no reason or no remedy", token, last)
		}
	}
}
