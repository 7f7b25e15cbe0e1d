package desk_test

import (
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A job whose label's bytes are damaged or gone stops nothing but itself: the others go
// to the printer, every list and the start show it, and ordered once more it is made
// anew.
func TestAJobWithoutItsLabelStopsNoOther(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	var jobs []printer.JobID
	for _, id := range []string{"A", "B", "C"} {
		jobs = append(jobs, r.take(t, order(id), agent.Accepted).Parcels[0].Job)
	}
	gone := printer.Job{ID: "gone", Ref: "r", Raw: true, Role: "shipping", Language: "zpl", Created: morning, Labels: []printer.Label{{K: 1, State: printer.Queued, At: morning}}}
	if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
		if err := tx.Put("job_content", string(jobs[1]), 7, journal.Index{}); err != nil { // which is no label
			return err
		}
		return tx.Put("job", "gone", gone, journal.Index{State: "pending:" + gone.Route().String()})
	}); err != nil {
		t.Fatal(err)
	}
	r.start(t) // with nothing remembered
	if err := r.Resume(t.Context(), time.Second); err != nil {
		t.Errorf("start: %v", err)
	}
	pending, err := r.Pending(t.Context(), role("shipping"), 9)
	if err != nil || len(pending) != 4 {
		t.Fatalf("%d jobs, %v", len(pending), err)
	}
	for _, j := range pending {
		if lost := j.ID == jobs[1] || j.ID == "gone"; (j.Sound() != nil) != lost {
			t.Errorf("job %s: %v", j.ID, j.Sound())
		}
	}
	if list, err := r.Jobs(t.Context(), 9); err != nil || len(list) != 4 {
		t.Errorf("%d jobs are listed, %v", len(list), err)
	}
	if _, err := r.Overview(t.Context(), 9); err != nil {
		t.Errorf("overview: %v", err)
	}
	r.move(t, jobs[0], printer.Sending, printer.Sent, printer.Confirmed)
	for _, id := range []printer.JobID{jobs[1], "gone"} {
		job, err := r.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		l, err := job.Labels[0].Move(printer.Failed, r.now)
		if err != nil {
			t.Fatal(err)
		}
		l.Reason = job.Sound().Error()
		if err := r.Record(t.Context(), job.With(l)); err != nil {
			t.Fatal(err)
		}
	}
	o, err := r.Overview(t.Context(), 9)
	if err != nil || len(o.Attention) != 1 || o.Attention[0].Order.ID != "B" || len(o.Raw) != 1 {
		t.Errorf("told: %+v and %+v, %v", o.Attention, o.Raw, err)
	}
	if why := r.state(t, "B").Parcels[0].Reason; !strings.Contains(why, "once more") {
		t.Errorf("the reason is %q", why)
	}
	s, err := r.Reprint(t.Context(), "B", 1, "the label was lost")
	if err != nil {
		t.Fatal(err)
	}
	if job, err := r.Job(t.Context(), s.Parcels[0].Job); err != nil || job.ID == jobs[1] || job.Sound() != nil {
		t.Errorf("the new job %s: %v, %v", job.ID, job.Sound(), err)
	}
}

// Two jobs are recorded together or not at all.
func TestTwoJobsAreOneRecord(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	var jobs []printer.Job
	for _, id := range []string{"A", "B"} {
		job := r.take(t, order(id), agent.Accepted).Parcels[0].Job
		r.move(t, job, printer.Sending, printer.Sent)
		j, err := r.Job(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, j)
	}
	to := func(j printer.Job, state printer.LabelState) printer.Job {
		l := j.Labels[0]
		l.State = state
		return j.With(l)
	}
	states := func() [2]printer.LabelState {
		t.Helper()
		var got [2]printer.LabelState
		for i, j := range jobs {
			job, err := r.Job(t.Context(), j.ID)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = job.Labels[0].State
		}
		return got
	}
	told := r.count(t, shipment.LabelUnconfirmedType)
	wantKind(t, r.Record(t.Context(), to(jobs[0], printer.Unconfirmed), to(jobs[1], printer.Cancelled)), fault.Conflict)
	if got := states(); got != [2]printer.LabelState{printer.Sent, printer.Sent} || r.count(t, shipment.LabelUnconfirmedType) != told {
		t.Errorf("after a record that was refused: %v", got)
	}
	if err := r.Record(t.Context(), to(jobs[0], printer.Unconfirmed), to(jobs[1], printer.Unconfirmed)); err != nil {
		t.Fatal(err)
	}
	if got := states(); got != [2]printer.LabelState{printer.Unconfirmed, printer.Unconfirmed} || r.count(t, shipment.LabelUnconfirmedType) != told+2 {
		t.Errorf("after the record: %v, %d told", got, r.count(t, shipment.LabelUnconfirmedType))
	}
}
