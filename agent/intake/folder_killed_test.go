package intake_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/agent/intake"
)

// Folders are stopped at random moments, between the orders of one file too,
// while files keep coming: every order is taken once, and every file arrives in
// done once.
func TestKilledAtRandom(t *testing.T) {
	files := 1500
	if testing.Short() {
		files = 150
	}
	dir, d := t.TempDir(), newDesk()
	rnd := rand.New(rand.NewPCG(1, 2))
	d.hook = func(intake.Document) error { return nil }
	if err := os.MkdirAll(filepath.Join(dir, "work"), 0o700); err != nil {
		t.Fatal(err)
	}
	dropped := make(chan struct{})
	go func() {
		defer close(dropped)
		tmp := filepath.Join(dir, "work", ".dropping")
		for i := range files {
			if err := errors.Join(os.WriteFile(tmp, []byte("["+order(2*i)+","+order(2*i+1)+"]"), 0o600),
				os.Rename(tmp, filepath.Join(dir, fmt.Sprintf("%d.json", i%300)+fmt.Sprintf(".%d.json", i/300)))); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	kills := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		left := 1 + rnd.IntN(60)
		d.mu.Lock()
		d.hook = func(intake.Document) error {
			if left--; left <= 0 {
				cancel()
				if rnd.IntN(2) == 0 {
					return ctx.Err() // before the first order; else after some
				}
			}
			return nil
		}
		d.mu.Unlock()
		f := intake.NewFolder(intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 20 * time.Millisecond})
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		finished := false
		tick := time.NewTicker(5 * time.Millisecond)
		for running := true; running; {
			select {
			case err := <-ended:
				if err != nil {
					t.Fatal(err)
				}
				running = false
				kills++
			case <-tick.C:
				select {
				case <-dropped:
					if there(dir, "done") && len(names(t, filepath.Join(dir, "done"))) >= 2*files {
						finished = true
						cancel()
						<-ended
						running = false
					}
				default:
				}
			}
		}
		tick.Stop()
		cancel()
		if finished {
			break
		}
		if kills > 20*files {
			t.Fatal("no end")
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.taken) != 2*files {
		t.Errorf("%d orders taken, want %d", len(d.taken), 2*files)
	}
	for id, n := range d.taken {
		if n != 1 {
			t.Errorf("order %s was taken %d times", id, n)
		}
	}
	if got := names(t, filepath.Join(dir, "done")); len(got) != 2*files {
		t.Errorf("%d files in done, want %d with their answers", len(got), 2*files)
	}
	left := append(names(t, filepath.Join(dir, "work")), names(t, filepath.Join(dir, "failed"))...)
	if len(left) > 0 {
		t.Errorf("left in work or failed: %v", left)
	}
	t.Logf("%d files, stopped %d times", files, kills)
}

// How long it takes from the drop to the last order taken.
func TestPromptness(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	start(t, intake.FolderOptions{Dir: dir, Take: d.take})
	began := time.Now()
	for i := range 200 {
		drop(t, dir, fmt.Sprintf("%d.json", i), order(i))
	}
	until(t, "200 files", func() bool { return d.has("199") && len(names(t, filepath.Join(dir, "done"))) == 400 })
	t.Logf("200 files: %v", time.Since(began))
	var lines strings.Builder
	for i := range 200 {
		lines.WriteString(order(fmt.Sprint("l", i)) + "\n")
	}
	began = time.Now()
	drop(t, dir, "lines.jsonl", lines.String())
	until(t, "one file of 200 lines", func() bool { return d.has("l199") })
	t.Logf("one file of 200 lines: %v", time.Since(began))
	began = time.Now()
	drop(t, dir, "one.json", order("single"))
	until(t, "one file", func() bool { return d.has("single") })
	t.Logf("one file: %v", time.Since(began))
}
