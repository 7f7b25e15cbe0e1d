package desk_test

import (
	"strings"
	"testing"

	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

func TestMachines(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first := printer.Identity{Model: "ZD621", Serial: "S1", Firmware: "V1", DotsPerMM: 8, LanguageOK: true}
	second := printer.Identity{Model: "ZD421", Serial: "S2", LanguageOK: true}
	if id, err := r.Machine(t.Context(), "bench"); err != nil || id != (printer.Identity{}) {
		t.Fatalf("nothing is bound, and yet %+v, %v", id, err)
	}
	if err := r.Bind(t.Context(), "bench", first); err != nil {
		t.Fatal(err)
	}
	r.start(t) // what is bound outlives the process
	if id, err := r.Machine(t.Context(), "bench"); err != nil || !id.Same(first) || id.Serial != "S1" {
		t.Fatalf("bound is %+v, %v", id, err)
	}

	use := func(name, machine string, want fault.Kind) {
		t.Helper()
		if err := r.UseMachine(t.Context(), name, machine); want == fault.Unknown && err != nil || want != fault.Unknown && !fault.Is(err, want) {
			t.Errorf("use %s as %s: %v", machine, name, err)
		}
	}
	use("bench", "S2", fault.NotFound)
	dev := desk.Device{Kind: "printer", Name: "bench", State: "blocked", Words: "Another printer", Machine: second}
	if err := r.SetDevice(t.Context(), dev); err != nil {
		t.Fatal(err)
	}
	use("bench", "S2", fault.Conflict) // the configuration names the machine: nothing to decide here
	dev.Other = second
	if err := r.SetDevice(t.Context(), dev); err != nil {
		t.Fatal(err)
	}
	use("bench", "S3", fault.Conflict) // another one was seen
	use("dock", "S2", fault.NotFound)
	if id, _ := r.Machine(t.Context(), "bench"); id.Serial != "S1" {
		t.Fatalf("bound is %+v before anyone said so", id)
	}
	queued := r.queued.Load()
	use("bench", "S2", fault.Unknown)
	if id, _ := r.Machine(t.Context(), "bench"); id.Serial != "S2" || r.queued.Load() == queued {
		t.Errorf("bound is %+v; the spool was woken: %v", id, r.queued.Load() != queued)
	}
	var told []string
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			told = append(told, string(rec.Raw))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{
		`"state":"bound","message":"The printer bench is ZD621, serial number S1.","machine":"S1"`,
		`"state":"blocked","message":"Another printer","machine":"S2"`,
		`"state":"bound","message":"The printer bench is ZD421, serial number S2 from now on, in place of ZD621, serial number S1.","machine":"S2"`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no event has %s; told:\n%s", want, all)
		}
	}
}
