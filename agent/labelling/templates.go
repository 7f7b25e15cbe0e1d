package labelling

import (
	"errors"
	"fmt"
	"io/fs"
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
	byName map[string]*template.Template
}

// LoadTemplates reads the templates of shipped, then those of own, which may be
// nil. preset is the template for orders that ask for none. A bad template is an
// error here; later, Reload keeps the good one.
func LoadTemplates(shipped, own fs.FS, preset string) (*Templates, error) {
	t := &Templates{own: own, preset: preset, byName: map[string]*template.Template{}}
	if err := t.load(shipped); err != nil {
		return nil, err
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
	return t.load(t.own)
}

func (t *Templates) load(dir fs.FS) error {
	files, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return fmt.Errorf("label templates: %w", err)
	}
	var mistakes []error
	for _, file := range files {
		data, err := fs.ReadFile(dir, file)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("label template %s: %w", file, err))
			continue
		}
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		parsed, err := template.ParseIn(dir, file, data)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		t.mu.Lock()
		t.byName[name] = parsed
		t.mu.Unlock()
	}
	return errors.Join(mistakes...)
}

// Get returns the template of a name; the empty name is the preset's.
func (t *Templates) Get(name string) (*template.Template, error) {
	if name == "" {
		name = t.preset
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if found, ok := t.byName[name]; ok {
		return found, nil
	}
	have := make([]string, 0, len(t.byName))
	for n := range t.byName {
		have = append(have, n)
	}
	slices.Sort(have)
	return nil, &fault.Error{
		Op: fmt.Sprintf("label template %q", name), Kind: fault.Invalid,
		Err: errors.New("there is none of that name"), Hint: "There are: " + strings.Join(have, ", "),
	}
}
