package main

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"waybill/configs"
	"waybill/printer/virtual"
)

// TestDoctorTellsWhatRunsLow: a printer that works and asks for something is a
// warning with its remedy, and one that is another machine a fault.
func TestDoctorTellsWhatRunsLow(t *testing.T) {
	t.Parallel()
	v := virtual.New(virtual.Options{Listen: "127.0.0.1:0", Dir: t.TempDir(), Serial: "S1"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go v.Run(ctx) // it ends with the test
	<-v.Ready()
	v.SetFaults(func(f *virtual.Faults) { f.WarningBits = 2 })
	con := &console{ctx: ctx, out: io.Discard, err: io.Discard, log: slog.New(slog.DiscardHandler)}
	cfg := configs.DefaultStation()
	cfg.Printers[0].Link = "tcp://" + v.Addr().String()
	for serial, want := range map[string]string{"": "warning", "S1": "warning", "S2": "fault"} {
		cfg.Printers[0].Serial = serial
		found := checkPrinters(con, cfg)
		if len(found) != 1 || found[0].State != want || found[0].Remedy == "" {
			t.Errorf("serial %q: %+v, want one %s", serial, found, want)
		}
	}
}
