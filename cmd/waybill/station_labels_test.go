package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/configs"
	"waybill/labels/fonts"
)

// TestStationChoosesTheTemplate drops an order for each of two carriers into a
// station's folder: one is printed on its carrier's template, with what the
// station's configuration gives it; the other lacks what its carrier's template
// requires, and comes back with the template's words instead of another label.
func TestStationChoosesTheTemplate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Printers[0].Driver, cfg.Printers[0].Link = "file", "file://"+filepath.Join(dir, "paper")
	cfg.Scanners, cfg.Hub.URL = nil, "http://127.0.0.1:1"
	cfg.TemplateBy = map[string]string{"usps_priority": "usps-4x6", "ups": "ups-4x6"}
	cfg.LabelFields = map[string]map[string]string{"usps": {"postage": "PERMIT NO. 1234|VERNON CA"}}
	if err := usable(cfg); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(cfg.Intake.Dir, 0o750); err != nil {
		t.Fatal(err)
	}
	const to = `"ship_to":{"name":"Zoe","line1":"1600 Amphitheatre Pkwy","city":"Mountain View","region":"CA","postal_code":"94043","country":"US"},"items":[{"sku":"S","quantity":1,"weight_g":500}]`
	for name, order := range map[string]string{
		"good.json": `{"order_id":"A",` + to + `,"carrier":"usps","service":"usps_priority","tracking_number":"9205590300000000142075"}`,
		"bad.json":  `{"order_id":"B",` + to + `,"carrier":"ups","service":"ups_ground","tracking_number":"1Z999AA10123456784"}`,
	} {
		if err := os.WriteFile(filepath.Join(cfg.Intake.Dir, name), []byte(order), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	st, err := newStation(ctx, cfg, fonts.New(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- st.run(running, func() {}) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for pattern, want := range map[string]string{
		filepath.Join(dir, "paper", "[0-9]*"):                  "92055903000000001420",
		filepath.Join(cfg.Intake.Dir, "failed", "*error.json"): `the routing code is missing; give label.fields.ups_routing_code`,
	} {
		content, err := await(ctx, pattern, func() (string, bool, error) {
			found, err := filepath.Glob(pattern)
			if err != nil || len(found) == 0 {
				return "", false, err
			}
			data, err := os.ReadFile(found[0])
			return string(data), true, err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(content, want) {
			t.Errorf("%s has no %q:\n%.2000s", pattern, want, content)
		}
	}
	if papers, _ := filepath.Glob(filepath.Join(dir, "paper", "[0-9]*")); len(papers) != 1 {
		t.Errorf("on paper are %v, want one label", papers)
	}
}

// TestStationRefusesUnknownTemplates: a station does not start with a name in
// template_by or a carrier with a cut-off that is not there.
func TestStationRefusesUnknownTemplates(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	cfg.Data = filepath.Join(t.TempDir(), "data")
	cfg.TemplateBy = map[string]string{"usps": "usps-6x4", "upps": "ups-4x6"}
	cfg.Handoff.Cutoffs = map[string]string{"fedx": "17:00"}
	if !slices.ContainsFunc(checkFiles(cfg), func(f finding) bool { return f.State == "fault" && strings.Contains(f.Detail, "handoff.cutoffs.fedx") }) {
		t.Error("the doctor does not see the cut-off of fedx")
	}
	for what, err := range map[string]error{
		"usable": usable(cfg),
		"newStation": func() error {
			_, err := newStation(t.Context(), cfg, fonts.New(), slog.New(slog.DiscardHandler))
			return err
		}(),
	} {
		for _, want := range []string{"template_by.usps: ", "usps-4x6", "template_by.upps: ", "ups_ground", "handoff.cutoffs.fedx: "} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q in it", what, err, want)
			}
		}
	}
	if _, err := os.Stat(cfg.Data); !os.IsNotExist(err) {
		t.Errorf("a station that does not start has made %s", cfg.Data)
	}
}
