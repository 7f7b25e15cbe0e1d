package downlink_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/downlink"
	"waybill/sync/wire"
)

var errAway = &fault.Error{Op: "hub", Kind: fault.Transient, Err: errors.New("away")}

// A fakeHub says what it is told to say, signed.
type fakeHub struct {
	mu     sync.Mutex // for a test that runs beside it
	key    ed25519.PrivateKey
	list   []wire.Instruction
	page   int // instructions in a page; 0: all
	bundle wire.Bundle
	away   bool
	busy   error // in the place of a bundle
	deaf   error // in the place of anything
	twist  func(p *wire.Instructions)
	asked  int // for bundles
	said   int // instructions, ever
}

func seeded(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func (h *fakeHub) public() string {
	key, _ := h.key.Public().(ed25519.PublicKey)
	return hex.EncodeToString(key)
}

func (h *fakeHub) Self(context.Context) (wire.Credential, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.deaf != nil {
		return wire.Credential{}, h.deaf
	}
	if h.away {
		return wire.Credential{}, errAway
	}
	return wire.Credential{Station: "bench-1", SigningKey: h.public()}, nil
}

func (h *fakeHub) Instructions(_ context.Context, from int64) (wire.Signed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.deaf != nil {
		return wire.Signed{}, h.deaf
	}
	if h.away {
		return wire.Signed{}, errAway
	}
	page := wire.Instructions{Station: "bench-1", From: from, Bundle: h.bundle.Version}
	if page.Bundle > 0 {
		page.BundleSHA256 = wire.DigestFiles(h.bundle.Files)
	}
	for _, in := range h.list {
		if in.Sequence >= from {
			page.List = append(page.List, in)
		}
	}
	if h.page > 0 && len(page.List) > h.page {
		page.List, page.More = page.List[:h.page], true
	}
	if h.twist != nil {
		h.twist(&page)
	}
	return wire.Sign(h.key, wire.ForInstructions, page)
}

func (h *fakeHub) Bundle(_ context.Context, have int64) (wire.Signed, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	if h.busy != nil {
		return wire.Signed{}, false, h.busy
	}
	if h.bundle.Version == have {
		return wire.Signed{}, false, nil
	}
	s, err := wire.Sign(h.key, wire.ForBundle, h.bundle)
	return s, true, err
}

func (h *fakeHub) say(order string, a wire.Action) {
	h.said++
	h.list = append(h.list, wire.Instruction{
		Sequence: int64(len(h.list) + 1), Order: shipment.OrderID(order), Action: a, Reason: "r", At: wire.Timestamp(time.Date(2026, 11, 20, 9, 0, h.said, 0, time.UTC)),
	})
}

func (h *fakeHub) put(content string) {
	h.bundle = wire.Bundle{
		Version: h.bundle.Version + 1, Made: wire.Timestamp(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)),
		Files: []wire.BundleFile{{Name: "rules.yaml", Content: []byte(content)}, {Name: "templates/a.yaml", Content: []byte("a " + content)}},
	}
}

// A fakeDesk keeps what it is told, as a journal would.
type fakeDesk struct {
	heard   []wire.Instruction
	last    wire.Instruction
	taken   []int // how many words at once
	applied []int64
	refused []string
	full    bool
	tries   int // when it is full
}

func (d *fakeDesk) HeardInstruction(context.Context) (wire.Instruction, bool, error) {
	return d.last, d.last.Sequence > 0, nil
}

func (d *fakeDesk) Instruct(_ context.Context, list []wire.Instruction) error {
	if d.full {
		d.tries++
		return &fs.PathError{Op: "write", Path: fmt.Sprintf("/tmp/.journal.%d.tmp", d.tries), Err: errors.New("no space")}
	}
	if len(list) > 0 {
		d.heard, d.last = append(d.heard, list...), list[len(list)-1].Bare()
		d.taken = append(d.taken, len(list))
	}
	return nil
}

func (d *fakeDesk) BundleApplied(_ context.Context, b wire.Bundle) error {
	d.applied = append(d.applied, b.Version)
	return nil
}

func (d *fakeDesk) BundleRefused(_ context.Context, version int64, reason string) error {
	d.refused = append(d.refused, fmt.Sprintf("%d: %s", version, reason))
	return nil
}

// standing is what the last word about each order is.
func standing(list []wire.Instruction) map[shipment.OrderID]wire.Action {
	all := map[shipment.OrderID]wire.Action{}
	for _, in := range list {
		all[in.Order] = in.Action
	}
	return all
}

type rig struct {
	o     downlink.Options
	hub   *fakeHub
	desk  *fakeDesk
	shelf *downlink.Shelf
	link  *downlink.Downlink
	dir   string
}

func newRig(dir string) *rig {
	r := &rig{hub: &fakeHub{key: seeded(1)}, desk: &fakeDesk{}, dir: dir}
	r.start()
	return r
}

