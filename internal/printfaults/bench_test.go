package printfaults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"waybill/internal/printaudit"
	"waybill/internal/process"
)

const (
	// depth is how many jobs wait at a bench.
	depth = 16
	// stuck is how long nothing may be finished before a campaign gives up.
	stuck = 3 * time.Minute
	// outOfSight is how long a printer may be unseen for its count to prove a
	// label, as docs/states.md has it.
	outOfSight = 10 * time.Second
)

// work takes the bench's orders in and has them printed while things go wrong,
// until every label has its outcome.
func (b *bench) work(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	trouble, calm := context.WithCancel(ctx)
	defer calm()
	if b.c.limit > 0 {
		trouble, calm = context.WithTimeout(ctx, b.c.limit)
		defer calm()
	}
	var wg sync.WaitGroup
	wg.Go(func() { b.hand(ctx, trouble, b.rand(1)) })
	if len(b.c.only) == 0 {
		wg.Go(func() { b.killNowAndThen(trouble, b.rand(2)) })
	}
	for i, u := range b.units {
		wg.Go(func() { b.befall(trouble, u, b.rand(uint64(10+i))) })
	}
	b.look(ctx, calm)
	stop()
	wg.Wait()
}

// hand hands the orders in, a few ahead of the printers, all of them or as many
// as the mishaps' time has room for.
func (b *bench) hand(ctx, trouble context.Context, rnd *rand.Rand) {
	defer b.handed.Store(true)
	for i := range b.jobs {
		for b.unfinished.Load() >= depth && process.Wait(trouble, 20*time.Millisecond) {
		}
		if trouble.Err() != nil {
			return
		}
		copies, large := 1, rnd.IntN(25) == 0
		if rnd.IntN(6) == 0 {
			copies = 2 + rnd.IntN(3)
		}
		id := fmt.Sprintf("FAULTS-%d-%06d", b.number, i+1)
		if err := b.station.order(ctx, id, b.number*1_000_000+i, copies, large); err != nil {
			if ctx.Err() == nil {
				b.complain("%v", err)
			}
			return
		}
		b.unfinished.Add(1) // until it is counted anew
		b.orders = append(b.orders, printaudit.Order{ID: id, Labels: copies})
	}
}

// killNowAndThen kills the station at random.
func (b *bench) killNowAndThen(ctx context.Context, rnd *rand.Rand) {
	for process.Wait(ctx, between(rnd, 3*time.Second, 20*time.Second)) {
		if err := b.station.Restart(ctx, between(rnd, 0, 500*time.Millisecond)); err != nil && ctx.Err() == nil {
			b.complain("%v", err)
		}
	}
}

// befall lets one mishap after the other happen to a printer.
func (b *bench) befall(ctx context.Context, u *unit, rnd *rand.Rand) {
	for process.Wait(ctx, between(rnd, 0, 1500*time.Millisecond)) {
		m := draw(u, rnd, b.c.only)
		u.calm.Lock()
		err := m.do(ctx, u, rnd, b.c)
		u.done[m.name]++
		u.calm.Unlock()
		if err != nil && ctx.Err() == nil {
			b.complain("%s at %s: %v", m.name, u.name, err)
		}
	}
	// What the end has cut short must not stay.
	u.calm.Lock()
	defer u.calm.Unlock()
	last := context.WithoutCancel(ctx)
	u.wire.answers(nil)
	for path, body := range map[string]string{"/faults": `{"paper_out":false,"paper_left":null,"head_open":false,"ribbon_out":false,"silent":false,"delay":"0s"}`, "/pause": `{"on":false}`, "/power-on": ""} {
		if err := u.order(last, path, body); err != nil {
			b.complain("%v", err)
		}
	}
}

