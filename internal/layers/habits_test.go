package layers_test

import (
	"fmt"
	"go/ast"
	"path"
	"strings"
	"testing"
)

// The bounds on what a reader must hold in mind at once.
const (
	maxFileLines     = 500
	maxFunctionLines = 80
)

// longFunctions lists the functions that may be longer than the bound, and
// why. A function that has become short enough must leave the list.
func longFunctions() map[string]string {
	return map[string]string{}
}

// TestPackagesSayWhatTheyAreFor holds that every package has one comment that
// begins as godoc wants it.
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for name, p := range packages(t) {
		var docs []string
		for _, f := range p.files {
			if f.ast.Doc == nil {
				continue
			}
			docs = append(docs, f.path)
			want := "Package " + f.ast.Name.Name + " "
			if f.ast.Name.Name == "main" {
				want = "Command " + path.Base(name) + " "
			}
			if text := f.ast.Doc.Text(); !strings.HasPrefix(text, want) {
				t.Errorf("%s: the package comment must begin with %q", f.path, want)
			}
		}
		switch len(docs) {
		case 0:
			t.Errorf("%s: no package comment; say what it is for and what it will not do", name)
		case 1:
		default:
			t.Errorf("%s: package comments in %s; one is enough", name, strings.Join(docs, " and "))
		}
	}
}

// TestNoVagueNames finds packages whose name says nothing.
func TestNoVagueNames(t *testing.T) {
	for name := range packages(t) {
		switch path.Base(name) {
		case "util", "utils", "common", "helper", "helpers", "model", "models", "misc", "base", "shared", "types", "lib":
			t.Errorf("%s: name the package after what it provides", name)
		}
	}
}

// TestNoInit holds that importing a package does nothing.
func TestNoInit(t *testing.T) {
	eachFunction(t, func(f goFile, fn *ast.FuncDecl) {
		if fn.Recv == nil && fn.Name.Name == "init" {
			t.Errorf("%s: no init functions; call it from where the program is wired", f.fset.Position(fn.Pos()))
		}
	})
}

// TestFilesAreReadable holds the bound on a file's length.
func TestFilesAreReadable(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range p.files {
			if ast.IsGenerated(f.ast) {
				continue
			}
			if n := f.fset.File(f.ast.Pos()).LineCount(); n > maxFileLines {
				t.Errorf("%s: %d lines, at most %d; find the second idea in it", f.path, n, maxFileLines)
			}
		}
	}
}

// TestFunctionsAreReadable holds the bound on a function's length.
func TestFunctionsAreReadable(t *testing.T) {
	excused := longFunctions()
	seen := map[string]bool{}
	eachFunction(t, func(f goFile, fn *ast.FuncDecl) {
		if ast.IsGenerated(f.ast) {
			return
		}
		lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
		name := path.Dir(f.path) + "." + receiver(fn) + fn.Name.Name
		_, ok := excused[name]
		seen[name] = true
		switch {
		case lines > maxFunctionLines && !ok:
			t.Errorf("%s: %s has %d lines, at most %d; take a step out of it, or list it with a reason", f.fset.Position(fn.Pos()), name, lines, maxFunctionLines)
		case lines <= maxFunctionLines && ok:
			t.Errorf("%s: %s is listed as long and no longer is", f.fset.Position(fn.Pos()), name)
		}
	})
	for name := range excused {
		if !seen[name] {
			t.Errorf("%s is listed as long and does not exist", name)
		}
	}
}

func eachFunction(t *testing.T, do func(goFile, *ast.FuncDecl)) {
	t.Helper()
	for _, p := range packages(t) {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					do(f, fn)
				}
			}
		}
	}
}

// receiver returns "Type." for a method, and nothing for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	typ := fn.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.Name + "."
		default:
			return fmt.Sprintf("%T.", typ)
		}
	}
}
