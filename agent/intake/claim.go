package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"waybill/shipment"
)

// The subfolders of a hot folder.
const (
	workDir   = "work"
	doneDir   = "done"
	failedDir = "failed"
)

// A claim is a file in work.
type claim struct {
	name     string // as it was dropped
	file     string // its name in work
	next     time.Time
	wait     time.Duration
	doc      Document
	outcomes []Outcome // not nil: taken; only the moving is left
	code     string    // what keeps it, where that is trouble
	why      string
}

// claimed is what a claim puts before a file's name: time and a count, so that
// two files of one name never meet in work.
var claimed = regexp.MustCompile(`^[0-9a-f]{16}-[0-9a-f]{4}-`)

// maxName leaves room for what is put before and after a file's name.
const maxName = 200

func (f *Folder) claim(name string) error {
	f.seq++
	c := &claim{name: name, file: fmt.Sprintf("%016x-%04x-%s", f.o.Now().UnixNano(), f.seq&0xffff, fitted(name))}
	to := filepath.Join(f.o.Dir, workDir, c.file)
	if _, err := os.Lstat(to); err == nil { // a rename would replace it
		return fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	if err := os.Rename(filepath.Join(f.o.Dir, name), to); err != nil {
		return err
	}
	delete(f.looks, name)
	f.claims = append(f.claims, c)
	return nil
}

// fitted shortens a name that leaves no room; its end stays.
func fitted(name string) string {
	if len(name) <= maxName {
		return name
	}
	ext := filepath.Ext(name)
	stem := name[:maxName-len(ext)]
	for len(stem) > 0 && !utf8.RuneStart(name[len(stem)]) {
		stem = stem[:len(stem)-1]
	}
	return stem + ext
}

// leftovers returns the claims that an earlier run has left, the oldest first.
func (f *Folder) leftovers() ([]*claim, error) {
	entries, err := os.ReadDir(filepath.Join(f.o.Dir, workDir))
	if err != nil {
		return nil, err
	}
	var cs []*claim
	for _, e := range entries { // sorted by name, which begins with the time
		name := e.Name()[len(claimed.FindString(e.Name())):]
		if e.Type().IsRegular() && eligible(name) {
			cs = append(cs, &claim{name: name, file: e.Name()})
		}
	}
	return cs, nil
}

// work takes the claims that are due, and returns when the next one is.
func (f *Folder) work(ctx context.Context) time.Duration {
	wait := f.o.Rescan
	var left []*claim
	moved := false
	for _, c := range f.claims {
		now := f.o.Now()
		if ctx.Err() != nil || now.Before(c.next) {
			left = append(left, c)
			if ctx.Err() == nil {
				wait = min(wait, c.next.Sub(now))
				f.keptBack(c)
			}
			continue
		}
		code, err := f.takeAndMove(ctx, c)
		if err == nil {
			moved = true
			continue
		}
		if errors.Is(err, errGone) {
			f.o.Log.WarnContext(ctx, "A claimed file was taken out of the work folder by somebody else; nothing more is done with it.", "file", c.name, "taken", c.outcomes != nil)
			continue
		}
		left = append(left, c)
		if ctx.Err() != nil {
			continue
		}
		c.wait = min(max(2*c.wait, minBackoff), maxBackoff)
		c.next = f.o.Now().Add(c.wait)
		wait = min(wait, c.wait)
		c.code, c.why = code, fmt.Sprintf("%q waits: %v", c.name, err)
		f.keptBack(c)
	}
	f.claims = left
	if moved {
		for _, sub := range []string{doneDir, workDir} {
			if err := syncDir(filepath.Join(f.o.Dir, sub)); err != nil {
				f.fault(FolderUnwritable, fmt.Sprintf("moved files are not safely on disk: %v", err))
			}
		}
	}
	return wait
}

const (
	minBackoff = 250 * time.Millisecond
	maxBackoff = 30 * time.Second
)

// keptBack tells what keeps a claim, also between two tries.
func (f *Folder) keptBack(c *claim) {
	if c.code != "" {
		f.fault(c.code, c.why)
	}
}

var (
	errStillWritten = errors.New("somebody still writes to it")
	errGone         = errors.New("it is not in the work folder any more")
)

// takeAndMove does what is left to do with a claim. The code is empty where the
// error is no trouble but a matter of waiting.
func (f *Folder) takeAndMove(ctx context.Context, c *claim) (code string, err error) {
	if c.outcomes == nil {
		if err := f.readClaim(c); err != nil {
			if errors.Is(err, errStillWritten) {
				return "", err
			}
			return FolderUnwritable, f.orGone(c, err)
		}
		outcomes, err := f.o.Take(ctx, c.doc)
		if err == nil && len(outcomes) != len(c.doc.Entries) {
			err = fmt.Errorf("the desk answered for %d of %d orders", len(outcomes), len(c.doc.Entries))
		}
		if err != nil {
			c.doc = Document{} // it is read again, and need not be kept
			return FolderTake, err
		}
		c.outcomes = outcomes
	}
	if err := f.finish(c); err != nil {
		return FolderUnwritable, f.orGone(c, err)
	}
	return "", nil
}

// orGone returns errGone where err is so because the claimed file has vanished.
func (f *Folder) orGone(c *claim, err error) error {
	dir := filepath.Join(f.o.Dir, workDir)
	if _, derr := os.Stat(dir); derr != nil {
		return err // the whole folder is away, and may come back with the file
	}
	if _, ferr := os.Lstat(filepath.Join(dir, c.file)); errors.Is(ferr, fs.ErrNotExist) {
		return errGone
	}
	return err
}

// readClaim reads the claimed file. Nobody can open it under its old name any
// more, but who had it open before the claim may still write.
func (f *Folder) readClaim(c *claim) error {
	path := filepath.Join(f.o.Dir, workDir, c.file)
	if f.writer(path) == somebodyWrites {
		return errStillWritten
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return err
	}
	c.doc = Document{Name: c.name, Claim: c.file, Raw: isRaw(c.name)}
	if before.Size() > f.o.Read.MaxBytes {
		c.doc.Entries = []Entry{tooLarge(f.o.Read)}
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(file, f.o.Read.MaxBytes+1))
	if err != nil {
		return err
	}
	after, err := file.Stat()
	if err != nil {
		return err
	}
	if after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) || int64(len(data)) != before.Size() {
		return errStillWritten
	}
	sum := sha256.Sum256(data)
	c.doc.SHA256 = hex.EncodeToString(sum[:])
	if c.doc.Raw {
		c.doc.Content, c.doc.Entries = data, []Entry{{Line: 1}}
		return nil
	}
	c.doc.Entries = Parse(c.name, data, f.o.Read)
	return nil
}

