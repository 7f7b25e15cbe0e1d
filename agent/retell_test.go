package agent_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/printer"
	"waybill/shipment"
)

// retell tells an order again from the facts that were recorded of it.
func retell(t rapid.TB, facts []shipment.Fact, rules packing.Rules) (agent.Retelling, []shipment.LabelUnconfirmed) {
	t.Helper()
	var r agent.Retelling
	for i, f := range facts {
		e, err := shipment.NewEvent(at, "order-1", f)
		if err != nil {
			t.Fatal(err)
		}
		e.ID = fmt.Sprint(i)
		if err := r.Tell(e, rules); err != nil {
			t.Fatal(err)
		}
	}
	made := 0
	return r, r.End(at, func() printer.JobID { made++; return printer.JobID(fmt.Sprint("retold-", made)) })
}

// told is what must be the same of a parcel however it is known.
type told struct {
	ID                  shipment.ParcelID
	Number              shipment.TrackingNumber
	Origin, Range       string
	Scanned, HandedOver bool
	Handoff             string
	Reprints            int
	Packed              bool
}

func tellParcels(s agent.State) []told {
	var all []told
	for _, p := range s.Parcels {
		all = append(all, told{
			p.ID, p.TrackingNumber, p.Origin, p.Range, !p.Scanned.IsZero(), !p.HandedOver.IsZero(), p.Handoff, p.Reprints,
			s.Packing != nil && s.Packing.Packed(p.K),
		})
	}
	return all
}

// retold holds that the events of the order tell what the desk knows of it, and
// that nothing prints again by itself after the desk's own memory is lost.
func (w *walk) retold(t *rapid.T) {
	r, asked := retell(t, w.facts, w.rules.Packing)
	if !r.Known() {
		t.Fatalf("the order is not known")
	}
	s := r.State
	if (s.Void != "") != (w.s.Void != "") || (s.Why == nil) != (w.s.Why == nil) || s.Why != nil && s.Why.Stage != w.s.Why.Stage {
		t.Fatalf("told as %s (void %q, why %v), is %s (void %q, why %v)", s.Stage(), s.Void, s.Why, w.s.Stage(), w.s.Void, w.s.Why)
	}
	if s.Carrier != w.s.Carrier || s.Service != w.s.Service || s.Digest != w.s.Digest && w.s.Stage() != agent.Refused {
		t.Fatalf("told with %s %s %s, is %s %s %s", s.Carrier, s.Service, s.Digest, w.s.Carrier, w.s.Service, w.s.Digest)
	}
	if diff := cmp.Diff(tellParcels(w.s), tellParcels(s)); diff != "" {
		t.Fatalf("parcels (-is +told):\n%s", diff)
	}
	if !slices.Equal(s.Gone, w.s.Gone) {
		t.Fatalf("told with voided numbers %v, has %v", s.Gone, w.s.Gone)
	}
	if len(s.ToLabel()) > 0 {
		t.Fatalf("labels would be made again: %+v", s.ToLabel())
	}
	for _, job := range r.Jobs {
		for _, l := range job.Labels {
			if l.State != printer.Confirmed && l.State != printer.Unconfirmed && l.State != printer.Cancelled {
				t.Fatalf("label %d of %s is %s and would be printed", l.K, job.ID, l.State)
			}
		}
	}
	live := s.Void == "" && s.Why == nil
	for i, p := range s.Parcels {
		was := w.s.Parcels[i]
		labels := w.jobs[was.Job].Labels
		known := was.Label == printer.Confirmed || !was.Scanned.IsZero() && len(labels) == 1
		switch {
		case known && live && p.Label != printer.Confirmed:
			t.Fatalf("the label of %s is on paper and told as %q", p.ID, p.Label)
		case live && p.Label == printer.Confirmed && was.Label != printer.Confirmed && was.Scanned.IsZero() && was.HandedOver.IsZero():
			t.Fatalf("the label of %s is %q and told as on paper", p.ID, was.Label)
		}
	}
	for _, f := range asked {
		if !live || f.Reason != agent.Retold && f.Reason != agent.RetoldAgain || w.settled(f.Job, f.Label) {
			t.Fatalf("asked about %+v", f)
		}
	}
	if live {
		w.copiesRetold(t, r)
	}
}

