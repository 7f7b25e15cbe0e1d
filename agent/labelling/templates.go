package labelling

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"waybill/internal/fault"
	"waybill/labels/template"
)

// Templates is the label templates in use: those that ship with Waybill, and
// over them the ones in a directory.
type Templates struct {
	own    fs.FS // nil: none
	preset string

	mu     sync.Mutex
	byName map[string]func() (*template.Template, error)
}

// LoadTemplates takes the templates of shipped, then reads those of own, which may be
// nil. preset is the template for orders that ask for none. A bad template of own is an
// error here; later, Reload keeps the good one. One of shipped is read when somebody asks
// for it: a station uses few of them, and each takes time and memory.
func LoadTemplates(shipped, own fs.FS, preset string) (*Templates, error) {
	t := &Templates{own: own, preset: preset, byName: map[string]func() (*template.Template, error){}}
	files, err := templateFiles(shipped)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		t.byName[nameOf(file)] = sync.OnceValues(func() (*template.Template, error) { return read(shipped, file) })
	}
	if err := t.Reload(); err != nil {
		return nil, err
	}
	found, err := t.Get("")
	if err == nil {
		err = forParcels(found)
	}
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return t, nil
}

// Reload reads the directory's templates again. A template with a mistake is
// named in the error, and its last good version stays in use.
func (t *Templates) Reload() error {
	if t.own == nil {
		return nil
	}
	files, err := templateFiles(t.own)
	if err != nil {
		return err
	}
	var mistakes []error
	for _, file := range files {
		parsed, err := read(t.own, file)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		t.mu.Lock()
		t.byName[nameOf(file)] = func() (*template.Template, error) { return parsed, nil }
		t.mu.Unlock()
	}
	return errors.Join(mistakes...)
}

func templateFiles(dir fs.FS) ([]string, error) {
	files, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("label templates: %w", err)
	}
	return files, nil
}

func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

func read(dir fs.FS, file string) (*template.Template, error) {
	data, err := fs.ReadFile(dir, file)
	if err != nil {
		return nil, fmt.Errorf("label template %s: %w", file, err)
	}
	return template.ParseIn(dir, file, data)
}

// Get returns the template of a name; the empty name is the preset's.
func (t *Templates) Get(name string) (*template.Template, error) {
	if name == "" {
		name = t.preset
	}
	t.mu.Lock()
	found, ok := t.byName[name]
	var have []string
	if !ok {
		have = slices.Sorted(maps.Keys(t.byName))
	}
	t.mu.Unlock()
	if ok {
		return found() // it may have to be parsed first, which holds up no other
	}
	return nil, &fault.Error{
		Op: fmt.Sprintf("label template %q", name), Kind: fault.Invalid,
		Err: errors.New("there is none of that name"), Hint: "There are: " + strings.Join(have, ", "),
	}
}