// An answer is what lies beside a file in done or failed.
type answer struct {
	File     string          `json:"file"`
	Taken    int             `json:"taken"`
	Problems []answerProblem `json:"problems,omitempty"`
	Orders   []Outcome       `json:"orders"`
	Notes    []answerProblem `json:"notes,omitempty"`
	SHA256   string          `json:"sha256,omitempty"`
	Claim    string          `json:"claim"`
}

type answerProblem struct {
	Line    int              `json:"line"`
	OrderID shipment.OrderID `json:"order_id,omitempty"`
	Field   string           `json:"field"`
	Code    string           `json:"code"`
	Message string           `json:"message"`
}

func answerOf(c *claim) (a answer, failed bool) {
	a = answer{File: strings.ToValidUTF8(c.name, "\uFFFD"), SHA256: c.doc.SHA256, Claim: strings.ToValidUTF8(c.file, "\uFFFD"), Orders: c.outcomes}
	for i, o := range c.outcomes {
		e := c.doc.Entries[i]
		for _, p := range e.Notes {
			a.Notes = append(a.Notes, problemOf(p, o.OrderID, e))
		}
		if o.Status != Rejected {
			a.Taken++
			continue
		}
		failed = true
		ps := o.Problems
		if len(ps) == 0 {
			ps = e.Problems
		}
		for _, p := range ps {
			a.Problems = append(a.Problems, problemOf(p, o.OrderID, e))
		}
	}
	return a, failed
}

func problemOf(p shipment.Problem, id shipment.OrderID, e Entry) answerProblem {
	if p.Line == 0 {
		p.Line = e.LineOf(p.Field)
	}
	return answerProblem{Line: p.Line, OrderID: id, Field: p.Field, Code: p.Code, Message: p.Message}
}

// finish writes the answer and then moves the file beside it, in this order: a
// file in failed always has its reasons.
func (f *Folder) finish(c *claim) error {
	a, failed := answerOf(c)
	sub, suffix := doneDir, ".answer.json"
	if failed {
		sub, suffix = failedDir, ".error.json"
	}
	dir := filepath.Join(f.o.Dir, sub)
	name, err := freeName(dir, fitted(c.name), suffix, a.Claim)
	if err != nil {
		return fmt.Errorf("place in %s: %w", sub, err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(a); err != nil {
		return fmt.Errorf("answer to %q: %w", c.name, err)
	}
	if err := writeDurably(filepath.Join(dir, answerName(name, suffix)), b.Bytes()); err != nil {
		return fmt.Errorf("answer to %q: %w", c.name, err)
	}
	if failed {
		if err := syncDir(dir); err != nil {
			return fmt.Errorf("answer to %q: %w", c.name, err)
		}
	}
	if err := os.Rename(filepath.Join(f.o.Dir, workDir, c.file), filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("move of %q to %s: %w", c.name, sub, err)
	}
	if failed {
		return syncDir(dir)
	}
	return nil
}
