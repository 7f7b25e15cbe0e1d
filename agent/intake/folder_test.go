package intake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/intake"
	"waybill/shipment"
)

// A desk takes orders once, in memory that outlives folders.
type desk struct {
	mu    sync.Mutex
	taken map[shipment.OrderID]int // how often it was taken as new
	fail  error
	hook  func(doc intake.Document) error // before anything is taken
}

func newDesk() *desk { return &desk{taken: map[shipment.OrderID]int{}} }

func (d *desk) take(ctx context.Context, doc intake.Document) ([]intake.Outcome, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return nil, d.fail
	}
	if d.hook != nil {
		if err := d.hook(doc); err != nil {
			return nil, err
		}
	}
	var out []intake.Outcome
	for _, e := range doc.Entries {
		if err := ctx.Err(); err != nil {
			return nil, err // killed between two orders of one file
		}
		o := intake.Outcome{Line: e.Line, OrderID: e.Order.ID, Status: intake.Accepted}
		switch {
		case len(e.Problems) > 0:
			o.Status, o.Problems = intake.Rejected, e.Problems
		case d.taken[e.Order.ID] > 0:
			o.Status = intake.AlreadyTaken
		default:
			d.taken[e.Order.ID]++
		}
		out = append(out, o)
	}
	return out, nil
}

func (d *desk) set(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func (d *desk) has(id shipment.OrderID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.taken[id] > 0
}

// start watches dir until the test ends or stop is called.
func start(t *testing.T, o intake.FolderOptions) (f *intake.Folder, stop func()) {
	t.Helper()
	return run(t, intake.NewFolder(o))
}

func run(t *testing.T, f *intake.Folder) (_ *intake.Folder, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil after an orderly stop", err)
		}
	})
	t.Cleanup(stop)
	<-f.Ready()
	return f, stop
}

// until waits for something that happens on disk.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func there(parts ...string) bool {
	_, err := os.Lstat(filepath.Join(parts...))
	return err == nil
}

