package spool_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// errDead is what a ledger says after its machine has died.
var errDead = errors.New("the machine is dead")

// ledger keeps jobs in memory. It can die at a record, before or after it is
// durable, as a machine does.
type ledger struct {
	mu      sync.Mutex
	jobs    []printer.Job
	holds   []printer.Hold
	history []string // every state recorded
	records int
	dieAt   int                           // the record that kills the machine; 0 for none
	dieOf   func(jobs []printer.Job) bool // or the first that is so
	keepIt  bool                          // that record is durable
	dead    bool
	onDeath func()
	changed chan struct{}

	afterwards func(*printer.Job) // what a person does as soon as a job is recorded
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{})} }

func (l *ledger) Holds(context.Context) ([]printer.Hold, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.holds), nil
}

// hold pauses, or with no holds takes every pause back.
func (l *ledger) hold(holds ...printer.Hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds = holds
}

func (l *ledger) Pending(_ context.Context, wanted func(printer.Route) bool, max int) ([]printer.Job, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return nil, errDead
	}
	var out []printer.Job
	for _, j := range l.jobs {
		if len(j.InFlight())+len(j.Queued()) > 0 && wanted(j.Route()) {
			out = append(out, j)
		}
	}
	slices.SortStableFunc(out, func(a, b printer.Job) int { return a.Route().Compare(b.Route()) })
	return out[:min(max, len(out))], nil
}

func (l *ledger) Record(_ context.Context, jobs ...printer.Job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return errDead
	}
	l.records++
	dies := l.records == l.dieAt || l.dieOf != nil && l.dieOf(jobs)
	for _, job := range jobs {
		if i := l.place(job.ID); i >= 0 {
			if err := l.jobs[i].Follows(job); err != nil {
				return &fault.Error{Kind: fault.Conflict, Err: err}
			}
		}
	}
	if !dies || l.keepIt {
		for _, job := range jobs {
			l.keep(job)
		}
		l.tell()
	}
	if dies {
		l.dead = true
		l.onDeath()
		return errDead
	}
	return nil
}

// place returns where the job of that ID is; -1 where it is not. mu is held.
func (l *ledger) place(id printer.JobID) int {
	return slices.IndexFunc(l.jobs, func(j printer.Job) bool { return j.ID == id })
}

// keep keeps a job's new state. mu is held.
func (l *ledger) keep(job printer.Job) {
	if i := l.place(job.ID); i >= 0 {
		l.jobs[i] = job
		if l.afterwards != nil {
			l.afterwards(&l.jobs[i])
		}
	}
	for _, lb := range job.Labels {
		l.history = append(l.history, fmt.Sprintf("%s/%d %s %s", job.ID, lb.K, lb.State, lb.Evidence))
	}
}

// revive starts the machine again.
func (l *ledger) revive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead, l.dieAt, l.dieOf = false, 0, nil
}

// tell wakes whoever awaits a change. mu is held.
func (l *ledger) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// add queues a job of n labels whose content is unlike any other's.
func (l *ledger) add(id string, n int) {
	content := fmt.Appendf(nil, "^XA^FO20,20^A0N,30^FD%s^FS^XZ", id)
	j := printer.Job{ID: printer.JobID(id), Role: "shipping", Language: "zpl", Content: content, SHA256: digest(content)}
	for k := range n {
		j.Labels = append(j.Labels, printer.Label{K: k + 1, State: printer.Queued})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = append(l.jobs, j)
	l.tell()
}

// digest returns a label's digest as jobs have it.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// all returns the jobs as they are.
func (l *ledger) all() []printer.Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.jobs)
}

// label returns a label as it is.
func (l *ledger) label(id string, k int) printer.Label {
	for _, j := range l.all() {
		if string(j.ID) == id {
			return j.Labels[k-1]
		}
	}
	return printer.Label{}
}

// decide moves the first label on a person's word.
func (l *ledger) decide(t *testing.T, to printer.LabelState) {
	t.Helper()
	job := l.all()[0]
	label, err := job.Labels[0].Move(to, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Record(t.Context(), job.With(label)); err != nil {
		t.Fatal(err)
	}
}

// void takes an order back: the labels of its job that no printer has are not to be
// printed, also where they come back into the queue.
func (l *ledger) void(id printer.JobID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.afterwards = func(j *printer.Job) {
		for i := range j.Labels {
			if j.ID == id && j.Labels[i].State == printer.Queued {
				j.Labels[i].State = printer.Cancelled
			}
		}
	}
}

// settled reports whether no label needs the spool any more.
func (l *ledger) settled() bool {
	for _, j := range l.all() {
		for _, lb := range j.Labels {
			if !lb.State.Final() && lb.State != printer.Unconfirmed {
				return false
			}
		}
	}
	return true
}

// until waits for ok to hold; it fails after limit.
func (l *ledger) until(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			t.Fatalf("%s: not within %s; history %q", what, limit, l.history)
		}
	}
}