// settled reports whether the desk knows that one copy of a label has come out, or
// that somebody has taken it back.
func (w *walk) settled(job string, k int) bool {
	labels := w.jobs[printer.JobID(job)].Labels
	return k >= 1 && k <= len(labels) && (labels[k-1].State == printer.Confirmed || labels[k-1].State == printer.Cancelled)
}

// copiesRetold holds that each copy of a parcel's label that is on paper, or that was
// taken back, is told so, whatever became of the others.
func (w *walk) copiesRetold(t *rapid.T, r agent.Retelling) {
	for _, p := range w.s.Parcels {
		i := slices.IndexFunc(r.Jobs, func(j printer.Job) bool { return j.ID == p.Job })
		for _, l := range w.jobs[p.Job].Labels {
			switch {
			case l.State != printer.Confirmed && l.State != printer.Cancelled:
			case i < 0:
				t.Fatalf("label %d of %s is %s, and its job %s is not told", l.K, p.ID, l.State, p.Job)
			case l.K > len(r.Jobs[i].Labels) || r.Jobs[i].Labels[l.K-1].State != l.State:
				t.Fatalf("label %d of %s is %s and told as %+v", l.K, p.ID, l.State, r.Jobs[i].Labels)
			}
		}
	}
}

// TestRetellingPassesOver holds that a retelling takes what is no event of an
// order's for nothing, and what cannot be read for an error.
func TestRetellingPassesOver(t *testing.T) {
	t.Parallel()
	r, asked := retell(t, []shipment.Fact{
		shipment.LabelPrinted{Parcel: "order-1-1", Job: "j", Label: 2, Of: 1},
		shipment.ParcelScanned{Parcel: "order-1-1"},
		shipment.LabelVoided{Parcel: "order-1-9"},
		shipment.ScanRefused{},
		shipment.ParcelPacked{Parcel: "order-1-1"},
	}, packing.Rules{})
	if r.Known() || len(asked) > 0 || len(r.Jobs) > 0 {
		t.Errorf("made up: %+v, %v", r, asked)
	}
	if err := r.Tell(shipment.Event{Type: shipment.OrderAcceptedType, Data: []byte(`{"order":7}`)}, packing.Rules{}); err == nil {
		t.Error("an event that cannot be read was taken")
	}
}

