package printaudit

import (
	"database/sql"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const label = "^XA\n^FDone^FS\n^XZ"

func TestReadJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{
		`CREATE TABLE docs (position INTEGER PRIMARY KEY, kind TEXT, id TEXT, state TEXT, doc BLOB)`,
		`CREATE TABLE events (place INTEGER PRIMARY KEY, type TEXT, raw BLOB)`,
		`INSERT INTO docs (kind, id, state, doc) VALUES ('order', 'o', 'printed', '{}'),
			('job', 'a', 'unconfirmed', '{"id":"a","ref":"o-1","printer":"p","content":"XlhBCl5GRG9uZV5GUwpeWFoK","labels":[{"k":1,"state":"unconfirmed","baseline":7,"device":"S1","reason":"gone"}]}'),
			('job', 'b', 'done', '{"id":"b","ref":"q-1","content":null,"labels":[{"k":1,"state":"confirmed"}]}'),
			('job_content', 'b', '', '"eA=="')`,
		`INSERT INTO events (type, raw) VALUES ('order.accepted', '{'),
			('label.unconfirmed', '{"type":"waybill.label.unconfirmed.v1","data":{"job":"a","label":1,"printer":"p","reason":"gone"}}')`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := r.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unsure := Job{ID: "a", Ref: "o-1", Printer: "p", Format: digest([]byte("^XA^FDone^FS^XZ")), Labels: []Label{{K: 1, State: unconfirmed, Baseline: n(7), Device: "S1", Reason: "gone"}}}
	want := Journal{
		Jobs:   []Job{unsure, {ID: "b", Ref: "q-1", Format: digest([]byte("x")), Labels: []Label{{K: 1, State: confirmed}}}},
		Events: []Event{{Type: "label.unconfirmed", Job: "a", Label: 1, Printer: "p", Reason: "gone"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	open, err := r.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Job{unsure}, open); diff != "" {
		t.Errorf("unfinished jobs (-want +got):\n%s", diff)
	}
	if n, err := r.Count(t.Context()); err != nil || n != 2 {
		t.Errorf("%d jobs, %v; want 2", n, err)
	}
}

func TestReadPaper(t *testing.T) {
	dir := t.TempDir()
	list := `{"n":1,"at":"2026-11-20T12:00:00Z","sha256":"` + digest([]byte(label)) + `","odometer":5}` + "\n" + `{"n":2,"sha256":"e3","odometer":6,"feed":true}` + "\n" + `{"n":3,"sha`
	for name, content := range map[string]string{"labels.jsonl": list, "000001.zpl": label} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadPaper(dir)
	if err != nil || len(got) != 2 || got[1].Odometer != 6 || !got[1].Feed {
		t.Errorf("%+v, %v; want the two whole lines", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "000001.zpl"), []byte("^XA^XZ"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPaper(dir); err == nil || !strings.Contains(err.Error(), "not of one label") {
		t.Errorf("%v; want that list and file differ", err)
	}
	if _, err := parsePaper(strings.NewReader(`{"n":2}` + "\n")); err == nil {
		t.Error("a list that begins with its second label is taken")
	}
}

func TestFormat(t *testing.T) {
	for _, sent := range []string{label, label + "\n", "junk" + label, "^XA^FDone^FS^PQ7^XZ", "^XA\n^PQ2,0,1,Y\n^FDone^FS\n^XZ"} {
		if got := string(format([]byte(sent))); got != "^XA^FDone^FS^XZ" {
			t.Errorf("%q is %q", sent, got)
		}
	}
	if a, b := format([]byte("^XA^FDone^FS^XZ")), format([]byte("^XA^FDtwo^FS^XZ")); string(a) == string(b) {
		t.Error("two labels are one")
	}
}

// A checker that shares code with what it checks repeats its mistakes.
func TestSharesNoCode(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if strings.HasPrefix(i.Path.Value, `"waybill`) {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"n":1,"sha256":"aa","odometer":1}` + "\n"))
	f.Add([]byte(`{"id":"a","content":"XlhB","labels":[{"k":1,"state":"sent"}]}`))
	f.Add([]byte(`{"type":"waybill.label.unconfirmed.v1","data":{"label":1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if labels, err := parsePaper(strings.NewReader(string(b))); err == nil {
			for i, l := range labels {
				if l.N != i+1 {
					t.Errorf("label %d is called %d", i+1, l.N)
				}
			}
		}
		if j, err := parseJob(b, []byte("null")); err == nil && (j.ID == "" || len(j.Labels) == 0 || len(j.Format) != 64) {
			t.Errorf("job %+v", j)
		}
		if e, err := parseEvent(b); err != nil && e != (Event{}) {
			t.Errorf("%+v from what is no event", e)
		}
	})
}
