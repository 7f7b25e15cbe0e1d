package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/configs"
	"waybill/labels/fonts"
)

// TestStationPrintsRaw prints a label of another program by each way that the
// configuration opens, and nothing by a way that it does not.
func TestStationPrintsRaw(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Printers[0].Driver, cfg.Printers[0].Link = "file", "file://"+filepath.Join(dir, "paper")
	cfg.Scanners, cfg.Hub.URL = nil, "http://127.0.0.1:1"
	cfg.Intake.Scopes = []string{configs.PrintRaw}
	cfg.API.Tokens = []configs.Token{
		{Name: "wms", SHA256: configs.HashToken("the token of the WMS"), Scopes: []string{configs.PrintRaw}},
		{Name: "shop", SHA256: configs.HashToken("the token of the shop")},
	}
	if err := os.MkdirAll(cfg.Intake.Dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Intake.Dir, "dropped.zpl"), []byte("^XA^FDdropped^FS^XZ\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	st, err := newStation(ctx, cfg, fonts.New(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	running, stop := context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- st.run(running, func() { close(ready) }) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	<-ready
	post := func(token, text string) int {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, st.web.URL()+"/v1/jobs", strings.NewReader("^XA^FD"+text+"^FS^XZ"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Idempotency-Key", "k1")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if said, err := io.ReadAll(res.Body); err != nil || res.StatusCode >= 500 {
			t.Errorf("%d %s, error %v", res.StatusCode, said, err)
		}
		return res.StatusCode
	}
	got := []int{post("the token of the shop", "no"), post("no token", "no"), post("the token of the WMS", "posted"), post("the token of the WMS", "posted"), post("the token of the WMS", "no")}
	if diff := cmp.Diff([]int{403, 401, 201, 200, 409}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	paper := filepath.Join(dir, "paper", "*.zpl")
	content, err := await(ctx, "both labels", func() (string, bool, error) {
		found, err := filepath.Glob(paper)
		if err != nil || len(found) < 2 {
			return "", false, err
		}
		var all strings.Builder
		for _, f := range found {
			data, err := os.ReadFile(f)
			if err != nil {
				return "", false, err
			}
			all.Write(data)
		}
		return all.String(), true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(content, "^XA^JZY^FDdropped^FS^XZ") || !strings.Contains(content, "^XA^JZY^FDposted^FS^XZ") || strings.Contains(content, "FDno") {
		t.Errorf("on paper is %q", content)
	}
}

func TestRawRoles(t *testing.T) {
	cfg := configs.Station{Printers: []configs.Printer{
		{Driver: "zpl", Roles: []string{"shipping", "returns"}},
		{Driver: "zpl", Roles: []string{"shipping"}},
		{Driver: "file", Roles: []string{"archive"}},
		{Driver: "file", Roles: []string{"old"}, Language: "epl"},
		{Driver: "no such", Roles: []string{"x"}},
	}}
	if diff := cmp.Diff([]string{"archive", "returns", "shipping"}, rawRoles(cfg)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if got := rawFiles(configs.DefaultStation()); got != "" {
		t.Errorf("by default label files go to %q", got)
	}
}
