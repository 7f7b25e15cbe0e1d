package virtual

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"waybill/internal/atomicfile"
)

// A Printed is one line of the record: one piece of paper that came out, in
// the order in which they did.
type Printed struct {
	N        int       `json:"n"` // counted from 1
	Began    time.Time `json:"began,omitzero"`
	At       time.Time `json:"at"`
	SHA256   string    `json:"sha256"` // of the format as it was sent, in hex
	Odometer int64     `json:"odometer"`

	// Partial is a label that a fault or a power cut stopped: only a part of it
	// is on paper, from its beginning, and it counts for no label.
	Partial bool    `json:"partial,omitempty"`
	Part    float64 `json:"part,omitempty"`
	// Reprint is a label that the printer printed again by itself, behind a
	// partial one (^JZY) or for ~PR.
	Reprint   bool     `json:"reprint,omitempty"`
	Copy      int      `json:"copy,omitempty"` // of its serial numbers, counted from 0
	Cut       bool     `json:"cut,omitempty"`
	OtherHost bool     `json:"other_host,omitempty"`
	Feed      bool     `json:"feed,omitempty"`     // blank, by the feed button and the like
	Text      bool     `json:"text,omitempty"`     // a line of text in another language than ZPL; no label
	Language  Language `json:"language,omitempty"` // of its bytes; empty for ZPL

	odometerStays bool
}

// Whole reports whether it is a label that came out whole.
func (l Printed) Whole() bool { return !l.Partial && !l.Feed && !l.Text }

// recordName is the file of the record, one JSON line for each label.
const recordName = "labels.jsonl"

// A record is the ordered list of labels, on disk before anyone hears of them.
// Its last line holds the odometer, so that the two can never disagree.
type record struct {
	dir  string
	file *os.File
	all  []Printed
	// whole counts those that are whole labels.
	whole int
}

// openRecord reads the record in dir and goes on where it ends. A last line that
// was cut off is taken away: its label was never counted.
func openRecord(dir string) (*record, error) {
	path := filepath.Join(dir, recordName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("record of labels: %w", err)
	}
	r := &record{dir: dir, file: file}
	if err := r.load(); err != nil {
		file.Close()
		return nil, fmt.Errorf("record of labels %s: %w", path, err)
	}
	if err := atomicfile.SyncDir(dir); err != nil {
		file.Close()
		return nil, fmt.Errorf("record of labels: %w", err)
	}
	return r, nil
}

// load reads the lines and puts the file's position after the last whole one.
func (r *record) load() error {
	in := bufio.NewReader(r.file)
	var end int64
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var p Printed
		if err := json.Unmarshal(line, &p); err != nil {
			return fmt.Errorf("line %d: %w", len(r.all)+1, err)
		}
		end += int64(len(line))
		r.keep(p)
	}
	if err := r.file.Truncate(end); err != nil {
		return err
	}
	_, err := r.file.Seek(end, io.SeekStart)
	return err
}

// odometer returns the labels printed in the printer's life.
func (r *record) odometer() int64 {
	if len(r.all) == 0 {
		return 0
	}
	return r.all[len(r.all)-1].Odometer
}

func (r *record) keep(p Printed) {
	r.all = append(r.all, p)
	if p.Whole() {
		r.whole++
	}
}

// add records one more piece of paper and returns once it is on the disk.
func (r *record) add(p Printed, source []byte) error {
	sum := sha256.Sum256(source)
	p.N, p.SHA256, p.Odometer = len(r.all)+1, hex.EncodeToString(sum[:]), r.odometer()
	p.At, p.Began = p.At.UTC().Truncate(time.Millisecond), p.Began.UTC().Truncate(time.Millisecond)
	if !p.Partial && !p.odometerStays {
		p.Odometer++
	}
	p.Part = float64(int(p.Part*1000)) / 1000
	p.odometerStays = false
	if !p.Feed {
		if err := os.WriteFile(filepath.Join(r.dir, stem(p.N)+p.extension()), source, 0o640); err != nil {
			return err
		}
	}
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := io.Copy(r.file, bytes.NewReader(append(line, '\n'))); err != nil {
		return err
	}
	if err := r.file.Sync(); err != nil {
		return err
	}
	r.keep(p)
	return nil
}

// extension is the ending of the file that keeps the bytes.
func (l Printed) extension() string {
	switch {
	case l.Text:
		return ".txt"
	case l.Language == CPCL:
		return ".cpcl"
	}
	return ".zpl"
}

// close ends the record.
func (r *record) close() error { return r.file.Close() }

// stem is the name of label n's files without their endings.
func stem(n int) string { return fmt.Sprintf("%06d", n) }
