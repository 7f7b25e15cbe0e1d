package layers_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// A layer is a set of packages and what of this module they may import.
type layer struct {
	packages []string
	may      []string // beside packages of the layer's own folder where listed
	never    []string // taken out of may again
	pure     bool     // no files, network, clock or randomness, directly or through our own packages
	bare     bool     // the standard library only
}

// layers is the plan of docs/architecture.md. The first layer that has a
// package is the package's layer.
func layers() []layer {
	// The parts of internal that do no I/O.
	words := []string{"internal/fault", "internal/strictyaml"}
	plan := []layer{
		{packages: []string{"shipment"}, pure: true, bare: true},
		{packages: []string{"shipment/..."}, may: append([]string{"shipment/..."}, words...), pure: true},

		{packages: []string{"labels/fonts/system"}, may: []string{"labels/...", "internal/..."}},
		{packages: []string{"labels/formtest"}, may: []string{"labels/..."}}, // a suite for tests
		{packages: []string{"labels/..."}, may: append([]string{"labels/...", "shipment/..."}, words...), never: []string{"labels/fonts/system"}, pure: true},

		{packages: []string{"printer", "scanner", "scale"}, may: append([]string{"shipment/..."}, words...), pure: true},
		{packages: []string{"printer/ipp"}, pure: true, bare: true},
		{packages: []string{"printer/..."}, may: []string{"printer/...", "shipment/...", "internal/..."}},
		{packages: []string{"scanner/..."}, may: []string{"scanner/...", "shipment/...", "internal/..."}},
		{packages: []string{"scale/..."}, may: []string{"scale/...", "shipment/...", "internal/..."}},

		{packages: []string{"sync/wire"}, may: append([]string{"shipment"}, words...), pure: true},
		{packages: []string{"sync/epcis"}, may: append([]string{"sync/wire", "shipment/..."}, words...), pure: true},
		{packages: []string{"sync/..."}, may: []string{"sync/...", "shipment/...", "internal/..."}},

		{packages: []string{"tracking"}, may: append([]string{"sync/wire", "shipment/..."}, words...), pure: true},
		{packages: []string{"tracking/..."}, may: []string{"tracking/...", "sync/wire", "shipment/...", "internal/..."}},

		{packages: []string{"agent"}, may: append([]string{"printer", "scanner", "scale", "labels/...", "shipment/...", "agent/handoff", "agent/packing"}, words...), pure: true},
		{packages: []string{"agent/handoff", "agent/packing"}, may: append([]string{"shipment/..."}, words...), pure: true},
		{packages: []string{"agent/page"}, may: []string{"shipment/..."}},
		{packages: []string{"agent/intake"}, may: []string{"shipment/...", "internal/..."}},
		{
			packages: []string{"agent/..."},
			may: []string{
				"agent/...", "printer/...", "scanner/...", "scale/...", "labels/...", "shipment/...",
				"sync/journal", "sync/wire", "configs", "internal/...",
			},
			never: []string{"printer/virtual", "scanner/virtual", "scale/virtual"},
		},

		{packages: []string{"configs"}, may: []string{"printer", "scanner", "scale", "labels", "labels/template", "shipment/...", "internal/..."}},
		{packages: []string{"internal/carrierpages"}, may: []string{"shipment/...", "internal/..."}},
		{packages: []string{"internal/labelproof/..."}, may: []string{"labels/...", "shipment/...", "configs", "internal/..."}},
		{packages: []string{"internal/..."}, may: []string{"internal/..."}},
		{packages: []string{"cmd/..."}, may: []string{
			"cmd/...", "agent/...", "labels/...", "printer/...", "scanner/...", "scale/...",
			"sync/...", "tracking/...", "shipment/...", "configs", "internal/...",
		}},
	}
	return plan
}

func layerOf(pkg string) (layer, bool) {
	for _, l := range layers() {
		if matches(pkg, l.packages...) {
			return l, true
		}
	}
	return layer{}, false
}

// TestEveryPackageHasItsPlace finds packages that the plan does not know.
func TestEveryPackageHasItsPlace(t *testing.T) {
	for name := range packages(t) {
		if _, ok := layerOf(name); !ok {
			t.Errorf("%s: the plan has no place for it; add it to docs/architecture.md and to layers in this test", name)
		}
	}
}

// TestImportsGoOneWay holds who may import whom.
func TestImportsGoOneWay(t *testing.T) {
	for name, p := range packages(t) {
		l, ok := layerOf(name)
		if !ok {
			continue
		}
		for imp, file := range p.ours() {
			if !matches(imp, l.may...) || matches(imp, l.never...) {
				t.Errorf("%s imports %s; %s may import only %s", file, imp, name, strings.Join(l.may, ", "))
			}
		}
	}
}

// TestOnlyCommandsImportDrivers holds that everything but the command works
// with any driver.
func TestOnlyCommandsImportDrivers(t *testing.T) {
	for name, p := range packages(t) {
		for imp, file := range p.ours() {
			noun, isDriver := strings.CutSuffix(imp, "/driver")
			if isDriver && !matches(name, "cmd/...", noun+"/driver/...") {
				t.Errorf("%s imports %s; only cmd may, and hands its drivers on", file, imp)
			}
		}
	}
}