func write(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// drop renames a complete file in, as careful programs do.
func drop(t *testing.T, dir, name, data string) {
	t.Helper()
	tmp := filepath.Join(t.TempDir(), "x")
	write(t, tmp, data)
	if err := os.Rename(tmp, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		if !e.IsDir() && e.Name() != ".lock" && e.Name() != ".owner" {
			out = append(out, e.Name())
		}
	}
	return out
}

func order(id any) string {
	return fmt.Sprintf(`{"order_id":"%v","items":[{"sku":"A","quantity":1}]}`, id)
}

type answerFile struct {
	File     string
	Taken    int
	Problems []struct {
		Line                 int
		Field, Code, Message string
	}
	Orders []struct{ Status string }
}

func readAnswer(t *testing.T, parts ...string) answerFile {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	var a answerFile
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDoneAndFailed(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	write(t, filepath.Join(dir, "before.json"), order("before")) // there before the start
	start(t, intake.FolderOptions{Dir: dir, Take: d.take})
	until(t, "the file that was there before", func() bool { return there(dir, "done", "before.json") })
	drop(t, dir, "good.json", order(1))
	drop(t, dir, "bad.jsonl", order(2)+"\n{\"order_id\":\"3\",\n"+order(4)+"\n")
	until(t, "the good file in done", func() bool { return there(dir, "done", "good.json") })
	until(t, "the bad file in failed", func() bool { return there(dir, "failed", "bad.jsonl") })
	if a := readAnswer(t, dir, "done", "good.answer.json"); a.File != "good.json" || a.Taken != 1 || a.Orders[0].Status != "accepted" {
		t.Errorf("answer %+v", a)
	}
	a := readAnswer(t, dir, "failed", "bad.error.json")
	if a.File != "bad.jsonl" || a.Taken != 2 || len(a.Problems) != 1 || a.Problems[0].Line != 2 || a.Problems[0].Code != "syntax" || a.Problems[0].Message == "" {
		t.Errorf("error file %+v, want two taken and a problem on line 2", a)
	}
	if !d.has("before") || !d.has("1") || !d.has("2") || !d.has("4") || d.has("3") {
		t.Errorf("taken %v", d.taken)
	}
	// The same file again: nothing is overwritten, nothing taken twice.
	drop(t, dir, "good.json", order(1))
	until(t, "the same name again in done", func() bool { return there(dir, "done", "good-2.json") })
	if a := readAnswer(t, dir, "done", "good-2.answer.json"); a.Orders[0].Status != "already_taken" {
		t.Errorf("answer %+v, want already_taken", a)
	}
	if got := names(t, filepath.Join(dir, "work")); len(got) > 0 {
		t.Errorf("left in work: %v", got)
	}
}

// A file is not touched while somebody has it open, however long that takes,
// and even where what is there so far would do.
func TestHalfWritten(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	start(t, intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 20 * time.Millisecond, Settle: 100 * time.Millisecond, Patience: 200 * time.Millisecond})
	path := filepath.Join(dir, "slow.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(order(1) + "\n" + order(2)[:10]); err != nil {
		t.Fatal(err)
	}
	// Other files come and go meanwhile: that is how the test knows that the
	// folder has looked, and that time has passed.
	for i := range 10 {
		name := fmt.Sprintf("other%d.jsonl", i)
		drop(t, dir, name, order(fmt.Sprint("o", i))+"\n")
		until(t, name, func() bool { return there(dir, "done", name) })
		if !there(path) {
			t.Fatal("a half-written file was taken")
		}
	}
	if _, err := f.WriteString(order(2)[10:] + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the whole file in done", func() bool { return there(dir, "done", "slow.jsonl") })
	if !d.has("1") || !d.has("2") {
		t.Errorf("taken %v, want both orders", d.taken)
	}
}

// Where nobody can say who writes, a file that ends in the middle waits; and one
// that looks whole waits until it has been quiet for a while.
func TestHalfWrittenOnAShare(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	f := intake.NewFolder(intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 20 * time.Millisecond, Settle: 300 * time.Millisecond, Patience: 10 * time.Second})
	f.TestOnlyCannotTell()
	run(t, f)
	half, whole := filepath.Join(dir, "half.json"), filepath.Join(dir, "whole.json")
	write(t, half, order(1)[:20])
	began := time.Now()
	write(t, whole, order(2))
	until(t, "the whole file in done", func() bool { return there(dir, "done", "whole.json") })
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("a file was taken after %v, want 300ms at least", took)
	}
	if !there(half) {
		t.Fatal("the half-written file was taken")
	}
	write(t, half, order(1))
	until(t, "the other file in done", func() bool { return there(dir, "done", "half.json") })
}

// The process died after the answer was written and before the file was moved.
func TestDiedBeforeTheMove(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	const claim = "18c0000000000000-0001-a.json"
	for _, sub := range []string{"work", "done"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "work", claim), order(1))
	write(t, filepath.Join(dir, "done", "a.answer.json"), `{"claim":"`+claim+`"}`)
	write(t, filepath.Join(dir, "done", "b.answer.json"), `{"claim":"of another"}`)
	drop(t, dir, "b.json", order(2))
	start(t, intake.FolderOptions{Dir: dir, Take: d.take})
	until(t, "both files in done", func() bool { return there(dir, "done", "a.json") && there(dir, "done", "b-2.json") })
	want := []string{"a.answer.json", "a.json", "b-2.answer.json", "b-2.json", "b.answer.json"}
	if d := cmp.Diff(want, names(t, filepath.Join(dir, "done"))); d != "" {
		t.Errorf("done (-want +got):\n%s", d)
	}
	if a := readAnswer(t, dir, "done", "a.answer.json"); a.Taken != 1 {
		t.Errorf("answer %+v, want one taken", a)
	}
}

// A file that ends in the middle is waited for, and then told as cut off.
func TestCutOff(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	start(t, intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 20 * time.Millisecond, Patience: 300 * time.Millisecond})
	began := time.Now()
	drop(t, dir, "broken.json", string(sample(t, "broken.json")))
	until(t, "the cut file in failed", func() bool { return there(dir, "failed", "broken.json") })
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("it was given up after %v, want 300ms at least", took)
	}
	if a := readAnswer(t, dir, "failed", "broken.error.json"); len(a.Problems) != 1 || a.Problems[0].Code != "syntax" {
		t.Errorf("error file %+v", a)
	}
}

