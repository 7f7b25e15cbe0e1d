package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/agent/desk"
	"waybill/agent/intake"
	"waybill/internal/fault"
	"waybill/labels/rawzpl"
	"waybill/printer"
	"waybill/sync/journal"
)

// withRaw allows labels of other programs for the shipping printers.
func withRaw(o *desk.Options) { o.RawRoles, o.RawFiles = []string{"shipping"}, "shipping" }

// raw returns a request of the key for a label that says text.
func raw(key, text string) desk.Raw {
	return desk.Raw{Key: key, Role: "shipping", Ref: "pallet 7", ZPL: []byte("^XA^FD" + text + "^FS^XZ")}
}

func (r *rig) pending(t testing.TB) []printer.Job {
	t.Helper()
	jobs, err := r.Pending(t.Context(), role("shipping"), 100)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func TestPrintRaw(t *testing.T) {
	r := newRig(t, withRaw)
	in := desk.Raw{Key: "k1", Role: "shipping", Ref: "pallet 7", Copies: 2, ZPL: []byte("^XA^MD5^FDa^FS^PQ3^XZ ^XA^FDb^FS^XZ")}
	got, err := r.PrintRaw(t.Context(), in)
	if err != nil || got.Again || len(got.Jobs) != 2 || len(got.Notes) != 1 {
		t.Fatalf("%+v, error %v", got, err)
	}
	if a, b := len(got.Jobs[0].Labels), len(got.Jobs[1].Labels); a != 6 || b != 2 {
		t.Errorf("%d and %d labels, want 6 and 2", a, b)
	}
	if diff := cmp.Diff(got.Jobs, r.pending(t), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("queued (-answered +kept):\n%s", diff)
	}
	if r.queued.Load() != 1 {
		t.Errorf("the spool was told %d times", r.queued.Load())
	}
}

// The same key and body is the same job, also after a restart; another body is a
// conflict, and prints nothing.
func TestRawKeys(t *testing.T) {
	r := newRig(t, withRaw)
	first, err := r.PrintRaw(t.Context(), raw("k1", "a"))
	if err != nil {
		t.Fatal(err)
	}
	r.start(t)
	again, err := r.PrintRaw(t.Context(), raw("k1", "a"))
	if err != nil || !again.Again {
		t.Fatalf("again: %+v, error %v", again, err)
	}
	if diff := cmp.Diff(first.Jobs, again.Jobs); diff != "" {
		t.Errorf("jobs (-first +again):\n%s", diff)
	}
	for name, other := range map[string]desk.Raw{
		"text":   raw("k1", "b"),
		"copies": {Key: "k1", Role: "shipping", Ref: "pallet 7", Copies: 2, ZPL: raw("", "a").ZPL},
		"ref":    {Key: "k1", Role: "shipping", Ref: "pallet 8", ZPL: raw("", "a").ZPL},
	} {
		_, err := r.PrintRaw(t.Context(), other)
		t.Log(name, err)
		wantKind(t, err, fault.Conflict)
	}
	wantKind(t, r.Claim(t.Context(), "k1", desk.Request{BodySHA256: "x", Order: "A"}), fault.Conflict)
	if err := r.Claim(t.Context(), "k2", desk.Request{BodySHA256: "x", Order: "A"}); err != nil {
		t.Fatal(err)
	}
	_, err = r.PrintRaw(t.Context(), raw("k2", "a"))
	wantKind(t, err, fault.Conflict)
	if n := len(r.pending(t)); n != 1 {
		t.Errorf("%d jobs are queued, want 1", n)
	}
}

// A request that came before callers had keys of their own, and comes again by a caller
// with a name, prints nothing twice; and nobody gets the answer to another's key.
func TestKeysThatCallersShared(t *testing.T) {
	r := newRig(t, withRaw)
	first, err := r.PrintRaw(t.Context(), raw("k1", "a"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		raw    desk.Raw
		shared bool // the journal has k1 as it was kept when callers shared their keys
		again  bool
	}{
		"the same request":  {raw("wms\nk1", "a"), true, true},
		"another request":   {raw("shop\nk1", "b"), true, false},
		"another key":       {raw("wms\nk2", "a"), true, false},
		"a caller's own":    {raw("erp\nk1", "a"), false, false},
		"no caller's again": {raw("k1", "a"), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
				var kept map[string]any
				if _, err := tx.Get("request", "k1", &kept); err != nil {
					return err
				}
				delete(kept, "own")
				if !tt.shared {
					kept["own"] = true
				}
				return tx.Put("request", "k1", kept, journal.Index{})
			}); err != nil {
				t.Fatal(err)
			}
			got, err := r.PrintRaw(t.Context(), tt.raw)
			if err != nil || got.Again != tt.again || len(got.Jobs) != 1 || (got.Jobs[0].ID == first.Jobs[0].ID) != tt.again {
				t.Errorf("again %v with jobs %+v, error %v", got.Again, got.Jobs, err)
			}
		})
	}
}

