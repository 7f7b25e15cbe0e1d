package journal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/journal"
	"waybill/sync/wire"
)

// All that is known of an upstream goes on under its new name, and nothing of another's.
func TestRenameUpstream(t *testing.T) {
	_, j := aged(t, 5, 3)
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	no := wire.Result{ID: recs[5].ID, Reason: "no"}
	for name, n := range map[string]int{"hub": 4, "hub#live": 6, "hub2": 5, "hub2#live": 7} {
		if err := j.SetCursor(t.Context(), name, recs[n].Position); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.SetCursor(t.Context(), "hub", recs[5].Position, no); err != nil {
		t.Fatal(err)
	}
	sendTo(t, j, "hub2")
	rename := func(from, to string) {
		t.Helper()
		if err := j.RenameUpstream(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
	}
	rename("nobody", "hüb")
	rename("hub", "hub2") // which is another
	rename("hub", "hüb")
	want := []journal.Upstream{
		{Name: "hub2", Position: at(6), Missing: 4},
		{Name: "hüb", Position: at(6), Parked: 1, Former: true, Missing: 4},
	}
	if diff := cmp.Diff(want, standing(t, j)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	rename("hub2", "h")
	if pos, _, err := j.Cursor(t.Context(), "h#live"); err != nil || pos.Sequence != 8 {
		t.Errorf("its lane is at %+v, %v", pos, err)
	}
	if pos, _, err := j.Cursor(t.Context(), "hub2#live"); err != nil || pos.Sequence != 0 {
		t.Errorf("under its old name the lane is at %+v, %v", pos, err)
	}
	rename("hüb", "hub")
	rename("hub", "back")
	if was, err := j.ForgetUpstream(t.Context(), "back"); err != nil || was.Parked != 1 {
		t.Errorf("%+v, %v", was, err)
	}
}
