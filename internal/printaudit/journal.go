package printaudit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver that the journal's file needs
)

// A Label is one label of a job as the journal has it.
type Label struct {
	K        int       `json:"k"`
	State    string    `json:"state"`
	Evidence string    `json:"evidence"`
	Baseline *int64    `json:"baseline"`
	Device   string    `json:"device"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// The states of a label that the count knows.
const (
	confirmed   = "confirmed"
	unconfirmed = "unconfirmed"
	failed      = "failed"
	cancelled   = "cancelled"
)

// A Job is a run of equal labels as the journal has it.
type Job struct {
	ID      string  `json:"id"`
	Ref     string  `json:"ref"`
	Printer string  `json:"printer"`
	Labels  []Label `json:"labels"`
	// Format is the SHA-256, in hex, of what a printer can know of the label.
	Format string `json:"-"`
}

// Open reports whether a label of the job waits for the spool or for a person.
func (j Job) Open() bool {
	for _, l := range j.Labels {
		switch l.State {
		case confirmed, failed, cancelled:
		default:
			return true
		}
	}
	return false
}

// An Event is what the journal tells the world about one label.
type Event struct {
	Type    string
	Job     string
	Label   int
	Printer string
	Reason  string
}

// A Journal is what a station's journal holds about printing.
type Journal struct {
	Jobs   []Job
	Events []Event // of labels alone, in order
}

// Reader reads a journal, also while its station runs.
type Reader struct{ db *sql.DB }

// OpenJournal opens the journal at path for reading.
func OpenJournal(path string) (*Reader, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	slash := filepath.ToSlash(abs)
	if !strings.HasPrefix(slash, "/") {
		slash = "/" + slash
	}
	u := url.URL{Scheme: "file", Path: slash, RawQuery: url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return &Reader{db: db}, nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.db.Close() }

// jobsAndLabels reads jobs with the bytes of their labels, which the journal keeps
// apart.
const jobsAndLabels = `SELECT d.doc, coalesce(c.doc, 'null') FROM docs d
	LEFT JOIN docs c ON c.kind = 'job_content' AND c.id = d.id WHERE d.kind = 'job'`

// All reads the whole journal.
func (r *Reader) All(ctx context.Context) (Journal, error) {
	var j Journal
	var err error
	if j.Jobs, err = r.jobs(ctx, jobsAndLabels+` ORDER BY d.position`); err != nil {
		return j, err
	}
	rows, err := r.db.QueryContext(ctx, `SELECT raw FROM events WHERE type LIKE 'label.%' ORDER BY place`)
	if err != nil {
		return j, fmt.Errorf("events in the journal: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return j, fmt.Errorf("events in the journal: %w", err)
		}
		e, err := parseEvent(raw)
		if err != nil {
			return j, err
		}
		j.Events = append(j.Events, e)
	}
	return j, rows.Err()
}

// Unfinished reads the jobs that are not filed as done.
func (r *Reader) Unfinished(ctx context.Context) ([]Job, error) {
	return r.jobs(ctx, jobsAndLabels+` AND d.state <> 'done' ORDER BY d.position`)
}

// Count returns how many jobs there are.
func (r *Reader) Count(ctx context.Context) (n int, err error) {
	if err := r.db.QueryRowContext(ctx, `SELECT count(*) FROM docs WHERE kind = 'job'`).Scan(&n); err != nil {
		return 0, fmt.Errorf("jobs in the journal: %w", err)
	}
	return n, nil
}

func (r *Reader) jobs(ctx context.Context, query string) ([]Job, error) {
	rows, err := r.db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("jobs in the journal: %w", err)
	}
	defer rows.Close()
	var all []Job
	for rows.Next() {
		var raw, content []byte
		if err := rows.Scan(&raw, &content); err != nil {
			return nil, fmt.Errorf("jobs in the journal: %w", err)
		}
		j, err := parseJob(raw, content)
		if err != nil {
			return nil, err
		}
		all = append(all, j)
	}
	return all, rows.Err()
}

// parseJob reads a job's document, and the bytes of its label.
func parseJob(raw, content []byte) (Job, error) {
	var doc struct {
		Job
		Content []byte `json:"content"` // where they are kept together
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Job{}, fmt.Errorf("job in the journal: %w", err)
	}
	if doc.ID == "" || len(doc.Labels) == 0 {
		return Job{}, fmt.Errorf("job in the journal: no id or no labels: %.80q", raw)
	}
	if len(doc.Content) == 0 {
		if err := json.Unmarshal(content, &doc.Content); err != nil {
			return Job{}, fmt.Errorf("label of job %s in the journal: %w", doc.ID, err)
		}
	}
	doc.Format = digest(format(doc.Content))
	return doc.Job, nil
}

// parseEvent reads what an event of a label says.
func parseEvent(raw []byte) (Event, error) {
	var doc struct {
		Type string `json:"type"`
		Data struct {
			Job     string `json:"job"`
			Label   int    `json:"label"`
			Printer string `json:"printer"`
			Reason  string `json:"reason"`
		} `json:"data"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Event{}, fmt.Errorf("event in the journal: %w", err)
	}
	name := strings.TrimSuffix(strings.TrimPrefix(doc.Type, "waybill."), ".v1")
	return Event{Type: name, Job: doc.Data.Job, Label: doc.Data.Label, Printer: doc.Data.Printer, Reason: doc.Data.Reason}, nil
}

// format returns what a printer keeps of a label, from its ^XA to its ^XZ, but
// for how many of it are asked for (^PQ) and for line ends: the same label may be
// sent alone or in a batch.
func format(content []byte) []byte {
	from, to := bytes.Index(content, []byte("^XA")), bytes.LastIndex(content, []byte("^XZ"))
	if from >= 0 && to > from {
		content = content[from : to+len("^XZ")]
	}
	same := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		switch {
		case bytes.HasPrefix(content[i:], []byte("^PQ")):
			for i++; i+1 < len(content) && content[i+1] != '^' && content[i+1] != '~'; i++ {
			}
		case content[i] != '\r' && content[i] != '\n':
			same = append(same, content[i])
		}
	}
	return same
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
