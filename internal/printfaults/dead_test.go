package printfaults_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"waybill/internal/printaudit"
	"waybill/internal/process"
)

// TestOneOfFourIsDead has four stations print the same work at the same time:
// one has three printers, the others a fourth that is dead, each in its way. The
// three must not be slower for it.
func TestOneOfFourIsDead(t *testing.T) {
	process.Skip(t)
	bin := process.Build(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	const labels = 90
	desks := []*desk{{death: "none: three printers"}, {death: "refuses"}, {death: "takes everything and never answers"}, {death: "goes off with a label in it"}}
	for i, d := range desks {
		d.prepare(ctx, t, bin, i)
	}
	var wg sync.WaitGroup
	for _, d := range desks {
		wg.Go(func() { d.err = d.work(ctx, labels) })
	}
	wg.Wait()
	for _, d := range desks {
		if d.err != nil {
			t.Fatalf("%s: %v", d.death, d.err)
		}
		ratio := d.took.Seconds() / desks[0].took.Seconds()
		t.Logf("%-35s %d labels from three printers in %.1f s, %.2f × the time without a fourth", d.death, d.printed, d.took.Seconds(), ratio)
		if ratio > 1.25 {
			t.Errorf("%s: the other printers need %.2f × the time", d.death, ratio)
		}
	}
}

// A desk is a station with three printers and perhaps a dead one.
type desk struct {
	dir     string
	death   string
	station *station
	alive   []*unit
	dying   *unit
	printed int
	took    time.Duration // from the first label to the last, on the three
	err     error
}

// prepare starts the station.
func (d *desk) prepare(ctx context.Context, t *testing.T, bin string, number int) {
	t.Helper()
	dir, config := t.TempDir(), ""
	add := func(name, addr string) {
		config += fmt.Sprintf("  - {name: %s, driver: zpl, link: \"tcp://%s\", roles: [shipping], dpi: 203}\n", name, addr)
	}
	unit := func(name string) *unit {
		u := newUnit(context.WithoutCancel(ctx), t, dir, fmt.Sprintf("DESK%d%s", number, name), kind{name: name, clients: 1, counts: true, faults: `{}`}, 400*time.Millisecond)
		add(name, u.wire.listener.Addr().String())
		return u
	}
	switch d.death { // first of all, so that it is asked first as well
	case "refuses":
		add("dead", process.FreeAddrs(t, 1)[0])
	case "takes everything and never answers":
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		add("dead", l.Addr().String()) // the kernel takes what comes, and nobody reads it
	case "goes off with a label in it":
		d.dying = unit("dead")
	}
	for _, name := range []string{"a", "b", "c"} {
		d.alive = append(d.alive, unit(name))
	}
	d.dir = dir
	d.station = newStation(t, bin, dir, config)
	if err := d.station.Up(ctx, "/readyz"); err != nil {
		t.Fatal(err)
	}
}

// work has n labels printed, and measures.
func (d *desk) work(ctx context.Context, n int) error {
	want := n
	off := make(chan error, 1)
	if d.dying == nil {
		off <- nil
	} else {
		want -= 2 // it keeps the one that it was off with, and the one sent ahead, if there was one
		go func() {
			d.dying.wire.set(ctx, 100, func(*circuit) bool { return true })
			off <- d.dying.order(ctx, "/power-off", "")
		}()
	}
	for i := range n {
		if err := d.station.order(ctx, fmt.Sprintf("DESK-%03d", i), i, 1, false); err != nil {
			return err
		}
	}
	for process.Wait(ctx, 100*time.Millisecond) {
		var first, last time.Time
		d.printed = 0
		for _, u := range d.alive {
			labels, err := printaudit.ReadPaper(u.dir)
			if err != nil {
				return err
			}
			for _, l := range labels {
				d.printed++
				if first.IsZero() || l.At.Before(first) {
					first = l.At
				}
				if l.At.After(last) {
					last = l.At
				}
			}
		}
		d.took = last.Sub(first)
		if d.printed >= want {
			return firstError(<-off, d.settled(ctx, want))
		}
	}
	return fmt.Errorf("%d of %d labels came out: %w", d.printed, want, ctx.Err())
}

// settled waits until the journal has what is on paper.
func (d *desk) settled(ctx context.Context, want int) error {
	r, err := printaudit.OpenJournal(filepath.Join(d.dir, "data", "journal.db"))
	if err != nil {
		return err
	}
	defer r.Close()
	sure := 0
	for process.Wait(ctx, 100*time.Millisecond) {
		j, err := r.All(ctx)
		if err != nil {
			return err
		}
		sure = 0
		for _, job := range j.Jobs {
			if !job.Open() {
				sure++
			}
		}
		if sure >= want {
			return nil
		}
	}
	return fmt.Errorf("%d labels on paper, %d in the journal: %w", want, sure, ctx.Err())
}
