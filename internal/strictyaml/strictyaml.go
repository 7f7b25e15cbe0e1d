// Package strictyaml reads YAML files that people write: a key nobody knows, a
// value of the wrong kind and a key given twice are mistakes, all of them are
// told at once, and each names its file, line and key.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Mistake is one thing wrong with a file.
type Mistake struct {
	File    string
	Line    int    // 0 where the file has no such line
	Key     string // path, as in printers[0].dpi
	Message string
}

// Error returns the mistake as file:line: key: message.
func (m Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	b.WriteString(": ")
	if m.Key != "" {
		b.WriteString(m.Key + ": ")
	}
	b.WriteString(m.Message)
	return b.String()
}

// Mistakes is everything wrong with a file, in the file's order.
type Mistakes []Mistake

// Error puts each mistake on a line of its own.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// A Document is a file that was read, for messages about its values.
type Document struct {
	file  string
	lines map[string]int
}

// Mistake returns the mistake at key, with the line it stands on, or the line
// of the nearest key around it.
func (d *Document) Mistake(key, format string, args ...any) Mistake {
	m := Mistake{File: d.file, Key: key, Message: fmt.Sprintf(format, args...)}
	for path := key; path != ""; path = parent(path) {
		if line, ok := d.lines[path]; ok {
			m.Line = line
			break
		}
	}
	return m
}

func parent(path string) string {
	i := strings.LastIndexAny(path, ".[")
	if i < 0 {
		return ""
	}
	return path[:i]
}

// Decode reads the one YAML document in data into the struct that into points
// to. Keys that are absent leave their fields as they are. The error, if any, is
// a Mistakes.
func Decode(file string, data []byte, into any) (*Document, error) {
	doc := &Document{file: file, lines: map[string]int{}}
	root, err := Root(file, data)
	if root == nil {
		return doc, err
	}
	w := walker{doc: doc, open: map[*yaml.Node]bool{}}
	w.walk(root, reflect.TypeOf(into).Elem(), "")
	var typeErr *yaml.TypeError
	if err := root.Decode(into); errors.As(err, &typeErr) {
		for _, msg := range typeErr.Errors {
			w.typeMistake(msg)
		}
	} else if err != nil {
		w.mistakes = append(w.mistakes, Mistake{File: file, Message: err.Error()})
	}
	if len(w.mistakes) > 0 {
		slices.SortStableFunc(w.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
		return doc, w.mistakes
	}
	return doc, nil
}

// Root returns what the one YAML document in data holds, for those who read its
// nodes themselves; nil where it holds nothing. The error, if any, is a Mistakes.
func Root(file string, data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, Mistakes{syntax(file, data, err)}
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, Mistakes{{File: file, Message: "only one YAML document is wanted; remove what follows ---"}}
	}
	return doc.Content[0], nil
}

// ofParser reports whether a message "did not find expected …" is of the YAML
// library's parser, which counts lines from 0; its scanner counts from 1.
func ofParser(what string) bool {
	switch what {
	case "',' or '}'", "',' or ']'", "key", "'-' indicator", "node content", "<document start>":
		return true
	}
	return false
}

func syntax(file string, data []byte, err error) Mistake {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if n, text, ok := strings.Cut(rest, ": "); ok {
			line, _ = strconv.Atoi(n)
			msg = text
		}
	}
	if what, ok := strings.CutPrefix(msg, "did not find expected "); ok && ofParser(what) {
		line = min(line+1, max(1, bytes.Count(bytes.TrimSpace(data), []byte("\n"))+1))
	}
	return Mistake{File: file, Line: line, Message: msg + "; the file is not YAML (indent with spaces; quote values that hold a colon, and within {…} and […] those that hold a comma, a bracket or a brace)"}
}

type walker struct {
	doc      *Document
	mistakes Mistakes
	visits   int
	open     map[*yaml.Node]bool // values of aliases that are being walked
}

