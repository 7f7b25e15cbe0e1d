package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/configs"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/formview"
	"waybill/labels/verify"
	"waybill/printer/printertest"
	"waybill/printer/virtual"
)

// A printerBench is a running station with one printer, for tests of both together.
type printerBench struct {
	t   *testing.T
	ctx context.Context
	dir string
	st  *station
}

// newBench runs a station whose printer has the driver and the link given.
func newBench(t *testing.T, driver, link string) *printerBench {
	t.Helper()
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Printers[0].Driver, cfg.Printers[0].Link = driver, link
	cfg.Scanners, cfg.Hub.URL = nil, "http://127.0.0.1:1"
	if err := usable(cfg); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(cfg.Intake.Dir, 0o750); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	st, err := newStation(ctx, cfg, fonts.New(), slog.New(slog.DiscardHandler))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- st.run(running, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		st.close()
		cancel()
	})
	return &printerBench{t, ctx, dir, st}
}

// drop drops an order into the station's folder.
func (b *printerBench) drop(id, number string) {
	b.t.Helper()
	order := fmt.Sprintf(`{"order_id":%q,"ship_to":{"name":"Zoe","line1":"1600 Amphitheatre Pkwy","city":"Mountain View","region":"CA","postal_code":"94043","country":"US"},"items":[{"sku":"S","quantity":1,"weight_g":500}],"carrier":"ups","service":"ups_ground","tracking_number":%q}`, id, number)
	path := filepath.Join(b.dir, "orders", id+".json")
	if err := os.WriteFile(path+".tmp", []byte(order), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		b.t.Fatal(err)
	}
}

// call calls the station's API.
func (b *printerBench) call(method, path, body string) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.ctx, method, b.st.web.URL()+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// until waits until path answers with what is wanted.
func (b *printerBench) until(path, want string) {
	b.t.Helper()
	if _, err := await(b.ctx, want, func() (string, bool, error) {
		_, answer := b.call("GET", path, "")
		return answer, strings.Contains(answer, want), nil
	}); err != nil {
		_, answer := b.call("GET", path, "")
		b.t.Fatalf("%s never says %s: %v\n%s", path, want, err, answer)
	}
}

// TestASwappedPrinterIsAskedAbout exchanges the printer of a running station: the
// next label waits, the page asks, one press lets it print, and the journal knows.
func TestASwappedPrinterIsAskedAbout(t *testing.T) {
	t.Parallel()
	plug := func(serial, address string) (*virtual.Printer, func()) {
		v := virtual.New(virtual.Options{Listen: address, Dir: t.TempDir(), Serial: serial})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.Run(ctx) }()
		select {
		case <-v.Ready():
		case err := <-done:
			t.Fatalf("virtual printer: %v", err)
		}
		return v, func() { stop(); <-done }
	}
	first, unplug := plug("S1", "127.0.0.1:0")
	b := newBench(t, "zpl", "tcp://"+first.Addr().String())
	b.drop("A", "1Z999AA10123456784")
	b.until("/v1/orders/A", `"stage":"printed"`)
	address := first.Addr().String()
	unplug()
	b.until("/v1/printers", `"conditions":["offline"]`)
	second, unplug := plug("S2", address)
	defer unplug()
	b.until("/v1/printers", `"other":"S2"`)
	b.drop("B", "1Z999AA10123456793")
	b.until("/v1/orders/B", `"stage":"printing"`)
	if n := len(second.Labels()); n != 0 {
		t.Errorf("%d labels on a printer that nobody chose", n)
	}
	if status, answer := b.call("POST", "/v1/printers/bench/use", `{"machine":"S2"}`); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, answer)
	}
	b.until("/v1/orders/B", `"stage":"printed"`)
	b.until("/v1/printers", `"state":"ready"`)
	if a, n := len(first.Labels()), len(second.Labels()); a != 1 || n != 1 {
		t.Errorf("%d labels on the first printer and %d on the second", a, n)
	}
	status, list := b.call("GET", "/v1/printers", "")
	var answer struct {
		Devices []struct {
			Machine struct{ Serial string }
			Other   string
		}
	}
	if err := json.Unmarshal([]byte(list), &answer); err != nil || status != http.StatusOK || len(answer.Devices) != 1 ||
		answer.Devices[0].Machine.Serial != "S2" || answer.Devices[0].Other != "" {
		t.Errorf("%d %v %s", status, err, list)
	}
}

// TestStationPrintsInOtherLanguages prints an order on printers of EPL2 and TSPL,
// which run out of paper before the label is out: it is proved by what such
// printers can prove, and what came out reads back.
func TestStationPrintsInOtherLanguages(t *testing.T) {
	t.Parallel()
	for _, language := range []formview.Language{formview.EPL, formview.TSPL} {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			p := &printertest.FormPrinter{Language: string(language), PerLabel: 50 * time.Millisecond, Serial: "T1"}
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go p.Serve(t.Context(), conn)
				}
			}()
			t.Cleanup(func() { l.Close(); p.Cut() })
			b := newBench(t, string(language), "tcp://"+l.Addr().String())
			b.until("/v1/printers", `"state":"ready"`)
			p.Set("paper_out")
			b.until("/v1/printers", `"words":"Out of labels"`)
			b.drop("A", "1Z999AA10123456784")
			b.until("/v1/orders/A", `"stage":"printing"`)
			p.Set()
			b.until("/v1/orders/A", `"stage":"printed"`)
			if _, jobs := b.call("GET", "/v1/jobs", ""); !strings.Contains(jobs, `"evidence":"E2"`) {
				t.Errorf("evidence: %s", jobs)
			}
			forms := p.Forms()
			if len(forms) != 1 {
				t.Fatalf("%d labels on paper", len(forms))
			}
			var read []string
			err = language.Render(forms[0], labels.DPI203, func(v formview.View) {
				found, err := verify.Decode(v.Dots)
				if err != nil {
					t.Error(err)
				}
				for _, f := range found {
					read = append(read, f.Text)
				}
			})
			if all := strings.Join(read, " "); err != nil || !strings.Contains(all, "1Z999AA10123456784") {
				t.Errorf("the label reads %q, %v", all, err)
			}
		})
	}
}
