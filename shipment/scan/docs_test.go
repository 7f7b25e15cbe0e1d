package scan_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

// TestDocsAreTrue holds that every example of the page gives what the page says,
// and that it has a row and an example for every code and every kind.
func TestDocsAreTrue(t *testing.T) {
	raw, err := os.ReadFile("../../docs/scanning.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	shown := []string{"not_text", "too_many"} // bytes that JSON cannot hold, and a scan too long for a page
	for i, block := range strings.Split(page, "```jsonl\n") {
		if i == 0 {
			continue
		}
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			var example struct{ Kind, Code, Scan string }
			if err := json.Unmarshal([]byte(line), &example); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			s := scan.Parse(carrier.Default(), []byte(example.Scan))
			switch {
			case example.Code != "":
				if s.Error == nil || s.Error.Code != example.Code {
					t.Errorf("%s: %+v, %+v", strings.TrimSpace(line), s, s.Error)
				}
			case string(s.Kind) != example.Kind || s.Error != nil:
				t.Errorf("%s: %+v, %+v", strings.TrimSpace(line), s, s.Error)
			}
			shown = append(shown, example.Kind, example.Code)
		}
	}
	names := append(codes(t), "order", "command", "tracking_number", "gs1", "unknown")
	if len(names) < 40 {
		t.Fatalf("found only %v", names)
	}
	for _, name := range names {
		if !strings.Contains(page, "\n| `"+name+"` |") {
			t.Errorf("docs/scanning.md has no row for %s", name)
		}
		if !slices.Contains(shown, name) {
			t.Errorf("docs/scanning.md has no example of %s", name)
		}
	}
}

// codes returns every code that a scan's error can have: the constants of
// package gs1, and what this package says itself.
func codes(t *testing.T) []string {
	t.Helper()
	var out []string
	f, err := parser.ParseFile(token.NewFileSet(), "../gs1/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		s, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
		return true
	})
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`s\.fail\("([a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
			if m[1] != "gs1" {
				out = append(out, m[1])
			}
		}
	}
	return out
}