// start is the station started anew.
func (r *rig) start() {
	r.shelf = downlink.NewShelf(filepath.Join(r.dir, "hub"))
	r.o = downlink.Options{Hub: r.hub, Desk: r.desk, Shelf: r.shelf, Station: "bench-1", Check: func(_ context.Context, dir string) error {
		text, err := os.ReadFile(filepath.Join(dir, "rules.yaml"))
		if err == nil && strings.HasPrefix(string(text), "bad") {
			err = errors.New("rules.yaml: line 1: a mistake")
		}
		return err
	}}
	r.link = downlink.New(r.o)
}

func (r *rig) inUse(t testing.TB) (int64, string) {
	t.Helper()
	in, err := r.shelf.InUse()
	if err != nil {
		t.Fatal(err)
	}
	if in.Version == 0 {
		return 0, ""
	}
	if err := r.shelf.Whole(in); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(filepath.Join(r.shelf.Dir(in), "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return in.Version, string(text)
}

func TestABundleIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	want := func(version int64, text string) {
		t.Helper()
		if v, got := r.inUse(t); v != version || got != text {
			t.Errorf("in use is %d, %q; want %d, %q", v, got, version, text)
		}
	}
	ask := func() error { return r.link.Ask(t.Context()) }
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	want(0, "")
	r.hub.put("one")
	for range 2 {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		want(1, "one")
	}
	r.hub.put("bad")
	if err := ask(); err == nil || !strings.Contains(err.Error(), "a mistake") {
		t.Errorf("a bad one: %v", err)
	}
	want(1, "one")
	asked := r.hub.asked
	if err := ask(); err != nil || r.hub.asked != asked {
		t.Errorf("a bad one is asked for again: %v", err)
	}
	if len(r.desk.refused) != 1 || !strings.Contains(r.desk.refused[0], "2: rules.yaml: line 1") {
		t.Errorf("refused: %q", r.desk.refused)
	}
	r.start()
	want(1, "one")
	r.hub.put("three")
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	want(3, "three")
	r.hub.put("four")
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	want(4, "four")
	left, err := os.ReadDir(filepath.Join(r.dir, "hub", "bundles"))
	var names []string
	for _, e := range left {
		version, _, _ := strings.Cut(e.Name(), "-")
		names = append(names, version)
	}
	if diff := cmp.Diff([]string{"3", "4", "current"}, names); diff != "" || err != nil {
		t.Errorf("kept: %v (-want +got)\n%s", err, diff)
	}
	if !slices.Equal(r.desk.applied, []int64{1, 3, 4}) {
		t.Errorf("applied: %v", r.desk.applied)
	}

	r.hub.bundle.Version = 2 // an old one is slipped in, with its good signature
	if err := ask(); err == nil || !strings.Contains(err.Error(), "older than 4") {
		t.Errorf("an old one: %v", err)
	}
	want(4, "four")
	r.hub.put("five")
	r.hub.bundle.Version, r.hub.key = 5, seeded(2)
	if err := ask(); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("another's: %v", err)
	}
	want(4, "four")
	if err := r.shelf.Pin(r.hub.public(), false); !fault.Is(err, fault.Permanent) {
		t.Errorf("another key: %v", err)
	}
	if err := r.shelf.Pin(r.hub.public(), true); err != nil { // enrolled anew
		t.Fatal(err)
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	want(5, "five")
}

// TestAHubThatForgotVersions restores a hub's store from before and does what the
// station then says.
func TestAHubThatForgotVersions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		version int64 // that the hub has then
		content string
	}{
		"an older version":         {2, "two"},
		"the same files, older":    {2, "four"},
		"other files, same number": {4, "another four"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t.TempDir())
			for _, content := range []string{"one", "two", "three", "four"} {
				r.hub.put(content)
			}
			if err := r.link.Ask(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.hub.bundle.Version = tt.version - 1
			r.hub.put(tt.content)
			if err := r.link.Ask(t.Context()); err == nil || len(r.desk.refused) != 1 {
				t.Fatalf("%v, refused %q", err, r.desk.refused)
			}
			_, after, found := strings.Cut(r.desk.refused[0], "waybill hub bundles put --above ")
			above, err := strconv.ParseInt(after, 10, 64)
			if !found || err != nil {
				t.Fatalf("no command is told: %s", r.desk.refused[0])
			}
			r.hub.bundle.Version = above // as the command has the store do
			r.hub.put(tt.content)
			if err := r.link.Ask(t.Context()); err != nil {
				t.Fatal(err)
			}
			if v, text := r.inUse(t); v != 5 || text != tt.content {
				t.Errorf("version %d, %q is in use", v, text)
			}
		})
	}
}