// untilState waits for a label's state.
func (l *ledger) untilState(t *testing.T, id string, k int, want printer.LabelState) printer.Label {
	t.Helper()
	l.until(t, 15*time.Minute, fmt.Sprintf("%s/%d is %s", id, k, want), func() bool { return l.label(id, k).State == want })
	return l.label(id, k)
}

// untilWas waits until a label has been in a state that may pass at once.
func (l *ledger) untilWas(t *testing.T, id string, k int, state printer.LabelState) {
	t.Helper()
	entry := fmt.Sprintf("%s/%d %s ", id, k, state)
	l.until(t, 15*time.Minute, entry+"was seen", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return slices.ContainsFunc(l.history, func(h string) bool { return strings.HasPrefix(h, entry) })
	})
}

// rig is a spool with virtual printers, on pipes: inside a synctest bubble its
// time is virtual.
type rig struct {
	t      *testing.T
	ctx    context.Context
	ledger *ledger
	log    *slog.Logger
	wg     sync.WaitGroup
	stop   context.CancelFunc // of the running spool
	done   chan struct{}
	spool  *spool.Spool
	tune   func(*spool.Options)
	seen   []string // statuses told, by conditions
	mu     sync.Mutex
	conf   []spool.Config
}

// newRig starts no spool yet.
func newRig(t *testing.T) *rig {
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{t: t, ctx: ctx, ledger: newLedger(), log: slog.New(slog.DiscardHandler)}
	t.Cleanup(func() {
		r.halt()
		cancel()
		r.wg.Wait()
	})
	return r
}

// printer adds a virtual printer that the spool reaches by a pipe.
func (r *rig) printer(name string, o virtual.Options) *virtual.Printer {
	r.t.Helper()
	o.Listen = "-"
	o.Dir = r.t.TempDir()
	v := virtual.New(o)
	r.wg.Go(func() {
		if err := v.Run(r.ctx); err != nil {
			r.t.Errorf("virtual printer: %v", err)
		}
	})
	<-v.Ready()
	r.conf = append(r.conf, spool.Config{Name: name, Roles: []string{"shipping"}, Driver: driver.All()["zpl"], Dial: r.pipeTo(v)})
	return v
}

// pipeTo dials v.
func (r *rig) pipeTo(v *virtual.Printer) printer.Dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ours, theirs := net.Pipe()
		r.wg.Go(func() { v.Serve(r.ctx, theirs) })
		return ours, nil
	}
}

// start runs a new spool on the rig's ledger.
func (r *rig) start() {
	o := spool.Options{Ledger: r.ledger, Printers: r.conf, Log: r.log, OnStatus: r.told}
	if r.tune != nil {
		r.tune(&o)
	}
	ctx, cancel := context.WithCancel(r.ctx)
	r.spool, r.stop, r.done = spool.New(o), cancel, make(chan struct{})
	r.wg.Go(func() {
		defer close(r.done)
		if err := r.spool.Run(ctx); err != nil {
			r.t.Errorf("spool: %v", err)
		}
	})
	<-r.spool.Ready()
}

// halt stops the spool and waits for its end.
func (r *rig) halt() {
	if r.stop != nil {
		r.stop()
		<-r.done
		r.stop = nil
	}
}

// crash ends the spool as a power cut ends its machine: nothing more is
// recorded.
func (r *rig) crash() {
	r.ledger.mu.Lock()
	r.ledger.dead = true
	r.ledger.mu.Unlock()
	r.halt()
	r.ledger.revive()
}

// told notes what the spool says about a printer.
func (r *rig) told(name string, s printer.Status, _ printer.Identity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, fmt.Sprint(name, " ", s.Conditions))
}

// hasTold reports whether the spool has told of c.
func (r *rig) hasTold(c printer.Condition) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.seen, func(s string) bool { return bytes.Contains([]byte(s), []byte(c)) })
}

// onPaper returns how often each job is on the paper of vs.
func onPaper(jobs []printer.Job, vs ...*virtual.Printer) map[printer.JobID]int {
	n := make(map[printer.JobID]int)
	for _, v := range vs {
		for _, l := range v.Labels() {
			for _, j := range jobs {
				if l.Whole() && slices.Contains(sums(j), l.SHA256) { // a torn one is no label
					n[j.ID]++
				}
			}
		}
	}
	return n
}

// sums returns the digests under which a label of j may be on the record: as it
// is, and as part of a batch of any size.
func sums(j printer.Job) []string {
	all := []string{j.SHA256}
	for n := 2; n <= len(j.Labels); n++ {
		all = append(all, digest(bytes.Replace(j.Content, []byte("^XZ"), fmt.Appendf(nil, "^PQ%d^XZ", n), 1)))
	}
	return all
}

// exactly fails the test unless each job is on paper want times.
func (r *rig) exactly(want int, vs ...*virtual.Printer) {
	r.t.Helper()
	jobs := r.ledger.all()
	n := onPaper(jobs, vs...)
	for _, j := range jobs {
		if n[j.ID] != want {
			r.t.Errorf("job %s is on paper %d times, want %d; history %q", j.ID, n[j.ID], want, r.ledger.history)
		}
	}
}
