package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/printertest"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	id := printer.Identity{Model: "ZD621", Serial: "S1", DotsPerMM: 8, LanguageOK: true}
	is := func(cs ...printer.Condition) printer.Status {
		var s printer.Status
		for _, c := range cs {
			s = s.With(c)
		}
		return s
	}
	for name, tt := range map[string]struct {
		config spool.Config
		id     printer.Identity
		status printer.Status
		ready  bool
		want   string
	}{
		"ready":           {spool.Config{}, id, is(), true, "Ready"},
		"printing":        {spool.Config{}, id, printer.Status{Waiting: 1}, true, "Printing"},
		"a warning":       {spool.Config{}, id, is(printer.PaperLow, printer.CleanHead), true, "Ready (few labels left, clean the head). Put a new roll beside the printer"},
		"two faults":      {spool.Config{}, id, is(printer.PaperOut, printer.HeadOpen), false, "Print head open (out of labels). Close the print head until it clicks"},
		"another machine": {spool.Config{Serial: "S2"}, id, is(printer.PaperOut), false, "Another printer (out of labels). Nothing is sent. Put the right printer back, or correct serial in the configuration"},
		"the one named":   {spool.Config{Serial: "S1"}, id, is(), true, "Ready"},
		"other dots":      {spool.Config{DotsPerMM: 12}, id, is(), false, "Wrong resolution. Labels would come out too large or too small: correct dpi in the configuration"},
		"silent":          {spool.Config{Serial: "S2"}, printer.Identity{}, is(printer.NoAnswer), false, "Does not answer. Check the printer's display, then its cable"},
	} {
		a := printerAnswer{Identity: tt.id, Status: tt.status}
		a.judge(tt.config)
		if a.Ready != tt.ready || a.words() != tt.want {
			t.Errorf("%s: ready %v, %q; want %q", name, a.Ready, a.words(), tt.want)
		}
	}
}

// TestPrintersWatch sees the faults of a printer come and go.
func TestPrintersWatch(t *testing.T) {
	t.Parallel()
	v := virtual.New(virtual.Options{Listen: "127.0.0.1:0", Dir: t.TempDir()})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 2)
	go func() { done <- v.Run(ctx) }()
	<-v.Ready()
	out, in := io.Pipe()
	go func() {
		c := printersWatchCmd{printerChoice: printerChoice{Link: "tcp://" + v.Addr().String(), Driver: "zpl"}, JSON: true}
		err := c.Run(&console{ctx: ctx, out: in, err: io.Discard, log: slog.New(slog.DiscardHandler)})
		in.Close()
		done <- err
	}()
	lines := json.NewDecoder(out)
	for _, step := range []struct {
		f    func()
		want string
	}{
		{func() {}, "Ready"},
		{func() { v.SetFaults(func(f *virtual.Faults) { f.HeadOpen = true }) }, "Print head open"},
		{func() { v.SetFaults(func(f *virtual.Faults) { f.HeadOpen = false }) }, "Ready"},
		{v.PowerOff, "Offline"},
	} {
		step.f()
		for state := ""; state != step.want; {
			var change printerChange
			if err := lines.Decode(&change); err != nil {
				t.Fatalf("waiting for %q: %v", step.want, err)
			}
			if state = change.State; change.At.IsZero() {
				t.Errorf("no time in %+v", change)
			}
		}
	}
	cancel()
	go io.Copy(io.Discard, out) // what is written at the end interests nobody
	for range 2 {
		if err := <-done; err != nil && !strings.Contains(err.Error(), "closed") {
			t.Error(err)
		}
	}
}

// TestTestLabels prints the test label in each language, and reads it.
func TestTestLabels(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"zpl", "epl", "tspl"} {
		for _, dpi := range []int{203, 300, 600} {
			if content, err := testLabel(dpi, language); err != nil || len(content) == 0 {
				t.Errorf("%s at %d dpi: %d bytes, %v", language, dpi, len(content), err)
			}
		}
		if language == "zpl" {
			continue
		}
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if !driver.All()[language].Speaks(language) {
				t.Fatal("the driver takes another language")
			}
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			p := &printertest.FormPrinter{Language: language, PerLabel: time.Millisecond}
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
			var out strings.Builder
			c := printersTestCmd{printerChoice: printerChoice{Link: "tcp://" + l.Addr().String(), Driver: language}, DPI: 203, Wait: time.Minute}
			err = c.Run(&console{ctx: t.Context(), out: &out, err: io.Discard, log: slog.New(slog.DiscardHandler)})
			if err != nil || !strings.Contains(out.String(), "evidence E2") || len(p.Forms()) != 1 {
				t.Errorf("%q, %v, %d labels", out.String(), err, len(p.Forms()))
			}
		})
	}
}
