package spool_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/virtual"
)

// change changes the job that was added last.
func (l *ledger) change(f func(j *printer.Job)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.jobs[len(l.jobs)-1])
}

// waits returns what the job that was added last waits for.
func (r *rig) waits(t *testing.T) string {
	t.Helper()
	jobs := r.ledger.all()
	why, err := r.spool.Waits(t.Context(), jobs[len(jobs)-1])
	if err != nil {
		t.Fatal(err)
	}
	return why
}

func TestUrgentGoesFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		for _, p := range []printer.Priority{printer.Later, printer.Normal, printer.Normal, printer.Urgent} {
			r.ledger.add(fmt.Sprint(p, len(r.ledger.jobs)), 1)
			r.ledger.change(func(j *printer.Job) { j.Priority = p })
		}
		r.start()
		r.ledger.until(t, time.Minute, "all printed", r.ledger.settled)
		jobs := r.ledger.all()
		for i, want := range []int{3, 1, 2, 0} {
			if got := v.Labels()[i].SHA256; got != jobs[want].SHA256 {
				t.Errorf("label %d is not that of job %s", i+1, jobs[want].ID)
			}
		}
	})
}

func TestPause(t *testing.T) {
	for name, hold := range map[string]printer.Hold{
		"of the printer": {Printer: "p", Reason: "cleaning", By: "Ann"}, "of the role": {Role: "shipping", Reason: "cleaning", By: "Ann"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{PerLabel: 5 * time.Second})
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				r.ledger.hold(hold)
				r.ledger.add("b", 1)
				r.ledger.untilState(t, "a", 1, printer.Confirmed) // what is in flight is finished
				time.Sleep(time.Hour)
				if got := r.ledger.label("b", 1).State; got != printer.Queued {
					t.Errorf("on a paused printer the label is %s", got)
				}
				if why := r.waits(t); !strings.Contains(why, "paused by Ann: cleaning") {
					t.Errorf("it waits for %q", why)
				}
				if st := r.spool.Status()[0]; (st.Hold != nil) != (hold.Printer != "") {
					t.Errorf("status %+v", st)
				}
				r.ledger.hold()
				r.spool.Wake()
				r.ledger.untilState(t, "b", 1, printer.Confirmed)
				r.exactly(1, v)
			})
		})
	}
}

// One printer of a role dies: the queued labels go to the others, what it had in
// flight goes nowhere by itself.
func TestFailOver(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a := r.printer("a", virtual.Options{PerLabel: time.Second, Serial: "A"})
		b := r.printer("b", virtual.Options{PerLabel: time.Second, Serial: "B"})
		for i := range 20 {
			r.ledger.add(fmt.Sprint("job", i), 1)
		}
		r.start()
		r.ledger.until(t, time.Minute, "both at work", func() bool { return len(a.Labels()) > 0 && len(b.Labels()) > 0 })
		r.ledger.until(t, time.Minute, "one in flight on a", func() bool {
			for _, j := range r.ledger.all() {
				sent := len(j.InFlight()) > 0 && j.Printer == "a" && j.InFlight()[0].State == printer.Sent
				if sent && onPaper([]printer.Job{j}, a)[j.ID] == 0 { // else it is out, and about to be confirmed
					return true
				}
			}
			return false
		})
		a.PowerOff()
		r.ledger.until(t, time.Hour, "all settled", r.ledger.settled)
		sum := map[printer.LabelState]int{}
		for _, j := range r.ledger.all() {
			sum[j.Labels[0].State]++
			if j.Labels[0].State == printer.Unconfirmed && j.Printer != "a" {
				t.Errorf("job %s of printer %q is unconfirmed", j.ID, j.Printer)
			}
		}
		if sum[printer.Unconfirmed] != 1 || sum[printer.Confirmed] != 19 {
			t.Errorf("%v", sum)
		}
		for id, n := range onPaper(r.ledger.all(), a, b) {
			if n > 1 {
				t.Errorf("job %s is on paper %d times", id, n)
			}
		}
	})
}

func TestRouting(t *testing.T) {
	big, small := printer.Form{Width: 101600, Height: 152400}, printer.Form{Width: 57000, Height: 32000}
	inBubble(t, func(t *testing.T, r *rig) {
		a := r.printer("a", virtual.Options{PerLabel: time.Second, Serial: "A"})
		b := r.printer("b", virtual.Options{PerLabel: time.Second, Serial: "B"})
		r.conf[0].Media, r.conf[1].Media = big, small
		r.conf[1].Media.Media = "blue"
		r.conf[1].Roles = []string{"shipping", "shelf"}
		for i := range 40 { // more than a printer looks ahead
			r.ledger.add(fmt.Sprint("big", i), 1)
			r.ledger.change(func(j *printer.Job) { j.Form = big })
		}
		a.Pause(true)
		for id, f := range map[string]func(j *printer.Job){
			"small": func(j *printer.Job) { j.Form = small },
			"shelf": func(j *printer.Job) { j.Role = "shelf" },
			"blue":  func(j *printer.Job) { j.Form.Media = "Blue" },
			"moved": func(j *printer.Job) { j.Form, j.Only = big, "b" },
		} {
			r.ledger.add(id, 1)
			r.ledger.change(f)
		}
		r.start()
		for _, id := range []string{"small", "shelf", "blue", "moved"} {
			r.ledger.untilState(t, id, 1, printer.Confirmed)
		}
		if n := len(b.Labels()); n != 4 {
			t.Errorf("%d labels on b", n)
		}
		r.ledger.add("nobody's", 1)
		for _, tt := range []struct {
			want string
			f    func(j *printer.Job)
		}{
			{`no printer takes "returns" labels`, func(j *printer.Job) { j.Role, j.Only = "returns", "" }},
			{`there is no printer "gone" any more`, func(j *printer.Job) { j.Role, j.Only = "shipping", "gone" }},
			{"the label is 50 × 152.4 mm, the printer", func(j *printer.Job) { j.Only, j.Form = "", printer.Form{Width: 50000, Height: 152400} }},
			{"a: paused", func(j *printer.Job) { j.Form = big }},
		} {
			r.ledger.change(tt.f)
			if why := r.waits(t); !strings.Contains(why, tt.want) {
				t.Errorf("it waits for %q, want %q", why, tt.want)
			}
		}
		job := r.ledger.all()[0]
		if why := r.spool.Takes("b", job); why != "" {
			t.Errorf("b does not take what a person moves to it: %s", why)
		}
		job.Language = "epl"
		if r.spool.Takes("b", job) == "" || r.spool.Takes("gone", job) == "" {
			t.Error("a label in EPL, or for a printer that is not there, is taken")
		}
		a.Pause(false)
		r.ledger.until(t, time.Hour, "a printed the rest", r.ledger.settled)
		r.exactly(1, a, b)
	})
}
