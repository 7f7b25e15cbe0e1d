package syncfaults_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // reads the files
)

// An event as the files have it.
type event struct {
	epoch, sequence int64
	id              string
	digest          [sha256.Size]byte // of its bytes
	prev            string            // the digest it names as the one before, in hex
	scan            string            // what was scanned, where it is a scan that counts
}

func (e event) place() string { return fmt.Sprintf("%d/%d", e.epoch, e.sequence) }

// Books are what was written down of one station, by each of three: the one who
// scanned, the station and the hub.
type books struct {
	station string
	acked   []string // what the station said it has, each once
	journal []event  // in their order
	hub     []event  // in their order
}

// readJournal reads a station's journal.
func readJournal(ctx context.Context, path string) ([]event, error) {
	return read(ctx, path, "SELECT raw FROM events ORDER BY place")
}

// readHub reads what the hub's store has of a station.
func readHub(ctx context.Context, path, station string) ([]event, error) {
	return read(ctx, path, "SELECT raw FROM events WHERE station = ? ORDER BY epoch, sequence", station)
}

func read(ctx context.Context, path, query string, args ...any) (all []event, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		var fields struct {
			ID       string `json:"id"`
			Type     string `json:"type"`
			Epoch    int64  `json:"epoch"`
			Sequence int64  `json:"sequence"`
			PrevHash string `json:"prevhash"`
			Data     struct {
				Raw  string `json:"raw"`
				Code string `json:"code"`
			} `json:"data"`
		}
		if err := json.Unmarshal(raw, &fields); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		e := event{epoch: fields.Epoch, sequence: fields.Sequence, id: fields.ID, digest: sha256.Sum256(raw), prev: fields.PrevHash}
		// That a scan came again is told by an event of its own, and counts for nothing;
		// its code says whether that was within the half second of one look at a label.
		if again := fields.Data.Code == "resent" || fields.Data.Code == "repeated"; strings.HasPrefix(fields.Type, "waybill.scan.") && !again {
			e.scan = fields.Data.Raw
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// judge returns every broken promise.
func (b books) judge() (broken []string) {
	complain := func(format string, args ...any) {
		broken = append(broken, b.station+": "+fmt.Sprintf(format, args...))
	}
	for _, c := range chain(b.journal) {
		complain("the journal's %s", c)
	}
	for _, c := range chain(b.hub) {
		complain("the hub's %s", c)
	}
	times := map[string]int{}
	for _, e := range b.journal {
		if e.scan != "" {
			times[e.scan]++
		}
	}
	for _, scan := range b.acked {
		if n := times[scan]; n != 1 {
			complain("%s was acknowledged, and the journal has it %d times", scan, n)
		}
	}
	there := make(map[[sha256.Size]byte]int, len(b.hub))
	for _, e := range b.hub {
		there[e.digest]++
	}
	for _, e := range b.journal {
		switch n := there[e.digest]; n {
		case 0:
			complain("event %s, %s, is not at the hub", e.place(), e.id)
		case 1:
		default:
			complain("event %s, %s, is at the hub %d times", e.place(), e.id, n)
		}
		delete(there, e.digest)
	}
	for _, e := range b.hub {
		if there[e.digest] > 0 {
			complain("the hub's event %s, %s, is in no journal", e.place(), e.id)
		}
	}
	return broken
}

// chain returns where a history is not one.
func chain(events []event) (broken []string) {
	prev, epoch, next := strings.Repeat("0", 2*sha256.Size), int64(0), int64(1)
	ids := make(map[string]bool, len(events))
	for _, e := range events {
		if e.epoch != epoch {
			prev, epoch, next = strings.Repeat("0", 2*sha256.Size), e.epoch, 1
		}
		if e.sequence != next {
			broken = append(broken, fmt.Sprintf("event %s, %s, stands where %d/%d is due", e.place(), e.id, epoch, next))
		}
		if e.prev != prev {
			broken = append(broken, fmt.Sprintf("event %s, %s, does not follow the one before it", e.place(), e.id))
		}
		if ids[e.id] {
			broken = append(broken, fmt.Sprintf("event %s has the identifier of another, %s", e.place(), e.id))
		}
		ids[e.id] = true
		prev, next = hex.EncodeToString(e.digest[:]), e.sequence+1
	}
	return broken
}

// count reads one number.
func count(ctx context.Context, path, query string, into *int, args ...any) error {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.QueryRowContext(ctx, query, args...).Scan(into)
}
