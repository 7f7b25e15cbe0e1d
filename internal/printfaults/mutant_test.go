package printfaults_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/internal/process"
)

// TestCampaignNotices lets stations print whose ledger is careless, each in its
// way, and holds that the campaign notices: a count that nothing can fail proves
// nothing.
func TestCampaignNotices(t *testing.T) {
	process.Skip(t)
	bin := buildFaulty(t)
	jobs := process.Number(t, "NOTICE_JOBS", 1000)
	type mutant struct {
		how string
		*campaign
	}
	var all []mutant
	for _, how := range []string{"", lateIntent, believesLink, triesAgain, believesCount, sharesBaseline} { // the first is sound
		benches := 1
		if how == sharesBaseline {
			benches = 4 // a label that is lost while the one before it comes out is rarer than the others' marks
		}
		c := newCampaign(t, jobs, benches)
		c.limit = 20 * time.Second
		c.env = append(os.Environ(), "FAULTY_LEDGER="+how)
		switch how {
		case believesLink:
			c.only = []string{cutThere, cutPower}
		case believesCount:
			c.kinds, c.only, c.limit = c.kinds[:2], []string{offAndFed}, 30*time.Second // it is off for eleven at a time
		case sharesBaseline:
			c.kinds, c.only, c.limit = c.kinds[:1], []string{cutPower}, 45*time.Second // one printer, so that jobs wait and one goes ahead
		case triesAgain:
			shared := kinds()[2] // what its count proves is little, so that labels are unconfirmed
			c.kinds, c.only, c.limit = []kind{shared}, []string{strangers, killedOnceOut}, 30*time.Second
		default:
			c.only = []string{killedOnceOut}
		}
		c.prepare(t, bin)
		all = append(all, mutant{how, c})
	}
	var wg sync.WaitGroup
	for _, m := range all {
		wg.Go(func() { m.work(t.Context()) })
	}
	wg.Wait()
	for _, m := range all {
		complaints := m.settle(t)
		noticed := 0
		for _, r := range m.reports {
			noticed += len(r.Missing) + len(r.Duplicated)
		}
		m.tell(t)
		t.Logf("%q, %s: %d labels missing or printed twice; %d complaints", m.how, m.took.Round(time.Second), noticed, len(complaints))
		switch {
		case m.how == "" && len(complaints) > 0:
			t.Errorf("a sound ledger is accused:\n%s", strings.Join(complaints, "\n"))
		case m.how != "" && noticed == 0:
			t.Errorf("nobody noticed a ledger that %s; complaints: %q", m.how, complaints)
		}
	}
}

// The ways to be careless, as testdata/faulty_ledger.go.txt knows them.
const (
	lateIntent   = "writes the intent down late"
	believesLink = "believes the link"
	triesAgain   = "tries again"

	believesCount  = "believes the count"  // whoever was out of sight for however long
	sharesBaseline = "shares the baseline" // of the label on the press with the one sent ahead
)

// buildFaulty builds the station with the careless ledger in the place of the
// desk. Its source reaches the compiler by an overlay: the tree has no way to
// print carelessly.
func buildFaulty(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	wiring := filepath.Join(root, "cmd", "waybill", "station.go")
	source, err := os.ReadFile(wiring)
	if err != nil {
		t.Fatal(err)
	}
	const ledger = "Ledger: st.desk"
	if n := strings.Count(string(source), ledger); n != 1 {
		t.Fatalf("%s has %q %d times, and this test replaces it where it stands once", wiring, ledger, n)
	}
	changed := filepath.Join(dir, "station.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), ledger, "Ledger: newFaultyLedger(st.desk), Unwatched: unwatched()", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	faulty, err := filepath.Abs(filepath.Join("testdata", "faulty_ledger.go.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return process.Build(t, map[string]string{
		wiring: changed,
		filepath.Join(root, "cmd", "waybill", "faulty_ledger.go"): faulty,
	})
}
