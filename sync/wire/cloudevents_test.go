package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// TestEventsAreCloudEvents holds our events against the SDK of the CloudEvents
// project. The program that reads with it is a module of its own, so that nothing
// of the SDK is in ours.
func TestEventsAreCloudEvents(t *testing.T) {
	program := oracle(t)
	var lines bytes.Buffer
	var want []wire.Envelope
	prev := wire.Position{Epoch: 1, Hash: wire.Genesis}
	// An integer of CloudEvents has 32 bits: it is the last sequence that the SDK takes.
	for i, sequence := range []int64{1, 2, 3, math.MaxInt32} {
		prev.Sequence = sequence - 1
		e, err := shipment.NewEvent(time.Date(2026, 11, 20, 9, 12, i, 987e6, time.UTC), "576461413038785752", shipment.LabelPrinted{Parcel: "p<1>", Printer: "Größe"})
		if err != nil {
			t.Fatal(err)
		}
		e.ID = "01934af2-0000-7000-8000-00000000000" + string(rune('1'+i))
		clock := wire.Clock{Local: time.UTC}
		if i > 0 { // an older station's event has neither
			clock.BootID, clock.Uptime = "5ca1ab1e0ddba115", math.MaxInt64
		}
		env, raw, err := wire.Seal("desk-1", e, prev, clock)
		if err != nil {
			t.Fatal(err)
		}
		want, prev = append(want, env), wire.Position{Epoch: 1, Hash: wire.Hash(raw)}
		lines.Write(append(raw, '\n'))
	}
	lines.WriteString(`{"specversion":"1.0","id":"x"}` + "\n") // that the SDK judges at all
	run := exec.CommandContext(t.Context(), program)
	run.Stdin, run.Stderr = &lines, os.Stderr
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(out))
	for i := 0; ; i++ {
		var got struct {
			ID, Type, Source, Subject, Time, Data, Error string
			Extensions                                   map[string]any
		}
		if err := in.Decode(&got); err != nil {
			t.Fatalf("answer %d of %s: %v", i, out, err)
		}
		if i == len(want) {
			if got.Error == "" {
				t.Error("the SDK takes an event without source and type")
			}
			return
		}
		env := want[i]
		at, err := env.Time.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if got.Error != "" || got.ID != env.ID || got.Type != env.Type || got.Source != env.Source || got.Subject != env.Subject || got.Time != string(at) || got.Data != string(env.Data) {
			t.Errorf("the SDK reads %+v as %+v", env, got)
		}
		x := got.Extensions
		if x["sequence"] != float64(env.Sequence) || x["epoch"] != 1.0 || x["prevhash"] != env.PrevHash || x["tzoffset"] != "+00:00" {
			t.Errorf("extensions %v of %+v", x, env)
		}
		if i > 0 && (x["monotonic"] != "9223372036854775807" || x["bootid"] != env.BootID) {
			t.Errorf("extensions %v of %+v", x, env)
		}
	}
}

// oracle returns the program that reads and writes CloudEvents with the SDK.
func oracle(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "cloudevents")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = filepath.Join("testdata", "cloudevents")
	if out, err := build.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the SDK of CloudEvents: %v\n%s", err, out)
		}
		t.Skipf("the SDK of CloudEvents cannot be built here: %v\n%s", err, out)
	}
	return program
}

// TestCloudEventsAreEvents reads what the SDK writes.
func TestCloudEventsAreEvents(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), oracle(t), "write").Output()
	if err != nil {
		t.Fatal(err)
	}
	var batch []wire.Envelope
	if err := json.Unmarshal(out, &batch); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(batch) != 3 {
		t.Fatalf("%d events in %s", len(batch), out)
	}
	for i, env := range batch {
		if err := env.Check(); err != nil {
			t.Errorf("event %d: %v", i+1, err)
		}
		var data struct {
			Parcel string
			Label  int
		}
		if err := json.Unmarshal(env.Data, &data); err != nil {
			t.Error(err)
		}
		at := time.Date(2026, 11, 20, 9, 12, i, 123456789, time.UTC)
		kind, ours := env.EventType()
		if !ours || kind != shipment.LabelPrintedType || env.Station() != "sdk-1" || env.Sequence != int64(i+1) || env.Epoch != 1 ||
			!time.Time(env.Time).Equal(at) || env.TZOffset != "+01:00" || data.Parcel != "Größe <1>" || data.Label != i+1 {
			t.Errorf("event %d is read as %+v", i+1, env)
		}
	}
}
