package driver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/printer"
)

// fileDriver keeps labels as files.
func fileDriver() printer.Driver {
	return printer.Driver{
		Name:    "file",
		Doc:     "a directory that keeps each label as a numbered file; its link is file:///DIRECTORY",
		Schemes: []string{"file"},
		Open:    openFile,
	}
}

// openFile finds the directory and the number to go on from.
func openFile(ctx context.Context, o printer.Options) (printer.Printer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := link.Path(o.Link)
	if err != nil {
		return nil, fmt.Errorf("printer %q: %w", o.Name, err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, outOfReach(o.Name, err)
	}
	last, err := lastNumber(dir)
	if err != nil {
		return nil, outOfReach(o.Name, err)
	}
	return &files{name: o.Name, dir: dir, last: last}, nil
}

// outOfReach is the error of a directory that cannot be used now.
func outOfReach(name string, err error) error {
	return &fault.Error{
		Op: fmt.Sprintf("directory of printer %q", name), Kind: fault.Transient, Err: err,
		Hint: "Make the directory writable for this user.",
	}
}

// lastNumber returns the highest number among the labels in dir.
func lastNumber(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	last := 0
	for _, e := range entries {
		stem, _, _ := strings.Cut(e.Name(), ".")
		if n, err := strconv.Atoi(stem); err == nil && n > last {
			last = n
		}
	}
	return last, nil
}

// files is a directory of labels. It has no status but that of the directory,
// and no odometer.
type files struct {
	name string
	dir  string

	mu   sync.Mutex
	last int
}

// Identity says that it is a directory.
func (f *files) Identity(context.Context) (printer.Identity, error) {
	return printer.Identity{Model: "directory " + f.dir, LanguageOK: true}, nil
}

// Status reports whether the directory is there.
func (f *files) Status(ctx context.Context) (printer.Status, error) {
	if err := ctx.Err(); err != nil {
		return printer.Status{}, err
	}
	if _, err := os.Stat(f.dir); err != nil {
		return printer.Status{}, outOfReach(f.name, err)
	}
	return printer.Status{}, nil
}

// Print keeps one label. The name's ending tells ZPL and PDF from the rest.
func (f *files) Print(ctx context.Context, content []byte) error {
	if err := ctx.Err(); err != nil {
		return &fault.Error{Op: fmt.Sprintf("label for printer %q", f.name), Kind: fault.Transient, Err: err}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path := filepath.Join(f.dir, fmt.Sprintf("%06d.%s", f.last+1, ending(content)))
	err := atomicfile.WriteFile(path, content, 0o640)
	var unsynced *atomicfile.SyncError
	switch {
	case errors.As(err, &unsynced):
		f.last++
		return &fault.Error{
			Op: fmt.Sprintf("label for printer %q", f.name), Kind: fault.Uncertain, Err: err,
			Hint: "Look whether the file is there before writing it again.",
		}
	case err != nil:
		return outOfReach(f.name, err)
	}
	f.last++
	return nil
}

// ending returns the file name ending for content.
func ending(content []byte) string {
	switch s := string(content[:min(len(content), 8)]); {
	case strings.HasPrefix(s, "^XA"), strings.HasPrefix(s, "~"):
		return "zpl"
	case strings.HasPrefix(s, "%PDF-"):
		return "pdf"
	case strings.HasPrefix(s, "\x89PNG"):
		return "png"
	}
	return "bin"
}

// Stores reports true: a nil error of Print means that the file is on the disk.
func (f *files) Stores() bool { return true }

// Close does nothing; every label is complete by itself.
func (f *files) Close() error { return nil }