func TestNames(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	long := strings.Repeat("ü", 120) + ".json" // 245 bytes: no room for anything more
	take := []string{"a b.json", "UPPER.JSON", "q?\"'<&.json", "line\nbreak.json", "名前.json", "bad\xff.json", "x.y.z.json", "-rf.json", "%00.json", long}
	leave := []string{".hidden.json", "~lock.json", "a.json~", "a.json.tmp", "a.part", "a.crdownload", "a.error.json", "a.answer.json", "notes.txt"}
	for i, name := range take {
		write(t, filepath.Join(dir, name), order(fmt.Sprint("t", i)))
	}
	for _, name := range leave {
		write(t, filepath.Join(dir, name), order("never"))
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "folder.json"), 0o700), os.Symlink(filepath.Join(dir, "notes.txt"), filepath.Join(dir, "link.json"))); err != nil {
		t.Fatal(err)
	}
	start(t, intake.FolderOptions{Dir: dir, Take: d.take})
	for i, name := range take {
		id := shipment.OrderID(fmt.Sprint("t", i))
		until(t, fmt.Sprintf("%q taken", name), func() bool { return d.has(id) })
	}
	until(t, "all files in done", func() bool { return len(names(t, filepath.Join(dir, "done"))) == 2*len(take) })
	slices.Sort(leave)
	if d := cmp.Diff(slices.Sorted(slices.Values(append(leave, "link.json"))), names(t, dir)); d != "" {
		t.Errorf("left in the folder (-want +got):\n%s", d)
	}
	if d.has("never") {
		t.Error("a file that is none of ours was taken")
	}
}

// The desk cannot take anything for a while: the file waits, the state says so,
// and it is taken later.
func TestTakeFails(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	d.set(errors.New("the disk is full"))
	states := make(chan intake.FolderState, 100)
	_, _ = start(t, intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 20 * time.Millisecond, OnState: func(s intake.FolderState) { states <- s }})
	drop(t, dir, "a.json", order(1))
	wait := func(code string) intake.FolderState {
		t.Helper()
		for {
			select {
			case s := <-states:
				if s.Code == code {
					return s
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("no state %q", code)
			}
		}
	}
	if s := wait(intake.FolderTake); !strings.Contains(s.Why, "the disk is full") || s.Working != 1 {
		t.Errorf("state %+v, want the reason and one file in work", s)
	}
	if got := names(t, filepath.Join(dir, "work")); len(got) != 1 {
		t.Errorf("in work: %v, want the file", got)
	}
	d.set(nil)
	wait("")
	until(t, "the file in done", func() bool { return there(dir, "done", "a.json") })
}

// Where the reasons cannot be written, the file stays in work.
func TestFailedCannotBeWritten(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	write(t, filepath.Join(dir, "failed"), "in the way")
	f, _ := start(t, intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 20 * time.Millisecond})
	drop(t, dir, "a.json", `{"order_id":"1","items":[]}`)
	until(t, "the state says so", func() bool { return f.State().Code == intake.FolderUnwritable })
	drop(t, dir, "b.json", order("b"))
	until(t, "another file is taken all the same", func() bool { return there(dir, "done", "b.json") })
	if got := names(t, filepath.Join(dir, "work")); len(got) != 1 {
		t.Errorf("in work: %v, want the refused file", got)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "failed")), os.Mkdir(filepath.Join(dir, "failed"), 0o700)); err != nil {
		t.Fatal(err)
	}
	until(t, "the file in failed", func() bool { return there(dir, "failed", "a.json") && there(dir, "failed", "a.error.json") })
	until(t, "the state is good again", func() bool { return f.State().OK })
}

