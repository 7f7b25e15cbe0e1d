package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/labels/fonts"
	"waybill/scale"
	"waybill/scale/virtual"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

func newVirtualScale(t *testing.T, o virtual.Options) *virtual.Scale {
	t.Helper()
	v, err := virtual.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func TestScaleLinks(t *testing.T) {
	const usual = "baud=9600&bits=7&parity=even&flow=none"
	tests := map[string]string{
		"serial:///dev/ttyUSB0":                                 "serial:///dev/ttyUSB0?" + usual,
		"serial:///dev/ttyUSB0?baud=4800":                       "serial:///dev/ttyUSB0?baud=4800&bits=7&parity=even&flow=none",
		"serial:///dev/ttyUSB0?parity=none&bits=8&flow=xonxoff": "serial:///dev/ttyUSB0?parity=none&bits=8&flow=xonxoff&baud=9600",
		"tcp://10.0.0.9:4001":                                   "tcp://10.0.0.9:4001",
		"tcp://10.0.0.9":                                        "",
		"file:///dev/usb/lp0":                                   "",
		"serial:///dev/ttyUSB0?baud=fast":                       "",
	}
	for in, want := range tests {
		got, dial, err := scaleLink(in, usual)
		if want == "" {
			if err == nil {
				t.Errorf("%s was taken as %s", in, got)
			}
			continue
		}
		if err != nil || got != want || dial == nil {
			t.Errorf("%s is %s (%v), want %s", in, got, err, want)
		}
	}
	for _, s := range []configs.Scale{{Name: "s", Driver: "toledo-8217", Link: "tcp://h:1"}, {Name: "s", Driver: "zpl", Link: "tcp://h:1"}} {
		if _, _, err := scaleOptions(s); err == nil || !strings.Contains(err.Error(), `scale "s": `) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestScalesListTries(t *testing.T) {
	v := newVirtualScale(t, virtual.Options{Driver: "nci"})
	file := filepath.Join(t.TempDir(), "station.yaml")
	config := "scales:\n- {name: left, driver: nci, link: '" + v.Link() + "'}\n- {name: lost, driver: nci, link: 'tcp://127.0.0.1:1'}\n- {name: other, driver: mt-sics, link: '" + v.Link() + "&stop=1', answer: 200ms}\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	con := &console{ctx: t.Context(), out: &out, err: io.Discard, log: slog.New(slog.DiscardHandler)}
	if err := (&scalesListCmd{Config: file, JSON: true}).Run(con); err != nil {
		t.Fatal(err)
	}
	var list scalesList
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list.Scales {
		word := s.Name + " " + s.State
		if s.Reading != nil {
			word += " " + s.Reading.Weight
		}
		got = append(got, word)
	}
	if d := cmp.Diff([]string{"left Ready 0.000 kg", "lost Scale away", "other Scale not understood "}, got); d != "" {
		t.Errorf("scales (-want +got):\n%s", d)
	}
	if len(list.Drivers) < 8 {
		t.Errorf("%d drivers are listed", len(list.Drivers))
	}
	out.Reset()
	if err := (&scalesListCmd{Config: file}).Run(con); err != nil || !strings.Contains(out.String(), "Ready, shows 0.000 kg") {
		t.Errorf("table: %v\n%s", err, out.String())
	}
	findings := checkScales(con, mustLoad(t, file))
	if len(findings) != 3 || findings[0].State != "ok" || findings[1].State != "fault" || findings[1].Remedy == "" {
		t.Errorf("the doctor finds %+v", findings)
	}
}

func mustLoad(t *testing.T, file string) configs.Station {
	t.Helper()
	cfg, err := configs.LoadStation(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// What is put on the scale is printed once as new.
func TestScalesRead(t *testing.T) {
	v := newVirtualScale(t, virtual.Options{Driver: "toledo-continuous", Settle: 200 * time.Millisecond})
	r, w := io.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		con := &console{ctx: ctx, out: w, err: io.Discard, log: slog.New(slog.DiscardHandler)}
		err := (&scalesReadCmd{Link: v.Link(), Driver: "toledo-continuous", Unit: "kg"}).Run(con)
		w.CloseWithError(io.EOF)
		ended <- err
	}()
	var got []string
	for lines := bufio.NewScanner(r); lines.Scan() && len(got) < 2; {
		var p scaleReading
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		switch {
		case p.New:
			got = append(got, p.Weight)
			v.Put(0)
		case p.Empty:
			v.Put(1234)
		}
	}
	cancel()
	r.Close()
	if err := <-ended; err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"1.234 kg", "1.234 kg"}, got); d != "" {
		t.Errorf("new weights (-want +got):\n%s", d)
	}
}

// A station tells what its scale shows, and that it is away; a weight is taken by
// one parcel.
func TestStationWeighs(t *testing.T) {
	v := newVirtualScale(t, virtual.Options{Driver: "fairbanks", Unit: scale.Pound, Places: 2, Settle: 200 * time.Millisecond})
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Printers, cfg.Scanners, cfg.Hub.URL = nil, nil, "http://127.0.0.1:1"
	cfg.Scales = []configs.Scale{{Name: "left", Driver: v.Driver(), Link: v.Link(), Unit: "lb"}}
	if err := usable(cfg); err != nil {
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
	ended := make(chan error, 1)
	go func() { ended <- st.run(running, func() {}) }()
	notices, end := st.desk.Watch()
	defer end()
	until := func(what string, is func() bool) {
		t.Helper()
		for !is() {
			select {
			case <-notices:
			case <-ctx.Done():
				t.Fatalf("never: %s", what)
			}
		}
	}
	state := func() string {
		for _, d := range st.desk.Devices() {
			if d.Kind == "scale" {
				return d.State + " " + d.Words
			}
		}
		return ""
	}
	until("ready", func() bool { return state() == "ready " })
	shows := func() desk.Weight {
		b, err := st.desk.Bench(t.Context(), "")
		if err != nil || b.Scale != "left" {
			t.Fatalf("the bench has the scale %q, %v; want the only one there is", b.Scale, err)
		}
		return b.Weight
	}
	until("an empty scale", func() bool { return shows().Stable && shows().Grams == 0 })
	v.Put(1234) // hundredths of a pound
	until("a weight of 5597 g", func() bool { return shows().Stable && shows().Grams == 5597 })
	if err := v.Unplug(); err != nil {
		t.Fatal(err)
	}
	until("away", func() bool { return state() == "away Scale away" })
	until("no weight", func() bool { return !shows().Stable && strings.HasPrefix(shows().Words, "Scale away.") })
	if err := v.Plug(); err != nil {
		t.Fatal(err)
	}
	until("ready again", func() bool { return state() == "ready " })
	v.Silence(true)
	until("silence", func() bool { return state() == "blocked Scale does not answer" })
	v.Silence(false)
	until("ready a third time", func() bool { return state() == "ready " }) // so what was before is journalled
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	var changes []string
	err = st.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			var told struct{ Data shipment.DeviceChanged }
			if rec.Type != told.Data.EventType() {
				return nil
			}
			err := json.Unmarshal(rec.Raw, &told)
			changes = append(changes, told.Data.Kind+" "+told.Data.Name+" "+told.Data.State)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"scale left ready", "scale left away", "scale left ready", "scale left blocked"}, changes[:min(4, len(changes))]); d != "" {
		t.Errorf("changes in the journal (-want +got):\n%s", d)
	}
}
