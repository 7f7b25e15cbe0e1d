package desk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
)

// shelf is a set of printers as the spool would know them.
type shelf struct{ keeps string }

func (shelf) Knows(name, role string) bool {
	return name == "left" || name == "right" || role == "shipping"
}

func (shelf) Takes(name string, _ printer.Job) string {
	return map[string]string{"left": "", "right": "it is loaded with blue"}[name]
}

func (shelf) Waits(context.Context, printer.Job) (string, error) { return "left: out of labels", nil }
func (s shelf) Keeps(string) string                              { return s.keeps }

// copies takes an order whose label is wanted n times.
func (r *rig) copies(t *testing.T, id string, n int) printer.JobID {
	t.Helper()
	o := order(id)
	o.Label.Copies = n
	return r.take(t, o, agent.Accepted).Parcels[0].Job
}

// states returns the states of a job's labels.
func (r *rig) states(t *testing.T, id printer.JobID) []printer.LabelState {
	t.Helper()
	job, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var list []printer.LabelState
	for _, l := range job.Labels {
		list = append(list, l.State)
	}
	return list
}

func TestCancelJob(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	id := r.copies(t, "A", 2)
	if _, err := r.CancelJob(t.Context(), id, "wrong roll"); err != nil {
		t.Fatal(err)
	}
	s := r.state(t, "A")
	if p := s.Parcels[0]; s.Stage() != agent.Unprinted || !strings.Contains(p.Reason, "wrong roll") || !p.Reprintable() {
		t.Errorf("stage %s, parcel %+v", s.Stage(), p)
	}
	wantKind(t, r.tryMove(t, id, printer.Sending), fault.Conflict)
	_, err := r.CancelJob(t.Context(), id, "again")
	wantKind(t, err, fault.Conflict)
	if s, err = r.Reprint(t.Context(), "A", 1, "wanted after all"); err != nil || s.Stage() != agent.Printing {
		t.Errorf("stage %s, %v", s.Stage(), err)
	}
	if job, _ := r.Job(t.Context(), s.Parcels[0].Job); job.Priority != printer.Urgent {
		t.Errorf("a reprint, for which somebody waits, has priority %s", job.Priority)
	}
}

// Copies taken back leave the parcel with the label it has.
func TestCancelTheCopiesLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	id := r.copies(t, "A", 3)
	job, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	first := job.Labels[0]
	for _, to := range []printer.LabelState{printer.Sending, printer.Confirmed} {
		if first, err = first.Move(to, r.now); err != nil {
			t.Fatal(err)
		}
		if err := r.Record(t.Context(), job.With(first)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.CancelJob(t.Context(), id, "one is enough"); err != nil {
		t.Fatal(err)
	}
	want := []printer.LabelState{printer.Confirmed, printer.Cancelled, printer.Cancelled}
	if diff := cmp.Diff(want, r.states(t, id)); diff != "" || r.state(t, "A").Stage() != agent.Printed {
		t.Errorf("stage %s (-want +got):\n%s", r.state(t, "A").Stage(), diff)
	}
}

// The spool has read a job before a person takes its other labels back: what it
// records of the one in flight is taken, and the others stay taken back.
func TestCancelBesideALabelInFlight(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	id := r.copies(t, "A", 2)
	job, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	first := job.Labels[0]
	for i, to := range []printer.LabelState{printer.Sending, printer.Sent, printer.Confirmed} {
		if first, err = first.Move(to, r.now); err != nil {
			t.Fatal(err)
		}
		if err := r.Record(t.Context(), job.With(first)); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue
		}
		if _, err := r.CancelJob(t.Context(), id, "one is enough"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]printer.LabelState{printer.Confirmed, printer.Cancelled}, r.states(t, id)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestMoveJob(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.UsePrinters(shelf{})
	r.stock(t, ground)
	id := r.copies(t, "A", 1)
	before, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.MoveJob(t.Context(), id, "right")
	wantKind(t, err, fault.Conflict)
	if _, err = r.MoveJob(t.Context(), id, "left"); err != nil {
		t.Fatal(err)
	}
	// A spool that had read the job before must not send it elsewhere.
	l, err := before.Labels[0].Move(printer.Sending, r.now)
	if err != nil {
		t.Fatal(err)
	}
	stale := before.With(l)
	stale.Printer = "right"
	wantKind(t, r.Record(t.Context(), stale), fault.Conflict)
	stale.Printer = "left"
	if err := r.Record(t.Context(), stale); err != nil {
		t.Fatal(err)
	}
	if job, _ := r.Job(t.Context(), id); job.Only != "left" {
		t.Errorf("the spool's record forgot the move: %q", job.Only)
	}
	_, err = r.MoveJob(t.Context(), id, "")
	wantKind(t, err, fault.Conflict) // it is in flight
}

// An order's own wish; the same order with another is the same order.
func TestPriorityOfAnOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	o := order("A")
	o.Label.Priority = "later"
	id := r.take(t, o, agent.Accepted).Parcels[0].Job
	if job, err := r.Job(t.Context(), id); err != nil || job.Priority != printer.Later {
		t.Errorf("priority %s, %v", job.Priority, err)
	}
	o.Label.Priority = "urgent"
	r.take(t, o, agent.AlreadyTaken)
}

func TestPrioritiseJob(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	a, b := r.copies(t, "A", 1), r.copies(t, "B", 1)
	first := func() printer.JobID {
		list, err := r.Pending(t.Context(), role("shipping"), 1)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].ID
	}
	if got := first(); got != a {
		t.Errorf("first is %s, want the oldest", got)
	}
	if _, err := r.PrioritiseJob(t.Context(), b, printer.Urgent); err != nil {
		t.Fatal(err)
	}
	if got := first(); got != b {
		t.Errorf("first is %s, want the urgent one", got)
	}
	r.move(t, a, printer.Sending)
	if got := first(); got != a {
		t.Errorf("first is %s, want the one in flight", got)
	}
	r.start(t)
	if got := first(); got != a {
		t.Errorf("after a restart first is %s", got)
	}
}

