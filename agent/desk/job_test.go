package desk_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
)

func TestPending(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	var jobs []printer.JobID
	for _, id := range []string{"A", "B", "C", "D"} {
		jobs = append(jobs, r.take(t, order(id), agent.Accepted).Parcels[0].Job)
	}
	r.move(t, jobs[1], printer.Sending, printer.Unconfirmed)
	r.move(t, jobs[2], printer.Sending, printer.Confirmed)
	pending := func(limit int, roles ...string) []printer.JobID {
		list, err := r.Pending(t.Context(), role(roles...), limit)
		if err != nil {
			t.Fatal(err)
		}
		var ids []printer.JobID
		for _, j := range list {
			ids = append(ids, j.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]printer.JobID{jobs[0], jobs[3]}, pending(10, "packing", "shipping")); diff != "" {
		t.Errorf("oldest first, without the settled and the doubtful (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(jobs[:1], pending(1, "shipping")); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	if got := pending(10, "packing"); len(got) != 0 {
		t.Errorf("another role's: %v", got)
	}
	latest, err := r.Jobs(t.Context(), 1)
	if err != nil || len(latest) != 1 || latest[0].ID != jobs[3] {
		t.Errorf("latest %+v, error %v", latest, err)
	}
}

func TestRecordRefusesWhatContradicts(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.take(t, order("A"), agent.Accepted)
	id := s.Parcels[0].Job
	job, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, r.tryMove(t, id, printer.Confirmed), fault.Conflict) // never sent
	more := job
	more.Labels = append([]printer.Label{}, job.Labels[0], job.Labels[0])
	wantKind(t, r.Record(t.Context(), more), fault.Conflict)
	more.ID = "none"
	wantKind(t, r.Record(t.Context(), more), fault.NotFound)
	if _, err := r.Void(t.Context(), "A", "buyer cancelled"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, r.tryMove(t, id, printer.Sending), fault.Conflict) // taken back
	if job, _ = r.Job(t.Context(), id); job.Labels[0].State != printer.Cancelled {
		t.Errorf("label %s, want cancelled", job.Labels[0].State)
	}
	if _, err = r.Job(t.Context(), "none"); err == nil {
		t.Error("a job that there is not")
	}
	wantKind(t, err, fault.NotFound)
}

func TestPrintedIsToldOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	id := s.Parcels[0].Job
	if s.Stage() != agent.Printed {
		t.Fatalf("stage %s", s.Stage())
	}
	r.start(t)
	r.move(t, id, printer.Confirmed) // the spool that lost the answer says it again
	if n := r.count(t, shipment.LabelPrintedType); n != 1 {
		t.Errorf("told printed %d times", n)
	}
	wantKind(t, r.tryMove(t, id, printer.Queued), fault.Conflict)
}

// A label that was on its way to the printer when its order was voided does not
// come back, whatever the printer or a person says of it.
func TestAVoidedOrderPrintsNothingMore(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]printer.LabelState{"nothing was printed": printer.Queued, "nobody can say": printer.Unconfirmed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			id := r.take(t, order("A"), agent.Accepted).Parcels[0].Job
			r.move(t, id, printer.Sending)
			if _, err := r.Void(t.Context(), "A", "buyer cancelled"); err != nil {
				t.Fatal(err)
			}
			r.move(t, id, last)
			job, _ := r.Job(t.Context(), id)
			if job.Labels[0].State != printer.Cancelled {
				t.Errorf("label %s, want cancelled", job.Labels[0].State)
			}
			if pending, _ := r.Pending(t.Context(), role("shipping"), 10); len(pending) != 0 {
				t.Errorf("%d jobs pending", len(pending))
			}
			_, err := r.Resolve(t.Context(), id, false)
			wantKind(t, err, fault.Conflict)
		})
	}
}

func TestSeveralParcels(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	o := order("A")
	o.Parcels = []shipment.Parcel{{Weight: 100}, {Weight: 200}, {Weight: 300}}
	s := r.take(t, o, agent.Accepted)
	seen := map[string]bool{}
	for _, p := range s.Parcels {
		seen[string(p.TrackingNumber)], seen[string(p.Job)], seen[fmt.Sprint(p.ID)] = true, true, true
	}
	if len(seen) != 9 {
		t.Errorf("parcels share a number, job or ID: %+v", s.Parcels)
	}
	r.move(t, s.Parcels[0].Job, printer.Sending, printer.Confirmed)
	r.move(t, s.Parcels[1].Job, printer.Sending, printer.Unconfirmed)
	if got := r.state(t, "A").Stage(); got != agent.Unconfirmed {
		t.Errorf("stage %s, want that of the hindmost parcel", got)
	}
}
