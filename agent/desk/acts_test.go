package desk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

func TestReprint(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	first := r.print(t, "A").Parcels[0]
	s, err := r.Reprint(t.Context(), "A", 1, "smudged")
	if err != nil {
		t.Fatal(err)
	}
	p := s.Parcels[0]
	if p.Job == first.Job || p.Reprints != 1 || p.TrackingNumber != first.TrackingNumber || s.Stage() != agent.Printing {
		t.Errorf("parcel %+v at stage %s", p, s.Stage())
	}
	job, err := r.Job(t.Context(), p.Job)
	if err != nil || !strings.Contains(string(job.Content), "reprint 1") {
		t.Errorf("the label does not say that it is a reprint: %s, error %v", job.Content, err)
	}
	r.move(t, p.Job, printer.Sending, printer.Confirmed)
	want := []shipment.EventType{"order.accepted", "carrier.assigned", "tracking.assigned", "label.printed", "label.reprinted", "label.printed"}
	if diff := cmp.Diff(want, r.events(t, "A")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestReprintRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before func(t *testing.T, r *rig) // what happened to order A
		k      int
		kind   fault.Kind
		says   string
	}{
		"no such order":  {func(*testing.T, *rig) {}, 1, fault.NotFound, "does not know"},
		"no such parcel": {func(t *testing.T, r *rig) { r.print(t, "A") }, 2, fault.NotFound, "no number 2"},
		"being printed":  {func(t *testing.T, r *rig) { r.take(t, order("A"), agent.Accepted) }, 1, fault.Conflict, "being made or printed"},
		"unconfirmed": {func(t *testing.T, r *rig) {
			r.move(t, r.take(t, order("A"), agent.Accepted).Parcels[0].Job, printer.Sending, printer.Unconfirmed)
		}, 1, fault.Conflict, "say that none came out"},
		"voided": {func(t *testing.T, r *rig) {
			r.print(t, "A")
			if _, err := r.Void(t.Context(), "A", "buyer cancelled"); err != nil {
				t.Fatal(err)
			}
		}, 1, fault.Conflict, "never prints again"},
		"handed over": {func(t *testing.T, r *rig) { r.scan(t, scanner.Dock, string(r.print(t, "A").Parcels[0].TrackingNumber)) }, 1, fault.Conflict, "handed over"},
		"voided while the label is made": {func(t *testing.T, r *rig) {
			r.print(t, "A")
			r.labels.during = func(agent.Parcel) error {
				_, err := r.Void(t.Context(), "A", "buyer cancelled")
				return err
			}
		}, 1, fault.Conflict, "never prints again"},
		"reprinted meanwhile": {func(t *testing.T, r *rig) {
			r.print(t, "A")
			r.labels.during = func(agent.Parcel) error {
				r.labels.during = nil
				_, err := r.Reprint(t.Context(), "A", 1, "the other hand")
				return err
			}
		}, 1, fault.Conflict, "moved meanwhile"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			tt.before(t, r)
			_, err := r.Reprint(t.Context(), "A", tt.k, "smudged")
			wantKind(t, err, tt.kind)
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
		})
	}
}

func TestVoid(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	id := r.take(t, order("A"), agent.Accepted).Parcels[0].Job
	for range 2 {
		if s, err := r.Void(t.Context(), "A", "buyer cancelled"); err != nil || s.Stage() != agent.Voided {
			t.Fatalf("stage %s, error %v", s.Stage(), err)
		}
	}
	if s, err := r.Void(t.Context(), "A", "another reason"); err != nil || s.Void != "buyer cancelled" {
		t.Errorf("the first reason is gone: %q, error %v", s.Void, err)
	}
	if n := r.count(t, shipment.LabelVoidedType); n != 1 {
		t.Errorf("told %d times", n)
	}
	if job, _ := r.Job(t.Context(), id); job.Labels[0].State != printer.Cancelled {
		t.Errorf("label %s", job.Labels[0].State)
	}
	r.take(t, order("A"), agent.AlreadyTaken)
	changed := order("A")
	changed.Items[0].Quantity = 2
	old := r.state(t, "A").Parcels[0]
	again := r.take(t, changed, agent.Accepted)
	if again.Parcels[0].TrackingNumber == old.TrackingNumber || again.Parcels[0].Job == old.Job {
		t.Errorf("the corrected order goes under the voided label: %+v", again.Parcels[0])
	}
	if got := r.scan(t, scanner.Dock, string(old.TrackingNumber)); got.Code != "voided" {
		t.Errorf("the voided label scans as %q", got.Code)
	}
	_, err := r.Void(t.Context(), "none", "x")
	wantKind(t, err, fault.NotFound)
	r.scan(t, scanner.Dock, string(r.print(t, "B").Parcels[0].TrackingNumber))
	_, err = r.Void(t.Context(), "B", "too late")
	wantKind(t, err, fault.Conflict)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		printed bool
		state   printer.LabelState
		stage   agent.Stage
		told    int
		queued  int64
	}{
		"it came out":     {true, printer.Confirmed, agent.Printed, 1, 0},
		"it did not come": {false, printer.Queued, agent.Printing, 0, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			id := r.take(t, order("A"), agent.Accepted).Parcels[0].Job
			_, err := r.Resolve(t.Context(), id, tt.printed)
			wantKind(t, err, fault.Conflict) // nobody asked
			r.move(t, id, printer.Sending, printer.Unconfirmed)
			job, err := r.Resolve(t.Context(), id, tt.printed)
			if err != nil || job.Labels[0].State != tt.state {
				t.Fatalf("label %+v, error %v", job.Labels, err)
			}
			if kept, _ := r.Job(t.Context(), id); kept.Labels[0].State != tt.state {
				t.Errorf("kept as %s", kept.Labels[0].State)
			}
			if got := r.state(t, "A").Stage(); got != tt.stage {
				t.Errorf("stage %s, want %s", got, tt.stage)
			}
			if n := r.count(t, shipment.LabelPrintedType); n != tt.told {
				t.Errorf("told printed %d times, want %d", n, tt.told)
			}
			if list, _ := r.Pending(t.Context(), role("shipping"), 9); int64(len(list)) != tt.queued {
				t.Errorf("%d jobs before the spool, want %d", len(list), tt.queued)
			}
			_, err = r.Resolve(t.Context(), id, tt.printed)
			wantKind(t, err, fault.Conflict) // answered
		})
	}
	r := newRig(t, nil)
	_, err := r.Resolve(t.Context(), "none", true)
	wantKind(t, err, fault.NotFound)
}

func TestClaim(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for range 2 {
		if err := r.Claim(t.Context(), "key", desk.Request{BodySHA256: "1", Order: "A"}); err != nil {
			t.Fatal(err)
		}
		r.start(t)
	}
	wantKind(t, r.Claim(t.Context(), "key", desk.Request{BodySHA256: "2", Order: "A"}), fault.Conflict)
}
