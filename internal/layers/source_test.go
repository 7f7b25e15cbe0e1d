package layers_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "waybill"

// A goFile is one file of the module as its author wrote it. Files for every
// system are read, whatever system the tests run on.
type goFile struct {
	path string // below the module's root, with slashes
	ast  *ast.File
	fset *token.FileSet
}

// A goPackage is a folder of Go files, test files left out.
type goPackage struct {
	path  string // below the module's root: "printer/spool"
	files []goFile
}

// packages returns the module's packages, which are read once for all tests.
func packages(t *testing.T) map[string]*goPackage {
	t.Helper()
	pkgs, err := source()
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 5 {
		t.Fatalf("found %d packages below %s; the tests would prove nothing", len(pkgs), root(t))
	}
	return pkgs
}

var source = sync.OnceValues(func() (map[string]*goPackage, error) {
	pkgs := map[string]*goPackage{}
	fset := token.NewFileSet()
	names, err := filesBelow(up, ".go")
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, ferr := parser.ParseFile(fset, filepath.Join(up, filepath.FromSlash(name)), nil, parser.ParseComments|parser.SkipObjectResolution)
		if ferr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, ferr))
			continue
		}
		dir := path.Dir(name)
		if pkgs[dir] == nil {
			pkgs[dir] = &goPackage{path: dir}
		}
		pkgs[dir].files = append(pkgs[dir].files, goFile{path: name, ast: f, fset: fset})
	}
	return pkgs, err
})

// files returns the paths of the module's files that end in suffix.
func files(t *testing.T, suffix string) []string {
	t.Helper()
	names, err := filesBelow(root(t), suffix)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func filesBelow(dir, suffix string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another test's scratch file came and went
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin" || base == "build" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, suffix) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walk the module: %w", err)
	}
	return names, nil
}

// up leads from here to the module's root.
var up = filepath.Join("..", "..")

// root returns the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(up)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatalf("no go.mod where the module's root should be: %v", err)
	}
	return dir
}

// read returns the text of a file of the module.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// imports returns what the package imports, and the file that does.
func (p *goPackage) imports() map[string]string {
	all := map[string]string{}
	for _, f := range p.files {
		for _, spec := range f.ast.Imports {
			if name, err := strconv.Unquote(spec.Path.Value); err == nil {
				all[name] = f.path
			}
		}
	}
	return all
}

// ours returns the package's imports from this module, below its root.
func (p *goPackage) ours() map[string]string {
	own := map[string]string{}
	for imp, file := range p.imports() {
		if below, ok := strings.CutPrefix(imp, module+"/"); ok {
			own[below] = file
		}
	}
	return own
}

// matches reports whether a package is one of patterns: a path, or a path and
// "/..." for everything at and below it.
func matches(pkg string, patterns ...string) bool {
	for _, p := range patterns {
		if below, ok := strings.CutSuffix(p, "/..."); ok {
			if pkg == below || strings.HasPrefix(pkg, below+"/") {
				return true
			}
		} else if pkg == p {
			return true
		}
	}
	return false
}
