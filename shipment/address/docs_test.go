package address_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"waybill/shipment"
	"waybill/shipment/address"
)

// TestDocsNameEveryCode holds that the page has a row for every code that a check
// gives, and an example that gives it.
func TestDocsNameEveryCode(t *testing.T) {
	raw, err := os.ReadFile("../../docs/addresses.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	_, block, _ := strings.Cut(page, "```jsonl\n")
	block, _, _ = strings.Cut(block, "```")
	shown := []string{address.NotLatin} // an address that is fitted to a carrier
	for line := range strings.Lines(block) {
		var example struct {
			Code    string           `json:"code"`
			Address shipment.Address `json:"address"`
		}
		if err := json.Unmarshal([]byte(line), &example); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got := address.Check(example.Address)
		if !slices.ContainsFunc(got.Issues, func(is address.Issue) bool { return is.Code == example.Code }) {
			t.Errorf("%s is not what its example gives: %+v", example.Code, got.Issues)
		}
		shown = append(shown, example.Code)
	}
	codes := codes(t)
	if len(codes) < 15 {
		t.Fatalf("found only the codes %v", codes)
	}
	for _, code := range codes {
		if !strings.Contains(page, "\n| `"+code+"` |") {
			t.Errorf("docs/addresses.md has no row for %s", code)
		}
		if !slices.Contains(shown, code) {
			t.Errorf("docs/addresses.md has no example of %s", code)
		}
	}
}

// codes returns the values of the constants under "The codes of issues".
func codes(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "address.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || !strings.HasPrefix(g.Doc.Text(), "The codes of issues") {
			continue
		}
		ast.Inspect(g, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					out = append(out, s)
				}
			}
			return true
		})
	}
	return out
}
