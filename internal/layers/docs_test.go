package layers_test

import (
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer"
	"waybill/scale"
)

// TestArchitectureNamesEveryPackage holds that the page's table is whole and
// names nothing that it marks as pure and this test does not.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	rows := strings.Split(read(t, "docs/architecture.md"), "\n")
	for name := range packages(t) {
		l, ok := layerOf(name)
		if !ok {
			continue // another test's complaint
		}
		named := false
		for _, row := range rows {
			if !strings.HasPrefix(row, "| `") || !strings.Contains(row, "`"+name+"`") {
				continue
			}
			named = true
			if marked := strings.Contains(row, "`"+name+"` ●"); l.pure && !marked {
				t.Errorf("docs/architecture.md: %s is held to be pure; mark it with ●", name)
			}
		}
		if !named {
			t.Errorf("docs/architecture.md: its table of packages does not name `%s`", name)
		}
	}
}

// TestLabelStatesAreDrawn holds that the diagram of a label has the moves that
// the code allows, and no other.
func TestLabelStatesAreDrawn(t *testing.T) {
	page := section(t, read(t, "docs/states.md"), "## A label")
	drawn := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+) --> (\w+)(?:: .+)?$`).FindAllStringSubmatch(page, -1) {
		drawn[m[1]+" → "+m[2]] = true
	}

	states := constants(t, "printer", "LabelState")
	if len(states) == 0 {
		t.Fatal("no constants of type printer.LabelState")
	}
	allowed := map[string]bool{}
	for _, from := range states {
		if !strings.Contains(page, "| `"+from+"` |") {
			t.Errorf("docs/states.md: the table of a label has no row for `%s`", from)
		}
		for _, to := range states {
			l := printer.Label{K: 1, State: printer.LabelState(from)}
			if _, err := l.Move(printer.LabelState(to), time.Time{}); err == nil {
				allowed[from+" → "+to] = true
			}
		}
	}
	if diff := cmp.Diff(allowed, drawn); diff != "" {
		t.Errorf("docs/states.md: moves of a label (-in the code +in the picture):\n%s", diff)
	}
}

// TestPrinterStatesAreTold holds that the page of what printers report has every
// condition, in the code's order and with its words.
func TestPrinterStatesAreTold(t *testing.T) {
	page := read(t, "docs/printer-states.md")
	var told, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\|$").FindAllStringSubmatch(page, -1) {
		told = append(told, strings.Join(m[1:], " | "))
	}
	for _, c := range printer.Conditions() {
		state, todo := c.Words()
		want = append(want, strings.Join([]string{string(c), state, todo}, " | "))
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("docs/printer-states.md (-in the code +on the page):\n%s", diff)
	}
	if known := constants(t, "printer", "Condition"); len(known) != len(printer.Conditions()) {
		t.Errorf("printer.Conditions lists %d of the %d constants", len(printer.Conditions()), len(known))
	}
}

// TestScaleConditionsAreTold holds that the page of scales has every condition, in
// the code's order and with its words.
func TestScaleConditionsAreTold(t *testing.T) {
	var told, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(read(t, "docs/scales.md"), -1) {
		told = append(told, strings.Join(m[1:], " | "))
	}
	for _, c := range scale.Conditions() {
		state, todo := c.Words()
		want = append(want, strings.Join([]string{string(c), state, todo}, " | "))
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("docs/scales.md (-in the code +on the page):\n%s", diff)
	}
	if known := constants(t, "scale", "Condition"); len(known) != len(scale.Conditions())+1 { // and none
		t.Errorf("scale.Conditions lists %d of the %d constants", len(scale.Conditions()), len(known)-1)
	}
}

// TestStagesAreTold holds that the page has a row for every stage at the desk.
func TestStagesAreTold(t *testing.T) {
	page := section(t, read(t, "docs/states.md"), "## A parcel at the desk")
	stages := constants(t, "agent", "Stage")
	if len(stages) == 0 {
		t.Fatal("no constants of type agent.Stage")
	}
	for _, want := range stages {
		if !strings.Contains(page, "| `"+want+"` |") || !strings.Contains(page, "> "+want) {
			t.Errorf("docs/states.md: the stage `%s` needs a row and an arrow", want)
		}
	}
}

// TestEventsAndAnswersAreTold holds that the page knows every event a station
// records and every answer the hub gives.
func TestEventsAndAnswersAreTold(t *testing.T) {
	page := read(t, "docs/states.md")
	for _, want := range constants(t, "shipment", "EventType") {
		if !strings.Contains(page, "`"+want+"`") {
			t.Errorf("docs/states.md: no word of the event `%s`", want)
		}
	}
	for _, want := range constants(t, "sync/wire", "Status") {
		if !strings.Contains(page, "| `"+want+"` |") {
			t.Errorf("docs/states.md: no row for the hub's answer `%s`", want)
		}
	}
}

// TestDependenciesAreExplained holds that docs/dependencies.md has a row, with
// the version in use, for each module that go.mod asks for itself, and none
// for a module that is gone.
func TestDependenciesAreExplained(t *testing.T) {
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (v[^ ]+) \\|").FindAllStringSubmatch(read(t, "docs/dependencies.md"), -1) {
		rows[m[1]] = m[2]
	}
	if len(rows) == 0 {
		t.Fatal("docs/dependencies.md: no rows")
	}
	required := map[string]string{}
	line := regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+/?\S*) (v\S+)( // indirect)?$`)
	for _, name := range []string{"go.mod", "tools/go.mod"} {
		for _, m := range line.FindAllStringSubmatch(read(t, name), -1) {
			mod, version, direct := m[1], m[2], m[3] == ""
			if name == "go.mod" || rows[mod] == version {
				required[mod] = version
			}
			if direct && rows[mod] != version {
				t.Errorf("docs/dependencies.md: want a row for `%s` %s, have %q", mod, version, rows[mod])
			}
		}
	}
	for mod := range rows {
		if required[mod] == "" {
			t.Errorf("docs/dependencies.md: `%s` %s is not what go.mod or tools/go.mod has; mend the row or remove it", mod, rows[mod])
		}
	}
}

// TestLinksLead holds that every relative link of a page leads to a file.
func TestLinksLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range files(t, ".md") {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			at := path.Join(path.Dir(page), target)
			if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(at))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, m[1])
			}
		}
	}
}

// section returns the part of a page under heading, up to the next of its
// level.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("no section %q", heading)
	}
	part, _, _ := strings.Cut(rest, "\n## ")
	return part
}

// constants returns the string values of the constants of a type.
func constants(t *testing.T, pkg, typ string) []string {
	t.Helper()
	p := packages(t)[pkg]
	if p == nil {
		t.Fatalf("no package %s", pkg)
	}
	var values []string
	for _, f := range p.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typ {
				return true
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil {
						values = append(values, s)
					}
				}
			}
			return true
		})
	}
	return values
}