func TestRawRefused(t *testing.T) {
	r := newRig(t, withRaw)
	for name, in := range map[string]desk.Raw{
		"no key":               raw("", "a"),
		"unknown role":         {Key: "k", Role: "kitchen", ZPL: raw("", "a").ZPL},
		"too many copies":      {Key: "k", Role: "shipping", Copies: 600, ZPL: []byte("^XA^FDa^FS^PQ2^XZ")},
		"copies past counting": {Key: "k", Role: "shipping", Copies: math.MaxInt, ZPL: []byte("^XA^FDa^FS^PQ2^XZ")},
		"a command":            raw("k", "a^JUF"),
	} {
		_, err := r.PrintRaw(t.Context(), in)
		wantKind(t, err, fault.Invalid)
		var refusals rawzpl.Refusals
		if is := errors.As(err, &refusals); is != (name == "a command") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(r.pending(t)); n != 0 {
		t.Errorf("%d jobs are queued", n)
	}
	// A refusal uses up no key.
	if _, err := r.PrintRaw(t.Context(), raw("k", "a")); err != nil {
		t.Error(err)
	}
}

// A request that is sent again because its answer was lost hears what came of it,
// even if the station would not take it now.
func TestRawAgainWhereItIsNoLongerTaken(t *testing.T) {
	r := newRig(t, withRaw)
	first, err := r.PrintRaw(t.Context(), raw("k1", "a"))
	if err != nil {
		t.Fatal(err)
	}
	r.options.RawRoles = []string{"other"}
	r.start(t)
	again, err := r.PrintRaw(t.Context(), raw("k1", "a"))
	if err != nil || !again.Again {
		t.Fatalf("again: %+v, error %v", again, err)
	}
	if diff := cmp.Diff(first.Jobs, again.Jobs); diff != "" {
		t.Errorf("jobs (-first +again):\n%s", diff)
	}
	// Another body is a conflict, whatever else is wrong with it.
	_, err = r.PrintRaw(t.Context(), raw("k1", "a^JUF"))
	wantKind(t, err, fault.Conflict)
}

// A raw label that nobody can be sure of is told, and settled like any other. It
// is nobody's parcel, whatever its sender calls it.
func TestRawIsTold(t *testing.T) {
	r := newRig(t, withRaw)
	r.stock(t, ground)
	s := r.print(t, "A")
	in := raw("k1", "a")
	in.Ref = string(s.Parcels[0].ID)
	taken, err := r.PrintRaw(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	id := taken.Jobs[0].ID
	told := func() int {
		o, err := r.Overview(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(o.Raw)
	}
	r.move(t, id, printer.Sending)
	if told() != 0 {
		t.Error("a label in flight is told as trouble")
	}
	r.move(t, id, printer.Unconfirmed)
	if told() != 1 {
		t.Error("an unconfirmed label is not told")
	}
	if _, err := r.Resolve(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if got := r.pending(t); told() != 0 || len(got) != 1 || got[0].ID != id {
		t.Errorf("settled, the label is not queued: %v", got)
	}
	r.move(t, id, printer.Failed)
	if told() != 1 {
		t.Error("a label that failed is not told")
	}
	r.now = r.now.Add(25 * 3600e9)
	if told() != 0 {
		t.Error("a label that failed is told for ever")
	}
	if after := r.state(t, "A"); after.Stage() != s.Stage() {
		t.Errorf("the parcel of the same name went from %s to %s", s.Stage(), after.Stage())
	}
}

// file returns a label file as the hot folder claims it.
func file(name, content string) intake.Document {
	return intake.Document{Name: name, Claim: "c-" + name, SHA256: "sum of " + content, Raw: true, Content: []byte(content), Entries: []intake.Entry{{Line: 1}}}
}

func TestLabelFiles(t *testing.T) {
	r := newRig(t, withRaw)
	good := "^XA^FDa^FS^XZ"
	for _, step := range []struct {
		doc  intake.Document
		want intake.Status
		code string
	}{
		{file("a.zpl", good), intake.Accepted, ""},
		{file("a.zpl", good), intake.AlreadyTaken, "already_taken"},
		{file("a.zpl", "^XA^FDb^FS^XZ"), intake.Rejected, "name_used"},
		{file("b.zpl", good), intake.Accepted, ""},
		{file("c.zpl", "^XA^MD9^FDc^FS^XZ"), intake.Accepted, "left_out"},
		{file("d.zpl", "~JR"), intake.Rejected, "raw_refused"},
		{file("d.zpl", good), intake.Accepted, ""},
	} {
		out, err := r.Take(t.Context(), step.doc)
		if err != nil || len(out) != 1 || out[0].Status != step.want {
			t.Fatalf("%s: %+v, error %v, want %s", step.doc.Name, out, err, step.want)
		}
		code := ""
		if len(out[0].Problems) > 0 {
			code = out[0].Problems[0].Code
		}
		if code != step.code || (step.want != intake.Rejected) != (len(out[0].Jobs) > 0) {
			t.Errorf("%s: %+v, want %q", step.doc.Name, out[0], step.code)
		}
	}
	if n := len(r.pending(t)); n != 4 {
		t.Errorf("%d jobs are queued, want 4", n)
	}
	// A caller's key and a file's name are two things.
	if _, err := r.PrintRaw(t.Context(), raw("a.zpl", "z")); err != nil {
		t.Error(err)
	}
}

func TestLabelFilesAreOffByDefault(t *testing.T) {
	r := newRig(t, nil)
	out, err := r.Take(t.Context(), file("a.zpl", "^XA^FDa^FS^XZ"))
	if err != nil || out[0].Status != intake.Rejected || out[0].Problems[0].Code != "raw_not_allowed" || !strings.Contains(out[0].Problems[0].Message, "intake.scopes") {
		t.Errorf("%+v, error %v", out, err)
	}
	if n := len(r.pending(t)); n != 0 {
		t.Errorf("%d jobs are queued", n)
	}
}

// While the journal takes nothing, the file waits and is offered again.
func TestLabelFileWaitsForTheJournal(t *testing.T) {
	r := newRig(t, withRaw)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err := r.Take(ctx, file("a.zpl", "^XA^FDa^FS^XZ")); err == nil {
		t.Errorf("%+v without a journal", out)
	}
	if out, err := r.Take(t.Context(), file("a.zpl", "^XA^FDa^FS^XZ")); err != nil || out[0].Status != intake.Accepted {
		t.Errorf("%+v, error %v", out, err)
	}
}

// A reprint asked for twice with one key is one label.
func TestReprintOnce(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	r.print(t, "A")
	once := desk.Once{Key: "k1", BodySHA256: "x"}
	s, err := r.ReprintOnce(t.Context(), once, "A", 1, "smudged")
	if err != nil {
		t.Fatal(err)
	}
	r.move(t, s.Parcels[0].Job, printer.Sending, printer.Sent, printer.Confirmed)
	r.start(t)
	for range 2 {
		s, err = r.ReprintOnce(t.Context(), once, "A", 1, "smudged")
		if err != nil || s.Parcels[0].Reprints != 1 {
			t.Fatalf("%d reprints, error %v", s.Parcels[0].Reprints, err)
		}
	}
	_, err = r.ReprintOnce(t.Context(), desk.Once{Key: "k1", BodySHA256: "y"}, "A", 1, "torn")
	wantKind(t, err, fault.Conflict)
	if s, err = r.ReprintOnce(t.Context(), desk.Once{Key: "k2", BodySHA256: "x"}, "A", 1, "smudged"); err != nil || s.Parcels[0].Reprints != 2 {
		t.Errorf("%d reprints with a new key, error %v", s.Parcels[0].Reprints, err)
	}
	if n := r.count(t, "label.reprinted"); n != 2 {
		t.Errorf("%d reprints in the journal, want 2", n)
	}
}

// What earlier versions kept of a key is still understood.
func TestRequestsAreReadAsBefore(t *testing.T) {
	var r desk.Request
	if err := json.Unmarshal([]byte(`{"body_sha256":"x","order":"A"}`), &r); err != nil || r.BodySHA256 != "x" || r.Order != "A" {
		t.Errorf("%+v, error %v", r, err)
	}
}