// maxVisits is more values than a file that people write has. Aliases could
// make endlessly many of a few lines; the decoder then refuses them.
const maxVisits = 1 << 20

var unmarshaler = reflect.TypeFor[yaml.Unmarshaler]()

func (w *walker) walk(n *yaml.Node, t reflect.Type, path string) {
	if w.visits++; w.visits > maxVisits {
		return
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
		if w.open[n] {
			return // it holds itself
		}
	}
	if n.Anchor != "" {
		w.open[n] = true
		defer delete(w.open, n)
	}
	if path != "" {
		w.doc.lines[path] = n.Line
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return
	}
	switch {
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		w.mapping(n, t, path)
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Map:
		for i := 0; i+1 < len(n.Content); i += 2 {
			w.walk(n.Content[i+1], t.Elem(), join(path, n.Content[i].Value))
		}
	case n.Kind == yaml.SequenceNode && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		for i, c := range n.Content {
			w.walk(c, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

func (w *walker) mapping(n *yaml.Node, t reflect.Type, path string) {
	fields := keysOf(t)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		w.doc.lines[at] = key.Line
		ft, ok := fields[key.Value]
		if !ok {
			w.mistakes = append(w.mistakes, Mistake{File: w.doc.file, Line: key.Line, Key: at, Message: unknown(key.Value, fields)})
			continue
		}
		w.walk(value, ft, at)
	}
}

// keysOf returns the YAML keys of struct t and their types.
func keysOf(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() && !f.Anonymous || name == "-":
		case strings.Contains(opts, "inline"):
			for k, v := range keysOf(f.Type) {
				keys[k] = v
			}
		case name == "":
			keys[strings.ToLower(f.Name)] = f.Type
		default:
			keys[name] = f.Type
		}
	}
	return keys
}

func unknown(key string, fields map[string]reflect.Type) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	if near := Nearest(key, names); near != "" {
		return fmt.Sprintf("no such key; did you mean %q?", near)
	}
	return fmt.Sprintf("no such key; valid here are %s", strings.Join(names, ", "))
}

// typeMistake turns the library's "line 3: cannot unmarshal …" into a mistake
// that names the key on that line.
func (w *walker) typeMistake(msg string) {
	m := Mistake{File: w.doc.file, Message: msg}
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if n, text, ok := strings.Cut(rest, ": "); ok {
			m.Line, _ = strconv.Atoi(n)
			m.Message = plain(text)
		}
	}
	for path, line := range w.doc.lines {
		if line == m.Line && len(path) > len(m.Key) {
			m.Key = path
		}
	}
	if strings.Contains(m.Message, "not found in type") {
		return // the walk has told it better
	}
	w.mistakes = append(w.mistakes, m)
}

// plain says the library's type errors in the words of the file.
func plain(text string) string {
	rest, ok := strings.CutPrefix(text, "cannot unmarshal ")
	if !ok {
		return text
	}
	value, want, ok := strings.Cut(rest, " into ")
	if !ok {
		return text
	}
	if i := strings.Index(value, " "); strings.HasPrefix(value, "!!") && i > 0 {
		value = value[i+1:]
	} else if strings.HasPrefix(value, "!!") {
		value = map[string]string{"!!map": "a group of keys", "!!seq": "a list"}[value]
	}
	words := map[string]string{"int": "a whole number", "int64": "a whole number", "bool": "true or false", "string": "text", "time.Duration": "a duration such as 500ms or 2s"}
	if w, ok := words[want]; ok {
		want = w
	} else if strings.HasPrefix(want, "[]") {
		want = "a list"
	} else {
		want = "a group of keys"
	}
	return fmt.Sprintf("%s is not %s", value, want)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Nearest returns the name that key was probably meant to be, or "" where none
// is near.
func Nearest(key string, names []string) string {
	best, bestDistance := "", len(key)/3+2
	for _, name := range names {
		if d := distance(strings.ToLower(key), strings.ToLower(name)); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance is the Levenshtein distance of a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
