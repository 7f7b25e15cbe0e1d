package desk_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/scanner"
	"waybill/sync/journal"
)

// badges has Ana and Bo, and scanner "gun" at a dock of the station's own.
func badges(o *desk.Options) {
	o.Rules.Packing.Operators, o.Rules.Packing.BadgeLasts = []packing.Operator{{ID: "A-7", Name: "Ana"}, {ID: "B-1", Name: "Bo"}}, 12*time.Hour
	o.Docks = map[string]string{"gun": "3"}
}

// badge scans an operator's badge with a scanner.
func (r *rig) badge(t *testing.T, name, id string) {
	t.Helper()
	res, err := r.Scan(t.Context(), scanner.Scan{Scanner: name, Role: scanner.Dock, Raw: []byte("WBC:BADGE:" + id), At: r.now})
	if err != nil || res.Code != "operator" {
		t.Fatalf("badge of %s with %s: %+v, error %v", id, name, res, err)
	}
}

// held returns who holds which scanner, as the page shows it.
func (r *rig) held(t *testing.T) map[string]string {
	t.Helper()
	hands, err := r.Hands(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, h := range hands {
		all[h.Scanner] = strings.TrimSpace(fmt.Sprint(h.Name, map[bool]string{true: " lapsed"}[h.Lapsed]))
	}
	return all
}

// TestScannersThatRestAreForgotten holds that of the scanners which only programs
// name, those are forgotten that nobody has used for a week after their badge lapsed,
// and that the station's own stay, with the question who is there.
func TestScannersThatRestAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, badges)
	r.badge(t, "gun", "A-7")
	r.badge(t, "phone-1", "A-7")
	r.now = r.now.Add(7*24*time.Hour - time.Hour)
	r.badge(t, "phone-2", "B-1")
	if diff := cmp.Diff(map[string]string{"gun": "Ana lapsed", "phone-1": "Ana lapsed", "phone-2": "Bo"}, r.held(t)); diff != "" {
		t.Errorf("within the week (-want +got):\n%s", diff)
	}
	r.now = r.now.Add(2 * time.Hour)
	want := map[string]string{"gun": "Ana lapsed", "phone-2": "Bo"}
	if diff := cmp.Diff(want, r.held(t)); diff != "" {
		t.Errorf("after the week (-want +got):\n%s", diff)
	}
	r.badge(t, "phone-2", "B-1")
	if raw := r.docs(t, "dock_hands")["all"]; strings.Contains(raw, "phone-1") || !strings.Contains(raw, "gun") {
		t.Errorf("kept is %s", raw)
	}
	if res := r.scan(t, scanner.Dock, "nothing we know"); !strings.Contains(res.Message, "Who are you? Ana was here last") {
		t.Errorf("the station's own scanner says %q", res.Message)
	}
}

// TestWhoHoldsScannersIsBounded holds that programs which make up a name for each
// scan fill no disk, and push out none of the station's own scanners.
func TestWhoHoldsScannersIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) {
		badges(o)
		o.Rules.Packing.BadgeLasts = 0 // none ever lapses
	})
	r.badge(t, "gun", "A-7")
	for n := range 120 {
		r.now = r.now.Add(time.Second)
		r.badge(t, fmt.Sprint("made-up-", n), "B-1")
	}
	held := r.held(t)
	if _, oldest := held["made-up-20"]; len(held) != 100 || held["gun"] != "Ana" || held["made-up-119"] != "Bo" || oldest {
		t.Errorf("%d are kept, %v", len(held), held)
	}
	if n := len(r.docs(t, "dock_hands")) + len(r.docs(t, "dock_hand")); n != 1 {
		t.Errorf("in %d documents", n)
	}
}

// TestHandsThatCannotBeReadAreSetAside holds that no scan at the dock fails for it, that
// the bytes are kept, and that the dock is told to scan badges.
func TestHandsThatCannotBeReadAreSetAside(t *testing.T) {
	t.Parallel()
	for name, meet := range map[string]func(*testing.T, *rig){
		"by a parcel": func(t *testing.T, r *rig) { t.Helper(); r.dock(t, numberOf(t, r, "A"), "handed_over") },
		"by a badge":  func(t *testing.T, r *rig) { t.Helper(); r.badge(t, "gun", "A-7") },
		"at a start": func(t *testing.T, r *rig) {
			t.Helper()
			if err := r.Expect(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, badges)
			r.stock(t, ground)
			r.print(t, "A")
			r.badge(t, "gun", "A-7")
			if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
				return tx.Put("dock_hands", "all", []string{"damaged"}, journal.Index{})
			}); err != nil {
				t.Fatal(err)
			}
			if len(r.held(t)) != 0 {
				t.Errorf("held by %v", r.held(t))
			}
			meet(t, r)
			if got := r.alarms(t); len(got) != 1 || !strings.Contains(got[0], "Scan your badge again") {
				t.Errorf("alarms are %q", got)
			}
			if raw := r.docs(t, "dock_hands")["unreadable"]; !strings.Contains(raw, base64.StdEncoding.EncodeToString([]byte(`["damaged"]`))) {
				t.Errorf("set aside is %q", raw)
			}
			r.badge(t, "gun", "B-1")
			if held := r.held(t); held["gun"] != "Bo" || len(held) != 1 {
				t.Errorf("held by %v", held)
			}
		})
	}
}

// TestHandsOfBeforeAreGathered holds that who held which scanner, as earlier versions
// kept it, counts on once the station has started, that its documents are emptied, and
// that one which cannot be read keeps nobody from scanning.
func TestHandsOfBeforeAreGathered(t *testing.T) {
	t.Parallel()
	r := newRig(t, badges)
	if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
		for name, op := range map[string]string{"gun": "A-7", "phone-1": "B-1", "phone-2": "B-1"} {
			since := r.now
			if name == "phone-2" {
				since = since.AddDate(0, -1, 0)
			}
			if err := tx.Put("dock_hand", name, map[string]any{"operator": op, "since": since}, journal.Index{}); err != nil {
				return err
			}
		}
		return tx.Put("dock_hand", "phone-3", "damaged", journal.Index{})
	}); err != nil {
		t.Fatal(err)
	}
	r.scan(t, scanner.Dock, "nothing we know") // also before they are gathered
	for range 2 {
		if err := r.Expect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"gun": "Ana", "phone-1": "Bo"}
	if diff := cmp.Diff(want, r.held(t)); diff != "" {
		t.Errorf("before anything is scanned (-want +got):\n%s", diff)
	}
	r.badge(t, "phone-1", "A-7")
	want["phone-1"] = "Ana"
	if diff := cmp.Diff(want, r.held(t)); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
	for name, raw := range r.docs(t, "dock_hand") {
		if raw != "null" {
			t.Errorf("%s still has %s", name, raw)
		}
	}
}
