package syncfaults_test

import (
	"encoding/json"
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
	skipHere(t)
	for _, m := range []struct{ how, file, sound, careless, with string }{
		{
			"the station moves its cursor before the hub has answered", "sync/uplink/uplink.go",
			"d, err := u.o.Client.Send(ctx, recs)", "u.moveEarly(ctx, recs)\n\td, err := u.o.Client.Send(ctx, recs)", "careless_uplink.go",
		},
		{
			"the hub answers before its commit", "tracking/hub/ingest.go",
			"h.store.Ingest(r.Context(), in)", "h.acceptEarly(r.Context(), in)", "careless_hub.go",
		},
	} {
		t.Run(m.how, func(t *testing.T) {
			t.Parallel()
			bin := buildCareless(t, m.file, m.sound, m.careless, m.with)
			c := newCampaign(t, bin, 3, number(t, "NOTICE_EVENTS", 3000))
			c.patience = patience / 12
			c.run(t)
			broken := c.settle(t)
			c.tell(t)
			if !strings.Contains(strings.Join(broken, "\n"), "is not at the hub") {
				t.Errorf("nobody noticed; complaints: %q", broken)
			}
		})
	}
}

// buildCareless builds the program with one line of one file changed. What is
// changed reaches the compiler by an overlay: the tree has no way to be careless.
func buildCareless(t *testing.T, file, sound, careless, with string) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(root, filepath.FromSlash(file))
	source, err := os.ReadFile(changed)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), sound); n != 1 {
		t.Fatalf("%s has %q %d times, and this test replaces it where it stands once", file, sound, n)
	}
	copied := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(copied, []byte(strings.Replace(string(source), sound, careless, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	added, err := filepath.Abs(filepath.Join("testdata", with+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		changed: copied,
		filepath.Join(filepath.Dir(changed), with): added,
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	return process.Build(t, path)
}