func TestFolderRemovedAndMadeAgain(t *testing.T) {
	for _, poll := range []bool{false, true} {
		t.Run(fmt.Sprintf("poll only %v", poll), func(t *testing.T) {
			dir, d := filepath.Join(t.TempDir(), "orders"), newDesk()
			f, _ := start(t, intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 50 * time.Millisecond, PollOnly: poll})
			for i := range 3 {
				name := fmt.Sprintf("%d.json", i)
				drop(t, dir, name, order(i))
				until(t, name, func() bool { return there(dir, "done", name) })
				// Whoever removes a folder may meet the station writing in it, and tries again.
				until(t, "the folder is removed", func() bool { return os.RemoveAll(dir) == nil })
				until(t, "the state says that the folder is missing", func() bool { return f.State().Code == intake.FolderMissing })
				if err := os.Mkdir(dir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			until(t, "the folder works again", func() bool { return f.State().OK && there(dir, "done") })
		})
	}
}

// A second station on the folder takes nothing, not even what the first has
// claimed, and says why; when the first is gone its files are still its own.
func TestOneFolderHasOneStation(t *testing.T) {
	dir, first, second := filepath.Join(t.TempDir(), "orders"), newDesk(), newDesk()
	first.set(errors.New("busy")) // its claims stay in work
	_, stop := start(t, intake.FolderOptions{Dir: dir, Owner: "station bench-1", Take: first.take, Rescan: 20 * time.Millisecond})
	drop(t, dir, "0.json", order(0))
	until(t, "the first station has claimed the file", func() bool { return !there(dir, "0.json") })
	f, _ := start(t, intake.FolderOptions{Dir: dir, Owner: "station bench-2", Take: second.take, Rescan: 20 * time.Millisecond})
	if s := f.State(); s.Code != intake.FolderTaken || !strings.Contains(s.Why, "station bench-1") {
		t.Errorf("state %+v, want that bench-1 has the folder", s)
	}
	if len(second.taken) != 0 {
		t.Error("the second station took what the first has claimed")
	}
	stop()
	until(t, "the second station sees whose files those are", func() bool { return strings.Contains(f.State().Why, "not finished") })
	drop(t, dir, "1.json", order(1))
	first.set(nil)
	_, stop = start(t, intake.FolderOptions{Dir: dir, Owner: "station bench-1", Take: first.take, Rescan: 20 * time.Millisecond})
	until(t, "the first station has finished its files", func() bool { return there(dir, "done", "0.json") && there(dir, "done", "1.json") })
	stop()
	until(t, "the second station goes on", func() bool { return f.State().OK })
	drop(t, dir, "2.json", order(2))
	until(t, "the second station takes files", func() bool { return there(dir, "done", "2.json") })
}

// Without any notice from the system, looking is enough.
func TestPollOnly(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	start(t, intake.FolderOptions{Dir: dir, Take: d.take, Rescan: 50 * time.Millisecond, PollOnly: true})
	for i := range 100 {
		drop(t, dir, fmt.Sprintf("%d.json", i), order(i))
	}
	until(t, "all in done", func() bool { return len(names(t, filepath.Join(dir, "done"))) == 200 })
}

func TestTooLarge(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	start(t, intake.FolderOptions{Dir: dir, Take: d.take, Read: intake.Options{MaxBytes: 1 << 20}})
	drop(t, dir, "large.json", strings.Repeat(" ", 1<<20+1))
	until(t, "the file in failed", func() bool { return there(dir, "failed", "large.json") })
	if a := readAnswer(t, dir, "failed", "large.error.json"); len(a.Problems) != 1 || a.Problems[0].Code != "too_large" {
		t.Errorf("error file %+v", a)
	}
}

// A file of labels is handed on as it is, whatever its bytes mean.
func TestLabelFile(t *testing.T) {
	dir, d := t.TempDir(), newDesk()
	docs := make(chan intake.Document, 10)
	d.hook = func(doc intake.Document) error { docs <- doc; return nil }
	start(t, intake.FolderOptions{Dir: dir, Take: d.take, Read: intake.Options{MaxBytes: 100}})
	content := "^XA^FD\x00\xff{^FS^XZ\r\n"
	drop(t, dir, "pallet.ZPL", content)
	until(t, "the labels in done", func() bool { return there(dir, "done", "pallet.ZPL") && there(dir, "done", "pallet.answer.json") })
	if doc := <-docs; !doc.Raw || string(doc.Content) != content || len(doc.Entries) != 1 || doc.SHA256 == "" || doc.Name != "pallet.ZPL" {
		t.Errorf("document %+v", doc)
	}
	drop(t, dir, "long.zpl", "^XA^FD"+strings.Repeat("a", 100)+"^FS^XZ")
	until(t, "the long file in failed", func() bool { return there(dir, "failed", "long.error.json") })
	if doc := <-docs; !doc.Raw || !doc.Entries[0].Unreadable() {
		t.Errorf("document %+v", doc)
	}
}