// TestACrashLeavesTheOldBundle lays a bundle, as a station does that is killed before
// it is put in place, and goes on.
func TestACrashLeavesTheOldBundle(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.put("one")
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.hub.put("two")
	two := filepath.Base(r.shelf.Dir(downlink.Placed{Version: 2, SHA256: wire.DigestFiles(r.hub.bundle.Files)}))
	for _, leave := range []string{two, two + ".new"} {
		if err := os.MkdirAll(filepath.Join(r.dir, "hub", "bundles", leave, "templates"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.dir, "hub", "bundles", leave, "templates", "torn.yaml"), []byte("to"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	if v, text := r.inUse(t); v != 1 || text != "one" {
		t.Errorf("after the crash %d, %q is in use", v, text)
	}
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, text := r.inUse(t); v != 2 || text != "two" {
		t.Errorf("then %d, %q", v, text)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "hub", "bundles", two, "templates", "torn.yaml")); err == nil {
		t.Error("what was torn is part of the bundle")
	}
	if in, err := r.shelf.InUse(); err != nil || in.Before == nil || in.Before.Version != 1 || r.shelf.Whole(*in.Before) != nil {
		t.Errorf("the one before it is not kept: %+v, %v", in, err)
	}
}

// TestNumbersOfAnotherHub enrols a station at another hub, and restores a hub's store
// from before, so that it gives a version's number once more.
func TestNumbersOfAnotherHub(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	for _, content := range []string{"one", "two", "three"} {
		r.hub.put(content)
	}
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.hub.bundle.Version = 2
	r.hub.put("another three")
	if err := r.link.Ask(t.Context()); err == nil || !strings.Contains(err.Error(), "another version 3") {
		t.Errorf("the number given twice: %v", err)
	}
	r.hub.bundle.Version = 0
	if err := r.link.Ask(t.Context()); err != nil {
		t.Errorf("it has none any more: %v", err)
	}
	if v, text := r.inUse(t); v != 3 || text != "three" {
		t.Errorf("version %d, %q", v, text)
	}
	r.hub.key = seeded(2)
	if err := r.shelf.Pin(r.hub.public(), true); err != nil {
		t.Fatal(err)
	}
	r.hub.put("first of the other")
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, text := r.inUse(t); v != 1 || text != "first of the other" {
		t.Errorf("version %d, %q", v, text)
	}
}

// TestAListReadAgainIsTakenAsAWhole has a hub forget what the station heard last: a
// release on the first page must not count before the hold on the last.
func TestAListReadAgainIsTakenAsAWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.page = 2
	for _, a := range []wire.Action{wire.ActionHold, wire.ActionRelease, wire.ActionHold, wire.ActionRelease, wire.ActionHold} {
		r.hub.say("A", a)
	}
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.hub.list = r.hub.list[:4]
	r.hub.say("A", wire.ActionHold)
	r.hub.say("B", wire.ActionHold)
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.hub.say("B", wire.ActionRelease)
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{5, 6, 1}, r.desk.taken); diff != "" {
		t.Errorf("taken at once (-want +got)\n%s", diff)
	}
}

// TestEveryInstructionComes has a hub say things, go away, lose what it said, answer
// in pages and with holes, and the station crash in between, and holds that a station
// that asks when all is well knows the last word about every order.
func TestEveryInstructionComes(t *testing.T) {
	t.Parallel()
	dir, runs := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig("")
		runs++
		r.dir = filepath.Join(dir, fmt.Sprint(runs))
		r.start()
		for i := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			for range rapid.IntRange(0, 4).Draw(rt, fmt.Sprint("said", i)) {
				order := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "order")
				r.hub.say(order, rapid.SampledFrom([]wire.Action{wire.ActionHold, wire.ActionRelease, wire.ActionCancel}).Draw(rt, "action"))
			}
			r.hub.page = rapid.SampledFrom([]int{0, 2, 3}).Draw(rt, fmt.Sprint("page", i))
			r.hub.away = rapid.Bool().Draw(rt, fmt.Sprint("away", i))
			r.desk.full = rapid.Bool().Draw(rt, fmt.Sprint("full", i))
			r.hub.twist = nil
			if rapid.Bool().Draw(rt, fmt.Sprint("holes", i)) {
				r.hub.twist = func(p *wire.Instructions) {
					if len(p.List) > 2 {
						p.List = append(p.List[:1:1], p.List[2:]...)
					}
				}
			}
			_ = r.link.Ask(context.Background()) // whether it works is not what counts
			if rapid.IntRange(0, 5).Draw(rt, fmt.Sprint("restored", i)) == 0 && len(r.hub.list) > 0 {
				n := rapid.IntRange(0, len(r.hub.list)-1).Draw(rt, "to")
				r.hub.list = slices.Clone(r.hub.list[:n])
				r.hub.say("D", wire.ActionHold) // so that the numbers are given again, to something else
			}
			if rapid.Bool().Draw(rt, fmt.Sprint("crash", i)) {
				r.start()
			}
		}
		r.hub.away, r.desk.full, r.hub.twist = false, false, nil
		if err := r.link.Ask(context.Background()); err != nil {
			rt.Fatalf("all is well, and: %v", err)
		}
		want, got := standing(r.hub.list), standing(r.desk.heard)
		for order, action := range want {
			if got[order] != action {
				rt.Fatalf("the last word about %s is %s, and the station heard %s", order, action, got[order])
			}
		}
	})
}
