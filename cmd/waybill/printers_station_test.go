package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrintersAsTheStationHasThem asks the station that holds the printers, which
// would be silent to anybody else, and the printers where no station tells.
func TestPrintersAsTheStationHasThem(t *testing.T) {
	t.Parallel()
	const devices = `{"devices":[
		{"name":"bench","state":"ready","detail":"X","machine":{"model":"X","serial":"S1"}},
		{"name":"rest","state":"blocked","words":"Out of labels","todo":"Load a new roll.","detail":"errors 1","conditions":["paper_out"]}]}`
	for name, tt := range map[string]struct {
		code    int
		body    string
		out     []string
		errOut  string
		without []string // arguments
	}{
		"it tells":           {code: http.StatusOK, body: devices, out: []string{"X      S1      -        Ready\n", "Out of labels. Load a new roll. errors 1\n"}, errOut: "As the station that runs at"},
		"it refuses":         {code: http.StatusUnauthorized, body: `{"detail":"show a token"}`, out: []string{"Offline"}, errOut: "401 Unauthorized: show a token"},
		"another runs there": {code: http.StatusOK, body: `{"devices":[]}`, out: []string{"Offline"}, errOut: `knows no printer "bench"`},
		"it is not to ask":   {code: http.StatusOK, body: devices, out: []string{"Offline"}, without: []string{"--direct"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/printers" || r.Header.Get("Authorization") != "Bearer "+strings.Repeat("k", 32) {
					t.Errorf("asked for %s with %q", r.URL.Path, r.Header.Get("Authorization"))
				}
				w.WriteHeader(tt.code)
				fmt.Fprint(w, tt.body)
			}))
			defer s.Close()
			dir := t.TempDir()
			config := fmt.Sprintf("listen: %s\napi:\n  tokens: [{name: it, token_file: it.token}]\nprinters:\n"+
				"  - {name: bench, driver: zpl, link: \"tcp://127.0.0.1:1\", roles: [shipping], dpi: 203}\n"+
				"  - {name: rest, driver: zpl, link: \"tcp://127.0.0.1:2\", roles: [shipping], dpi: 203}\n", s.Listener.Addr())
			for file, text := range map[string]string{"station.yaml": config, "it.token": strings.Repeat("k", 32) + "\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out, errOut strings.Builder
			args := append([]string{"printers", "--config", filepath.Join(dir, "station.yaml")}, tt.without...)
			if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
				t.Fatalf("exit %d: %s", code, errOut.String())
			}
			for _, want := range tt.out {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in:\n%s", want, out.String())
				}
			}
			if !strings.Contains(errOut.String(), tt.errOut) {
				t.Errorf("said %q, want %q", errOut.String(), tt.errOut)
			}
		})
	}
}

func TestStationURL(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:9630": "http://127.0.0.1:9630", ":9630": "http://127.0.0.1:9630", "0.0.0.0:80": "http://127.0.0.1:80",
		"[::]:9630": "http://127.0.0.1:9630", "[::1]:9630": "http://[::1]:9630", "192.0.2.7:1": "http://192.0.2.7:1",
	} {
		if got := stationURL(listen); got != want {
			t.Errorf("%q: %s, want %s", listen, got, want)
		}
	}
}
