package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"waybill/shipment"
	"waybill/sync/journal"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"waybill": main})
}

// TestScripts runs the commands as a person would; see testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "journal": makeJournal, "alter": alter,
		},
	})
}

// exits CODE COMMAND ARG… runs a command that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// makeJournal makes a station's journal of three events: journal FILE.
func makeJournal(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	j, err := journal.Open(ctx, journal.Options{Path: ts.MkAbs(args[0]), Station: "bench-1", Location: time.UTC})
	ts.Check(err)
	for _, fact := range []shipment.Fact{
		shipment.TrackingAssigned{Parcel: "A-1-1", Carrier: "ups", TrackingNumber: "1Z999AA10123456784", Origin: "order"},
		shipment.LabelVoided{Parcel: "A-1-1", Reason: "buyer cancelled"},
		shipment.ScanRefused{ScanEvidence: shipment.ScanEvidence{Raw: "1Z999AA10123456784", Code: "voided"}},
	} {
		e, err := shipment.NewEvent(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), "A-1", fact)
		ts.Check(err)
		ts.Check(j.Update(ctx, func(tx *journal.Tx) error { return tx.Append(e) }))
	}
	ts.Check(j.Close())
}

// alter changes a text in a file for another of the same length, behind the
// back of whoever keeps the file: alter FILE OLD NEW.
func alter(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	if len(args[1]) != len(args[2]) || !bytes.Contains(data, []byte(args[1])) {
		ts.Fatalf("%s does not hold %q, or %q is of another length", args[0], args[1], args[2])
	}
	ts.Check(os.WriteFile(name, bytes.ReplaceAll(data, []byte(args[1]), []byte(args[2])), 0o600))
}
