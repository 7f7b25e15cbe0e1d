// Package intake is the way orders come in as documents: it reads the shapes
// that shops export into orders, and watches the hot folder where such files are
// dropped, so that each is taken exactly once. Files of labels in ZPL are passed
// on as they are.
//
// Reading is pure; only Folder touches files. Whether an order ships, how and
// with which number is not decided here.
package intake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"waybill/shipment"
)

// Options says how documents are read. The zero Options reads the known shapes.
type Options struct {
	Columns   map[string]string // CSV: our field → the export's column, where the built-in names do not fit
	Currency  string            // of prices that name none; default USD, and the entry's notes say so
	MaxBytes  int64             // default 16 MiB
	MaxOrders int               // default 10 000
	MaxDepth  int               // of nested JSON; default 64
}

func (o Options) withDefaults() Options {
	o.MaxBytes = cmp.Or(o.MaxBytes, 16<<20)
	o.MaxOrders = cmp.Or(o.MaxOrders, 10_000)
	o.MaxDepth = cmp.Or(o.MaxDepth, 64)
	return o
}

// An Entry is one order of a document, or what stands in the place of one.
type Entry struct {
	Line     int // where it begins, counted from 1
	Order    shipment.Order
	Problems shipment.Problems // why it cannot be taken as it is
	Notes    shipment.Problems // what was left out or assumed; nothing to refuse it for

	lines      map[string]int // order field → line
	unreadable bool
}

// LineOf returns the line on which a field of the order stands, or the nearest
// field around it.
func (e Entry) LineOf(field string) int {
	for f := field; f != ""; {
		if line, ok := e.lines[f]; ok {
			return line
		}
		f = f[:max(0, strings.LastIndexAny(f, ".["))]
	}
	return e.Line
}

// Unreadable reports whether a problem lies in the document: what it says could
// not be read, or contradicts itself. Such an entry is never an order, even
// where Order looks like one. Other problems are those of Order.Check.
func (e Entry) Unreadable() bool { return e.unreadable }

// A Document is a file that was claimed, and what it holds.
type Document struct {
	Name    string // as it was dropped
	Claim   string // its name while it is ours; the same each time it is taken again
	SHA256  string // of its bytes, in hex; empty where it was too large to read
	Entries []Entry

	Raw     bool   // a file of labels in ZPL: it holds no orders, and one entry stands for it
	Content []byte // of such a file
}

// A Status says what became of an entry.
type Status string

// The statuses.
const (
	Accepted     Status = "accepted"
	AlreadyTaken Status = "already_taken" // the same order came before; nothing was done
	Held         Status = "held"          // taken, and waiting for something
	Rejected     Status = "rejected"
)

// An Outcome says what became of one entry, and why.
type Outcome struct {
	Line     int               `json:"line"`
	OrderID  shipment.OrderID  `json:"order_id,omitempty"`
	Status   Status            `json:"status"`
	Problems shipment.Problems `json:"problems,omitempty"`
	Jobs     []string          `json:"jobs,omitempty"` // of a file of labels
}

// Take takes a document in and returns one Outcome for each of its Entries, in
// their order. It must be idempotent for each order: after a crash or an error
// the same document comes again. An error means that nothing can be taken now,
// as when the disk is full; the document waits and is offered again.
type Take func(ctx context.Context, doc Document) ([]Outcome, error)

// Parse reads a document into the orders it holds. It never fails as a whole:
// what cannot be read is an entry with problems, and there is always at least
// one entry. name only serves to tell CSV and JSON lines from the rest.
//
// An order without an ID gets one made from its content, so that the same
// content has the same ID whenever it comes.
func Parse(name string, data []byte, o Options) []Entry {
	o = o.withDefaults()
	if int64(len(data)) > o.MaxBytes {
		return []Entry{tooLarge(o)}
	}
	data, refused := decoded(data)
	if refused != nil {
		return []Entry{*refused}
	}
	rest := bytes.TrimLeft(data, " \t\r\n")
	if len(rest) == 0 {
		return []Entry{refusal(1, "empty", "the file is empty")}
	}
	ext := strings.ToLower(filepath.Ext(name))
	looksJSON := rest[0] == '{' || rest[0] == '['
	var entries []Entry
	switch {
	case ext == ".csv" && !looksJSON:
		entries = parseCSV(data, o)
	case isLines(ext, data):
		entries = parseLines(data, o)
	default:
		entries = parseJSON(data, 1, o)
	}
	if len(entries) > o.MaxOrders {
		return []Entry{refusal(1, "too_large", "the file holds more than %d orders; split it", o.MaxOrders)}
	}
	if len(entries) == 0 {
		return []Entry{refusal(1, "empty", "the file holds no order")}
	}
	return entries
}

// decoded returns data without a byte order mark, or why it is no text.
func decoded(data []byte) ([]byte, *Entry) {
	refuse := func(at int, msg string) *Entry {
		e := refusal(1+bytes.Count(data[:at], []byte("\n")), "encoding", "%s", msg)
		return &e
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, refuse(0, "the file is UTF-16; save it as UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return nil, refuse(i, "the file holds NUL bytes: it is no text, or was cut by a crash; export it again as UTF-8")
	}
	if i := invalidUTF8(data); i >= 0 {
		return nil, refuse(i, "the file is not UTF-8; export it again as UTF-8")
	}
	return data, nil
}

// isLines reports whether data is one JSON document a line. A file of one
// document is none, whatever its name.
func isLines(ext string, data []byte) bool {
	if json.Valid(data) {
		return false
	}
	if ext == ".jsonl" || ext == ".ndjson" {
		return true
	}
	first, rest, _ := bytes.Cut(bytes.TrimLeft(data, " \t\r\n"), []byte("\n"))
	return len(bytes.TrimSpace(rest)) > 0 && json.Valid(first)
}

// parseLines reads one document a line. A bad line is an entry with its
// problem, and the next line is read.
func parseLines(data []byte, o Options) []Entry {
	var entries []Entry
	line := 0
	for part := range bytes.Lines(data) {
		line++
		if part = bytes.TrimSpace(part); len(part) > 0 {
			entries = append(entries, parseJSON(part, line, o)...)
		}
		if len(entries) > o.MaxOrders {
			break
		}
	}
	return entries
}

func tooLarge(o Options) Entry {
	return refusal(1, "too_large", "the file is larger than %d MiB; split it", o.MaxBytes>>20)
}