// TestModulesHaveOneDoor holds that what may have to be replaced one day is
// imported in one place.
func TestModulesHaveOneDoor(t *testing.T) {
	doors := map[string]string{
		"github.com/fsnotify/fsnotify/...":  "internal/filewatch",
		"go.bug.st/serial/...":              "scanner/driver",
		"github.com/boombuler/barcode/...":  "labels/barcode",
		"github.com/makiuchi-d/gozxing/...": "labels/verify",
		"github.com/expr-lang/expr/...":     "labels/template",
		"github.com/jackc/pgx/...":          "tracking/store",
		"github.com/nats-io/nats.go/...":    "tracking/bus",
		"github.com/jung-kurt/gofpdf/...":   "labels/pdf",
		"github.com/creack/pty/...":         "*/virtual or internal/cable", // the simulated devices
		"github.com/ncruces/go-sqlite3/...": "internal/powercut",
	}
	used := map[string]bool{}
	for name, p := range packages(t) {
		for imp, file := range p.imports() {
			for module, door := range doors {
				if !matches(imp, module) {
					continue
				}
				used[module] = true
				if !slices.ContainsFunc(strings.Split(door, " or "), func(d string) bool { ok, err := path.Match(d, name); return ok && err == nil }) {
					t.Errorf("%s imports %q; only %s does, and has what others need of it", file, imp, door)
				}
			}
		}
	}
	for module, door := range doors {
		if !used[module] {
			t.Errorf("%s is said to be imported by %s, and nobody does", module, door)
		}
	}
}

// worldly lists what only packages one level down may import.
func worldly() []string {
	return []string{
		"os/...", "net", "net/http/...", "net/rpc/...", "net/smtp", "database/sql/...", "syscall/...", "plugin",
		"crypto/rand", "math/rand/...", "log", "log/syslog", "testing/...",
		"golang.org/x/sys/...", "golang.org/x/term/...", "go.bug.st/serial/...", "modernc.org/...",
		"github.com/fsnotify/fsnotify", "github.com/creack/pty", "github.com/chromedp/...",
		"github.com/prometheus/...", "github.com/danielgtaylor/huma/...",
	}
}

// TestVocabularyDoesNoIO holds that a pure package reaches no file, network or
// database, directly or through other packages of ours.
func TestVocabularyDoesNoIO(t *testing.T) {
	pkgs := packages(t)
	for name := range pkgs {
		if l, ok := layerOf(name); !ok || !l.pure {
			continue
		}
		seen := map[string]bool{}
		var visit func(pkg string, way []string)
		visit = func(pkg string, way []string) {
			if seen[pkg] || pkgs[pkg] == nil {
				return
			}
			seen[pkg] = true
			way = append(slices.Clip(way), pkg)
			for imp, file := range pkgs[pkg].imports() {
				if matches(imp, worldly()...) {
					t.Errorf("%s imports %q, which %s must not reach (%s)", file, imp, name, strings.Join(way, " → "))
				}
			}
			for imp := range pkgs[pkg].ours() {
				visit(imp, way)
			}
		}
		visit(name, nil)
	}
}

// TestVocabularyReadsNoClock holds that time is handed to pure packages.
func TestVocabularyReadsNoClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for name, p := range packages(t) {
		if l, ok := layerOf(name); !ok || !l.pure {
			continue
		}
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, sel.Sel.Name) {
						t.Errorf("%s: time.%s; %s reads no clock, hand the time in", f.fset.Position(n.Pos()), sel.Sel.Name, name)
					}
				}
				return true
			})
		}
	}
}

// TestStandardLibraryOnly holds that the words everyone speaks need no module.
func TestStandardLibraryOnly(t *testing.T) {
	for name, p := range packages(t) {
		if l, ok := layerOf(name); !ok || !l.bare {
			continue
		}
		for imp, file := range p.imports() {
			first, _, _ := strings.Cut(imp, "/")
			if strings.Contains(first, ".") || first == module {
				t.Errorf("%s imports %q; %s has the standard library only", file, imp, name)
			}
		}
	}
}

// TestForbiddenModules finds imports this house does without.
func TestForbiddenModules(t *testing.T) {
	forbidden := map[string]string{
		"log":                         "use the *slog.Logger that is handed in",
		"io/ioutil":                   "use os and io",
		"C":                           "the programs build without cgo",
		"github.com/pkg/errors":       "use errors and fmt",
		"github.com/stretchr/...":     "compare with go-cmp",
		"github.com/golang/mock/...":  "fake a device by transcript, a store in memory",
		"go.uber.org/mock/...":        "fake a device by transcript, a store in memory",
		"gopkg.in/yaml.v3":            "use go.yaml.in/yaml/v3",
		"github.com/spf13/viper":      "configuration is a struct that is handed in",
		"github.com/mattn/go-sqlite3": "it needs cgo; use modernc.org/sqlite",
	}
	for _, p := range packages(t) {
		for imp, file := range p.imports() {
			for pattern, instead := range forbidden {
				if matches(imp, pattern) {
					t.Errorf("%s imports %q: %s", file, imp, instead)
				}
			}
		}
	}
}
