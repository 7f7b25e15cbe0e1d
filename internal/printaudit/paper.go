package printaudit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// A Printed is one piece of paper that came out of a printer.
type Printed struct {
	N        int       `json:"n"`
	At       time.Time `json:"at"`
	SHA256   string    `json:"sha256"` // of its format, as the list has it
	Odometer int64     `json:"odometer"`
	Feed     bool      `json:"feed"`    // blank
	Partial  bool      `json:"partial"` // a label that was interrupted; it counts for none
	Text     bool      `json:"text"`    // a line in another language; it counts for none
	// Format is the digest by which a job's labels are known; see Job.
	Format string `json:"-"`
}

// label reports whether it is a label, and whole.
func (p Printed) label() bool { return !p.Feed && !p.Partial && !p.Text }

// A Paper is the labels that came out of one printer, oldest first.
type Paper struct {
	Printer string // its name at the station
	Device  string // its serial number
	Counts  bool   // it tells its odometer
	Shared  bool   // other hosts print on it as well
	Labels  []Printed
}

// ReadPaper reads the list that a virtual printer keeps in dir, and holds it
// against the label files beside it.
func ReadPaper(dir string) ([]Printed, error) {
	file, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("list of printed labels: %w", err)
	}
	defer file.Close()
	labels, err := parsePaper(file)
	if err != nil {
		return nil, fmt.Errorf("list of printed labels %s: %w", dir, err)
	}
	for i, l := range labels {
		if l.Feed || l.Text {
			continue
		}
		zpl, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%06d.zpl", l.N)))
		if err != nil {
			return nil, fmt.Errorf("printed label: %w", err)
		}
		if digest(zpl) != l.SHA256 {
			return nil, fmt.Errorf("printed label %d in %s: the list and the file are not of one label", l.N, dir)
		}
		labels[i].Format = digest(format(zpl))
	}
	return labels, nil
}

// parsePaper reads the list's lines. The last one counts only when it is whole.
func parsePaper(r io.Reader) ([]Printed, error) {
	in := bufio.NewReader(r)
	var labels []Printed
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return labels, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var p Printed
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(labels)+1, err)
		}
		if p.N != len(labels)+1 {
			return nil, fmt.Errorf("line %d is of label %d: the list has a gap", len(labels)+1, p.N)
		}
		labels = append(labels, p)
	}
}