// TestHowAnOrderIsPackedStaysAsItWasDecided holds that today's rules change no
// order whose events say how it is packed, and stop none that was labelled without.
func TestHowAnOrderIsPackedStaysAsItWasDecided(t *testing.T) {
	t.Parallel()
	scan := packing.Rules{Check: packing.CheckScan, Weigh: packing.WeighRequire, Print: packing.WhenPacked}
	accepted, number := shipment.OrderAccepted{Order: goods(1)}, shipment.TrackingAssigned{Parcel: "A-1", TrackingNumber: "1Z"}
	assigned := func(c *shipment.PackingChoice) shipment.Fact {
		return shipment.CarrierAssigned{Carrier: "ups", Packing: c}
	}
	printed := shipment.LabelPrinted{Parcel: "A-1", Job: "j", Label: 1, Of: 1}
	packed := shipment.ParcelPacked{Parcel: "A-1", Of: 1, Check: "count"}
	for _, tt := range []struct {
		name   string
		facts  []shipment.Fact
		today  packing.Rules
		check  packing.Check
		weigh  packing.Weigh
		prints packing.Print
		packed bool
	}{
		{name: "decided, and off today", facts: []shipment.Fact{accepted, assigned(scan.Choice()), number}, check: "scan", weigh: "require", prints: "when_packed"},
		{name: "decided to be off", facts: []shipment.Fact{accepted, assigned(packing.Rules{}.Choice()), number}, today: scan},
		{name: "decided, printed and not packed", facts: []shipment.Fact{accepted, assigned(packing.Rules{Check: "scan", Print: "on_accept"}.Choice()), number, printed}, today: scan, check: "scan", weigh: "off", prints: "on_accept"},
		{name: "not told, nothing printed", facts: []shipment.Fact{accepted, assigned(nil), number}, today: scan, check: "scan", weigh: "require", prints: "when_packed"},
		{name: "not told, printed unpacked", facts: []shipment.Fact{accepted, assigned(nil), number, printed}, today: scan},
		{name: "not told, packed after its label", facts: []shipment.Fact{accepted, assigned(nil), number, printed, packed}, today: scan, check: "count", weigh: "off", prints: "on_accept", packed: true},
		{name: "not told, packed before its label", facts: []shipment.Fact{accepted, assigned(nil), number, packed, printed}, today: scan, check: "count", weigh: "require", prints: "when_packed", packed: true},
	} {
		r, _ := retell(t, tt.facts, tt.today)
		p := r.State.Packing
		if p == nil {
			p = &packing.Progress{}
		}
		if p.Check != tt.check || p.Weigh != tt.weigh || p.Print != tt.prints || p.Packed(1) != tt.packed {
			t.Errorf("%s: told as %+v", tt.name, r.State.Packing)
		}
	}
}

// TestAVoidOrderIsVoidWithoutItsReason holds that an order whose reason was purged is
// void all the same after a lost disk, and answers a scan with the same code.
func TestAVoidOrderIsVoidWithoutItsReason(t *testing.T) {
	t.Parallel()
	accepted, number := shipment.OrderAccepted{Order: goods(1)}, shipment.TrackingAssigned{Parcel: "A-1", TrackingNumber: "1Z"}
	printed := shipment.LabelPrinted{Parcel: "A-1", Job: "j", Label: 1, Of: 1}
	hub := shipment.OrderInstructed{Sequence: 1, Action: agent.HubCancel, Outcome: "voided"}
	for _, tt := range []struct {
		name        string
		facts       []shipment.Fact
		words, code string
	}{
		{"as it was typed", []shipment.Fact{shipment.LabelVoided{Parcel: "A-1", Reason: "torn"}}, "torn", ""},
		{"with a code", []shipment.Fact{shipment.LabelVoided{Parcel: "A-1", Reason: "moved", Code: agent.AddressChanged}}, "moved", agent.AddressChanged},
		{"purged", []shipment.Fact{shipment.LabelVoided{Parcel: "A-1"}}, agent.Forgotten, ""},
		{"purged, with a code", []shipment.Fact{shipment.LabelVoided{Parcel: "A-1", Code: agent.AddressChanged}}, agent.Forgotten, agent.AddressChanged},
		{"by the hub, of before codes", []shipment.Fact{hub, shipment.LabelVoided{Parcel: "A-1", Reason: "cancelled by the hub"}}, "cancelled by the hub", agent.Cancelled},
		{"by the hub, purged", []shipment.Fact{hub, shipment.LabelVoided{Parcel: "A-1"}}, "cancelled by the hub", agent.Cancelled},
	} {
		r, asked := retell(t, append([]shipment.Fact{accepted, shipment.CarrierAssigned{Carrier: "ups"}, number, printed}, tt.facts...), packing.Rules{})
		if s := r.State; s.Stage() != agent.Voided || s.VoidWords() != tt.words || s.VoidCode != tt.code || len(asked) > 0 {
			t.Errorf("%s: %s, %q, code %q, asked %v", tt.name, s.Stage(), s.VoidWords(), s.VoidCode, asked)
		}
	}
}
