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

// A Printed is one line of the record: one label on paper.
type Printed struct {
	N        int       `json:"n"` // counted from 1
	At       time.Time `json:"at"`
	SHA256   string    `json:"sha256"` // of the format, in hex
	Odometer int64     `json:"odometer"`
	Feed     bool      `json:"feed,omitempty"` // blank, by the feed button
}

// recordName is the file of the record, one JSON line for each label.
const recordName = "labels.jsonl"

// A record is the ordered list of labels, on disk before anyone hears of them.
// Its last line holds the odometer, so that the two can never disagree.
type record struct {
	dir  string
	file *os.File
	all  []Printed
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
		r.all = append(r.all, p)
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

// add records one more label and returns once it is on the disk.
func (r *record) add(at time.Time, zpl []byte, feed bool) error {
	sum := sha256.Sum256(zpl)
	p := Printed{
		N: len(r.all) + 1, At: at.UTC().Truncate(time.Millisecond),
		SHA256: hex.EncodeToString(sum[:]), Odometer: r.odometer() + 1, Feed: feed,
	}
	if !feed {
		if err := os.WriteFile(filepath.Join(r.dir, stem(p.N)+".zpl"), zpl, 0o640); err != nil {
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
	r.all = append(r.all, p)
	return nil
}

// close ends the record.
func (r *record) close() error { return r.file.Close() }

// stem is the name of label n's files without their endings.
func stem(n int) string { return fmt.Sprintf("%06d", n) }