func TestStopWaitingThenSay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		printed int
		want    []printer.LabelState
		stage   agent.Stage
	}{
		"none came out": {0, []printer.LabelState{printer.Queued, printer.Queued, printer.Queued}, agent.Printing},
		"two came out":  {2, []printer.LabelState{printer.Confirmed, printer.Confirmed, printer.Queued}, agent.Printing},
		"all came out":  {3, []printer.LabelState{printer.Confirmed, printer.Confirmed, printer.Confirmed}, agent.Printed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			id := r.copies(t, "A", 3)
			_, err := r.StopWaiting(t.Context(), id)
			wantKind(t, err, fault.Conflict)
			r.move(t, id, printer.Sending, printer.Sent)
			if _, err := r.StopWaiting(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			s := r.state(t, "A")
			if s.Stage() != agent.Unconfirmed || s.Parcels[0].Doubtful != 3 || !strings.Contains(s.Parcels[0].Reason, "Switch it off") {
				t.Errorf("stage %s, parcel %+v", s.Stage(), s.Parcels[0])
			}
			_, err = r.ResolveCount(t.Context(), id, 4)
			wantKind(t, err, fault.Invalid)
			if _, err := r.ResolveCount(t.Context(), id, tt.printed); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, r.states(t, id)); diff != "" || r.state(t, "A").Stage() != tt.stage {
				t.Errorf("stage %s (-want +got):\n%s", r.state(t, "A").Stage(), diff)
			}
			if n := r.count(t, shipment.LabelPrintedType); n != tt.printed {
				t.Errorf("told printed %d times, want %d", n, tt.printed)
			}
		})
	}
}

// While the printer says that it still has something to print, the label is not
// sent again on a person's word: both would come out.
func TestNoSecondLabelBesideTheFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.UsePrinters(shelf{keeps: "1 to print"})
	r.stock(t, ground)
	id := r.copies(t, "A", 1)
	r.move(t, id, printer.Sending, printer.Unconfirmed)
	_, err := r.Resolve(t.Context(), id, false)
	wantKind(t, err, fault.Conflict)
	if !strings.Contains(err.Error(), "switch the printer off") {
		t.Errorf("%v: no remedy", err)
	}
	if _, err := r.Resolve(t.Context(), id, true); err != nil {
		t.Errorf("a label that came out: %v", err)
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.UsePrinters(shelf{})
	r.stock(t, ground)
	id := r.copies(t, "A", 1)
	for _, tt := range []struct {
		to   printer.LabelState
		want string
	}{
		{printer.Queued, "left: out of labels"},
		{printer.Sending, "zebra: printing"},
		{printer.Unconfirmed, "a person: did its label come out?"},
		{printer.Confirmed, ""},
	} {
		if tt.to != printer.Queued {
			r.move(t, id, tt.to)
		}
		job, err := r.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Waits(t.Context(), job); got != tt.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", tt.to, got, err, tt.want)
		}
	}
}

func TestPausesOutliveTheProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.UsePrinters(shelf{})
	ctx := t.Context()
	wantKind(t, r.HoldLabels(ctx, printer.Hold{Printer: "left", Role: "shipping", Reason: "both"}), fault.Invalid)
	wantKind(t, r.HoldLabels(ctx, printer.Hold{Printer: "left", Reason: " "}), fault.Invalid)
	wantKind(t, r.HoldLabels(ctx, printer.Hold{Printer: "gone", Reason: "cleaning"}), fault.NotFound)
	for _, h := range []printer.Hold{{Printer: "left", Reason: "cleaning", By: "Ann"}, {Role: "shipping", Reason: "stock-taking"}} {
		if err := r.HoldLabels(ctx, h); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.ReleaseLabels(ctx, "", "shipping"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, r.ReleaseLabels(ctx, "lfet", ""), fault.NotFound)
	want := []printer.Hold{{Printer: "left", Reason: "cleaning", By: "Ann", At: r.now}}
	for _, when := range []string{"at once", "after a restart"} {
		got, err := r.Holds(ctx)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got):\n%s\n%v", when, diff, err)
		}
		r.start(t)
	}
}

// A label in doubt does not hide those of its job that are still in flight: until
// they have their outcome, nothing else may go to that printer.
func TestWhatIsInFlightComesBeforeAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	id := r.copies(t, "A", 3)
	job, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	job.Printer = "left"
	for _, to := range []printer.LabelState{printer.Sending, printer.Unconfirmed} {
		for i, l := range job.Labels {
			if to == printer.Unconfirmed && i > 0 {
				break
			}
			if l, err = l.Move(to, r.now); err != nil {
				t.Fatal(err)
			}
			job = job.With(l)
		}
		if err := r.Record(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	wanted := func(route printer.Route) bool { return route.Flight == "left" }
	if list, err := r.Pending(t.Context(), wanted, 9); err != nil || len(list) != 1 {
		t.Errorf("the spool finds %d jobs in flight, %v", len(list), err)
	}
	if _, err := r.Resolve(t.Context(), id, true); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]printer.LabelState{printer.Confirmed, printer.Sending, printer.Sending}, r.states(t, id)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}
