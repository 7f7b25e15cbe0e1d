package template

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels"
	"waybill/labels/barcode"
)

// page returns docs/templates.md.
func page(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var code = regexp.MustCompile("`([^`]+)`")

// table returns the rows of the first table after a line that begins so.
func table(t *testing.T, after string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(page(t), "\n"+after)
	if !found {
		t.Fatalf("docs/templates.md has no line that begins %q", after)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
	}
	if len(rows) < 3 {
		t.Fatalf("docs/templates.md has no table after %q", after)
	}
	return rows[2:] // below the head and its rule
}

// named returns what the first column of a table names.
func named(t *testing.T, after string) []string {
	t.Helper()
	var all []string
	for _, row := range table(t, after) {
		for _, m := range code.FindAllStringSubmatch(row[0], -1) {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return all
}

func tags(v any) []string {
	var all []string
	r := reflect.TypeOf(v)
	for i := range r.NumField() {
		all = append(all, r.Field(i).Tag.Get("expr"))
	}
	slices.Sort(all)
	return all
}

// TestEveryKeyIsTold holds the page's tables of keys against the parser.
func TestEveryKeyIsTold(t *testing.T) {
	p := &parser{}
	told := map[string][]string{"## The template": keys(p.templateKeys(&Template{}))}
	common := []string{"at", "height", "kind", "name", "on", "when", "width"}
	told["## Elements"] = common
	for kind, heading := range map[Kind]string{Text: "### Text", Barcode: "### Barcode", Line: "### Line and box", Image: "### Image"} {
		known, _ := p.known(&Element{Kind: kind})
		if kind == Line {
			of, _ := p.known(&Element{Kind: Box})
			for key := range of {
				known[key] = of[key]
			}
		}
		for _, key := range common {
			if known[key] == nil {
				t.Errorf("%s has no key %q", kind, key)
			}
			delete(known, key)
		}
		told[heading] = keys(known)
	}
	for heading, want := range told {
		if diff := cmp.Diff(want, named(t, heading)); diff != "" {
			t.Errorf("docs/templates.md, %s (-in the code +on the page):\n%s", heading, diff)
		}
	}
}

func TestEveryVariableIsTold(t *testing.T) {
	for line, v := range map[string]any{
		"Of a template for parcels:": environment{},
		"An address, ":               addressFields{},
		"An entry of `items`:":       itemFields{},
		"An entry of `parcels`:":     parcelFields{},
	} {
		if diff := cmp.Diff(tags(v), named(t, line)); diff != "" {
			t.Errorf("docs/templates.md, %s (-in the code +on the page):\n%s", line, diff)
		}
	}
}

// TestEveryFunctionIsTold holds the page's examples, too.
func TestEveryFunctionIsTold(t *testing.T) {
	if diff := cmp.Diff(ownFunctions(), named(t, "### Functions")); diff != "" {
		t.Errorf("docs/templates.md, functions (-in the code +on the page):\n%s", diff)
	}
	for _, row := range table(t, "### Functions") {
		e, err := compileValue(strings.Trim(row[1], "`"), nil)
		if err != nil {
			t.Errorf("%s: %v", row[1], err)
			continue
		}
		if got, err := e.text(Bind(Data{})); err != nil || got != row[2] {
			t.Errorf("%s: %q (%v), the page says %q", row[1], got, err, row[2])
		}
	}
	_, rest, _ := strings.Cut(page(t), "mostly need:")
	rest, _, _ = strings.Cut(rest, "\n\n")
	var usual []string
	for _, m := range code.FindAllStringSubmatch(rest, -1) {
		usual = append(usual, m[1])
	}
	if diff := cmp.Diff(usualFunctions(), usual); diff != "" {
		t.Errorf("docs/templates.md, the library's functions (-in the code +on the page):\n%s", diff)
	}
	for _, name := range usual {
		if _, err := compile("["+name+"]", nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEverySymbologyIsTold(t *testing.T) {
	told := map[string]string{}
	for _, row := range table(t, "What each of them holds:") {
		told[strings.Trim(row[0], "`")] = row[1]
	}
	want := map[string]string{}
	for _, s := range labels.Symbologies() {
		want[string(s)] = barcode.Holds(s)
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("docs/templates.md, symbologies (-in the code +on the page):\n%s", diff)
	}
}

// TestTableKeysAreTold holds the second page's keys.
func TestTableKeysAreTold(t *testing.T) {
	data, err := os.ReadFile("../../docs/templates-tables.md")
	if err != nil {
		t.Fatal(err)
	}
	p := &parser{}
	for _, kind := range []Kind{Table, Repeat} {
		known, _ := p.known(&Element{Kind: kind})
		for key := range known {
			told := strings.Contains(string(data), "`"+key+"`") || strings.Contains(string(data), "`"+key+": ")
			if !told && !slices.Contains([]string{"at", "height", "kind", "name", "when"}, key) { // the first page tells these
				t.Errorf("docs/templates-tables.md: no word of the key %q of a %s", key, kind)
			}
		}
	}
}
