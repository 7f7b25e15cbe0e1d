package dockday_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver that both files need

	"waybill/internal/printaudit"
	"waybill/internal/process"
)

// An entry is an event as a file has it.
type entry struct {
	epoch, sequence int64
	hash            string
	raw             []byte
}

// The books are everything that says which parcels left.
type books struct {
	scanned     []parcel // what the docks were told
	journal     []entry
	hub         []entry
	quarantined int
	stories     map[string]string // milestones at the hub, by tracking number
	manifests   []manifest
	kept        []parcel              // taken off a pick-up by a dock, for good
	returned    []parcel              // taken back from a pick-up that was closed
	days        map[string]carrierDay // the day by carrier, as the station tells it
	alarms      []string              // carriers whose cut-off somebody was to hear of, before the pick-ups were closed
	paper       map[string]int        // labels on paper, by parcel
	printing    []string              // what printaudit complains of
	printed     string                // and its figures

	left int // parcels that have left, by the journal
}

// close ends the day: pick-ups are closed, the hub gets what it lacks, and
// everything is stopped and read.
func (d *day) close(ctx context.Context, t *testing.T) *books {
	t.Helper()
	d.waitForCutoff(ctx)
	b := &books{stories: map[string]string{}, paper: map[string]int{}}
	_, b.alarms = d.closeOut(ctx)
	b.manifests = d.closeHandoffs(ctx, t)
	b.manifests = append(b.manifests, d.correct(ctx, t, b.manifests[0]))
	var alarms []string
	if b.days, alarms = d.closeOut(ctx); len(alarms) > 0 {
		d.complain("the alarms of %q are still there after the closing", alarms)
	}
	d.catchUp(ctx, t)
	b.scanned, b.kept, b.returned = d.scanned, d.kept.take(), d.returned.take()
	for _, p := range slices.Concat(b.scanned, b.kept, b.returned, d.voided.take(), d.behindAll.take()) {
		b.stories[p.number] = d.story(ctx, p.number)
	}
	d.station.Stop(os.Interrupt)
	d.hub.Stop(os.Interrupt)
	b.journal = entries(t, filepath.Join(d.dir, "station", "data", "journal.db"), "SELECT place >> 40, place & 1099511627775, hash, raw FROM events ORDER BY place")
	hub := filepath.Join(d.dir, "hub", "data", "hub.db")
	b.hub = entries(t, hub, "SELECT epoch, sequence, hash, raw FROM events ORDER BY epoch, sequence")
	b.quarantined = len(entries(t, hub, "SELECT epoch, sequence, hash, raw FROM quarantine"))
	d.readPaper(ctx, t, b)
	for _, args := range []string{"verify", "replay --compare"} {
		if out, err := d.station.Command(ctx, append([]string{"journal"}, strings.Fields(args)...)...).CombinedOutput(); err != nil {
			d.complain("waybill journal %s: %v\n%s", args, err, out)
		}
	}
	return b
}

// catchUp waits until the hub has every event.
func (d *day) catchUp(ctx context.Context, t *testing.T) {
	t.Helper()
	count := func(file string) (n int) {
		db := readOnly(t, file)
		defer db.Close()
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM events").Scan(&n); err != nil {
			d.complain("%s: %v", file, err)
		}
		return n
	}
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		if count(filepath.Join(d.dir, "station", "data", "journal.db")) == count(filepath.Join(d.dir, "hub", "data", "hub.db")) {
			return
		}
		process.Wait(ctx, 200*time.Millisecond)
	}
	d.complain("the hub does not get every event")
}

// story is the milestone of a parcel at the hub.
func (d *day) story(ctx context.Context, number string) string {
	_, text, err := d.hub.Call(ctx, http.MethodGet, "/v1/shipments/"+url.PathEscape(number), nil)
	var s struct{ Milestone string }
	if err != nil || json.Unmarshal(text, &s) != nil {
		d.complain("story of %s: %v %s", number, err, text)
	}
	return s.Milestone
}

func (d *day) readPaper(ctx context.Context, t *testing.T, b *books) {
	t.Helper()
	reader, err := printaudit.OpenJournal(filepath.Join(d.dir, "station", "data", "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	j, err := reader.All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var papers []printaudit.Paper
	formats := map[string]int{}
	for _, p := range d.printers {
		labels, err := printaudit.ReadPaper(p.dir)
		if err != nil && !os.IsNotExist(err) {
			d.complain("%v", err)
		}
		papers = append(papers, printaudit.Paper{Printer: p.name, Device: p.serial, Counts: true, Labels: labels})
		for _, l := range labels {
			if !l.Feed && !l.Partial && !l.Text {
				formats[l.Format]++
			}
		}
	}
	for _, job := range j.Jobs {
		b.paper[job.Ref] += formats[job.Format]
	}
	r := printaudit.Count(j, papers, d.orders)
	b.printing, b.printed = r.Broken(), r.String()
}

func readOnly(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: filepath.ToSlash(file), RawQuery: "mode=ro&_pragma=busy_timeout(10000)"}).String())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// entries reads events from a file of SQLite.
func entries(t *testing.T, file, query string) []entry {
	t.Helper()
	db := readOnly(t, file)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var es []entry
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.epoch, &e.sequence, &e.hash, &e.raw); err != nil {
			t.Fatal(err)
		}
		es = append(es, e)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return es
}
