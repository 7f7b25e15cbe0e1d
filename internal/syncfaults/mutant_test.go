package syncfaults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/process"
)

// TestCampaignNotices runs the campaign with programs that are careless, each in
// its way, and holds that the campaign notices: a count that nothing can fail
// proves nothing.
func TestCampaignNotices(t *testing.T) {
	process.Skip(t)
	// A station that looks whether the hub still has what it took makes good what either
	// has lost; so these do not look.
	deaf := edit{"sync/uplink/uplink.go", "err := u.meet(ctx)", "err := error(nil)"}
	for _, m := range []struct {
		how   string
		edits []edit
		with  string
	}{
		{
			"the station moves its cursor before the hub has answered",
			[]edit{deaf, {"sync/uplink/uplink.go", "d, err := u.o.Client.deliver(ctx, recs,", "u.moveEarly(ctx, recs)\n\td, err := u.o.Client.deliver(ctx, recs,"}},
			"sync/uplink/careless_uplink.go",
		},
		{
			"the hub answers before its commit",
			[]edit{deaf, {"tracking/hub/ingest.go", "h.store.Ingest(ctx, in)", "h.acceptEarly(ctx, in)"}},
			"tracking/hub/careless_hub.go",
		},
	} {
		t.Run(m.how, func(t *testing.T) {
			t.Parallel()
			bin := buildChanged(t, m.edits, m.with)
			// Whether a mishap falls into the moment that the careless one gets wrong, the
			// machine decides too: a fast one records everything between two of them.
			for try := range 4 {
				c := newCampaign(t, bin, seed(t)+uint64(try), 3, process.Number(t, "NOTICE_EVENTS", 2000))
				c.patience, c.pause = patience/12, c.pause/2
				c.run(t)
				broken := c.settle(t)
				c.tell(t)
				if strings.Contains(strings.Join(broken, "\n"), "is not at the hub") {
					return
				}
				t.Logf("nobody noticed; complaints: %q", broken)
			}
			t.Error("nobody noticed")
		})
	}
}

// An edit is a line that stands once in a file, and what takes its place.
type edit struct{ file, sound, careless string }

// buildChanged builds the program with some lines changed and one file added, where with
// names one. They reach the compiler by an overlay: the tree has no way to be careless,
// and no clock that jumps.
func buildChanged(t *testing.T, edits []edit, with string) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]string{} // by the path in the tree
	for _, e := range edits {
		path := filepath.Join(root, filepath.FromSlash(e.file))
		if _, ok := changed[path]; !ok {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed[path] = string(source)
		}
		if n := strings.Count(changed[path], e.sound); n != 1 {
			t.Fatalf("%s has %q %d times, and this test replaces it where it stands once", e.file, e.sound, n)
		}
		changed[path] = strings.Replace(changed[path], e.sound, e.careless, 1)
	}
	replace := map[string]string{}
	for path, text := range changed {
		copied := filepath.Join(dir, fmt.Sprintf("changed-%d.go", len(replace)))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = copied
	}
	if with == "" {
		return process.Build(t, replace)
	}
	added, err := filepath.Abs(filepath.Join("testdata", filepath.Base(with)+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	replace[filepath.Join(root, filepath.FromSlash(with))] = added
	return process.Build(t, replace)
}
