package desk_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// bundleEvents returns what was recorded of the hub's rules and templates.
func (r *rig) bundleEvents(t *testing.T) (said []string) {
	t.Helper()
	if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			var b struct {
				Version int64
				Reason  string
			}
			if rec.Type != shipment.BundleAppliedType && rec.Type != shipment.BundleRefusedType {
				return nil
			}
			err := json.Unmarshal(env.Data, &b)
			said = append(said, fmt.Sprintf("%s %d %.9s", rec.Type, b.Version, b.Reason))
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	return said
}

// TestTheHubHearsByWhatAStationWorks starts a station time and again, as it is after a
// crash while a bundle was put in place, and after its files were damaged: it says what
// is so, and nothing twice.
func TestTheHubHearsByWhatAStationWorks(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	const damaged = "damaged: the disk"
	for _, step := range []struct {
		name             string
		applied          int64 // by the hub's word, before the start
		version, refused int64 // at the start
		why              string
		want             []string
	}{
		{"no bundle", 0, 0, 0, "", nil},
		{"the first", 1, 1, 0, "", []string{"bundle.applied 1 "}},
		{"a crash before the second is in place", 2, 1, 0, "", []string{"bundle.applied 2 ", "bundle.applied 1 "}},
		{"nothing new", 0, 1, 0, "", nil},
		{"the second", 2, 2, 0, "", []string{"bundle.applied 2 "}},
		{"damaged", 0, 1, 2, damaged, []string{"bundle.refused 2 damaged: ", "bundle.applied 1 "}},
		{"still damaged", 0, 1, 2, damaged, nil},
		{"both damaged", 0, 0, 2, "both " + damaged, []string{"bundle.refused 2 both dama"}},
		{"laid again", 2, 2, 0, "", []string{"bundle.applied 2 "}},
		{"no bundles any more", 0, 0, 0, "", []string{"bundle.refused 2 the stati"}},
		{"and so once more", 0, 0, 0, "", nil},
	} {
		before := len(r.bundleEvents(t))
		if step.applied > 0 {
			if err := r.BundleApplied(t.Context(), wire.Bundle{Version: step.applied}); err != nil {
				t.Fatal(err)
			}
		}
		r.start(t)
		if err := r.WorksBy(t.Context(), step.version, step.refused, step.why); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, r.bundleEvents(t)[before:], cmp.Transformer("none", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
	}
}
