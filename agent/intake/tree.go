package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A node is a JSON value that knows where it stands, so that a problem can name
// its line.
type node struct {
	kind   byte // { [ " 0 t n
	at     int  // offset of its first byte
	end    int  // offset after its last
	str    string
	keys   []string
	keyAt  []int
	vals   []*node
	repeat []int // members whose key came before in the same object
}

// A text is a piece of a file that is one JSON document.
type text struct {
	data []byte
	line int   // of its first byte
	ends []int // offsets of its line ends: a large document is asked often
}

func newText(data []byte, line int) *text {
	t := &text{data: data, line: line}
	for i, b := range data {
		if b == '\n' {
			t.ends = append(t.ends, i)
		}
	}
	return t
}

func (t *text) lineOf(at int) int {
	before, _ := slices.BinarySearch(t.ends, at)
	return t.line + before
}

func (t *text) raw(n *node) []byte { return t.data[n.at:n.end] }

// errTooDeep is a document nested deeper than any order is.
var errTooDeep = errors.New("too deep")

// parse returns the document's tree.
func (t *text) parse(maxDepth int) (*node, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(t.data, &whole); err != nil {
		if strings.Contains(err.Error(), "max depth") {
			return nil, errTooDeep
		}
		return nil, err
	}
	p := treeParser{data: t.data, max: maxDepth}
	return p.value(0)
}

// syntaxEntry returns the entry for a text that is no JSON.
func (t *text) syntaxEntry(err error, maxDepth int) Entry {
	if errors.Is(err, errTooDeep) {
		return refusal(t.line, "too_deep", "the document is nested deeper than %d levels", maxDepth)
	}
	at := len(t.data)
	var se *json.SyntaxError
	if errors.As(err, &se) && !strings.Contains(se.Error(), "unexpected end") {
		at = min(at, max(0, int(se.Offset)-1))
	}
	line := t.lineOf(at)
	column := utf8.RuneCount(t.data[bytes.LastIndexByte(t.data[:at], '\n')+1:at]) + 1
	what := strings.TrimPrefix(err.Error(), "json: ")
	if strings.Contains(what, "unexpected end") {
		what = "the text ends too early: the file was cut off"
	}
	return refusal(line, "syntax", "line %d, column %d: %s", line, column, what)
}

// A treeParser walks text that is known to be valid JSON.
type treeParser struct {
	data []byte
	i    int
	max  int
}

func (p *treeParser) space() {
	for p.i < len(p.data) && strings.IndexByte(" \t\r\n", p.data[p.i]) >= 0 {
		p.i++
	}
}

func (p *treeParser) value(depth int) (*node, error) {
	if depth > p.max {
		return nil, errTooDeep
	}
	p.space()
	n := &node{kind: p.data[p.i], at: p.i}
	var err error
	switch n.kind {
	case '{', '[':
		err = p.members(n, depth)
	case '"':
		n.str, err = p.text()
	case 't', 'f':
		n.kind = 't'
		p.word()
	case 'n':
		p.word()
	default:
		n.kind = '0'
		p.word()
	}
	n.end = p.i
	return n, err
}

func (p *treeParser) members(n *node, depth int) error {
	p.i++
	seen := map[string]bool{}
	for {
		p.space()
		switch p.data[p.i] {
		case '}', ']':
			p.i++
			return nil
		case ',':
			p.i++
			continue
		}
		if n.kind == '{' {
			at := p.i
			key, err := p.text()
			if err != nil {
				return err
			}
			p.space()
			p.i++ // the colon
			if seen[key] {
				n.repeat = append(n.repeat, len(n.keys))
			}
			seen[key] = true
			n.keys, n.keyAt = append(n.keys, key), append(n.keyAt, at)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.vals = append(n.vals, v)
	}
}

func (p *treeParser) text() (string, error) {
	start := p.i
	for p.i++; p.data[p.i] != '"'; p.i++ {
		if p.data[p.i] == '\\' {
			p.i++
		}
	}
	p.i++
	var s string
	if err := json.Unmarshal(p.data[start:p.i], &s); err != nil {
		return "", fmt.Errorf("text at byte %d: %w", start, err)
	}
	return s, nil
}

func (p *treeParser) word() {
	for p.i < len(p.data) && strings.IndexByte(" \t\r\n,]}", p.data[p.i]) < 0 {
		p.i++
	}
}

// get returns the member called key, or nil where there is none or it is null.
func (n *node) get(key string) *node {
	if n == nil || n.kind != '{' {
		return nil
	}
	for i, k := range n.keys {
		if k == key && n.vals[i].kind != 'n' {
			return n.vals[i]
		}
	}
	return nil
}

func (n *node) has(key string) bool { return n.get(key) != nil }

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}