// look is the person at the bench: reads what is unfinished, answers for labels
// that nobody else can, and returns when everything is done. When next to nothing
// is left to print, it lets the mishaps end with calm.
func (b *bench) look(ctx context.Context, calm func()) {
	var people sync.WaitGroup
	defer people.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answering := map[string]bool{}
	var mu sync.Mutex
	moved, last := time.Now(), ""
	for process.Wait(ctx, 100*time.Millisecond) {
		all := b.handed.Load()
		jobs, err := b.reader.Unfinished(ctx)
		if err != nil {
			if ctx.Err() == nil {
				b.complain("%v", err)
			}
			return
		}
		b.unfinished.Store(int64(len(jobs)))
		if now := fmt.Sprint(jobs); now != last {
			moved, last = time.Now(), now
		}
		if time.Since(moved) > stuck {
			b.complain("nothing has moved for %s; unfinished: %+v\n%s", stuck, jobs[:min(3, len(jobs))], b.station.Tail())
			return
		}
		if all && len(jobs) <= 4 {
			calm()
		}
		if all && !slices.ContainsFunc(jobs, printaudit.Job.Open) {
			return
		}
		for _, j := range jobs {
			mu.Lock()
			busy := answering[j.ID]
			mu.Unlock()
			if busy || !slices.ContainsFunc(j.Labels, unsure) {
				continue
			}
			answering[j.ID] = true
			people.Go(func() {
				b.answer(ctx, j)
				mu.Lock()
				delete(answering, j.ID)
				mu.Unlock()
			})
		}
	}
}

func unsure(l printaudit.Label) bool { return l.State == "unconfirmed" }

// answer looks whether the labels of a job that nobody is sure of have come out,
// and says so.
func (b *bench) answer(ctx context.Context, j printaudit.Job) {
	i := slices.IndexFunc(b.units, func(u *unit) bool { return u.name == j.Printer })
	if i < 0 {
		b.complain("job %s has unconfirmed labels at %q, which is no printer", j.ID, j.Printer)
		return
	}
	u := b.units[i]
	u.calm.Lock()
	defer u.calm.Unlock()
	if !process.Wait(ctx, 200*time.Millisecond) || !u.empty(ctx) {
		return
	}
	papers := b.papers()
	sure, open := 0, 0
	for _, l := range j.Labels {
		switch l.State {
		case "confirmed":
			sure++
		case "unconfirmed":
			open++
			b.note(j, l, u, papers)
		}
	}
	outcome := "not_printed"
	if n := printaudit.Copies(j, papers) - sure; n >= open {
		outcome = "printed"
	} else if n > 0 {
		b.complain("job %s: %d of %d unconfirmed labels came out, and a person can only answer for all", j.ID, n, open)
	}
	for ctx.Err() == nil {
		status, text, err := b.station.Call(ctx, http.MethodPost, "/v1/jobs/"+j.ID+"/resolve", []byte(`{"outcome":"`+outcome+`"}`))
		switch {
		case err == nil && (status == http.StatusOK || status == http.StatusConflict): // a conflict: it is decided, perhaps by our own call before a kill
			return
		case err == nil && status < http.StatusInternalServerError:
			b.complain("job %s, %s: the station answers %d: %s", j.ID, outcome, status, text)
			return
		}
		process.Wait(ctx, 50*time.Millisecond)
	}
}

// note keeps what a person was asked.
func (b *bench) note(j printaudit.Job, l printaudit.Label, u *unit, papers []printaudit.Paper) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.asked[fmt.Sprint(j.ID, "/", l.K)] = true
	doubt := printaudit.Judge(j, l, papers)
	if doubt.Decidable && l.Baseline != nil {
		// The label went out at the earliest when the printer stood at its baseline.
		from := l.At.Add(-time.Minute)
		for _, p := range papers {
			for _, d := range p.Labels {
				if p.Printer == u.name && d.Odometer == *l.Baseline && d.At.After(from) {
					from = d.At
				}
			}
		}
		if gap := u.wire.unseen(from, l.At); gap > outOfSight {
			doubt = printaudit.Doubt{Why: "its printer was out of sight for more than ten seconds, and may have been off"}
		}
	}
	b.c.asked = append(b.c.asked, question{job: j.ID, k: l.K, kind: u.name, reason: l.Reason, doubt: doubt})
}
