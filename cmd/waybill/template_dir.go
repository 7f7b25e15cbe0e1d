package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// A templateDir is a directory of label templates and their pictures. Nothing
// outside of it is read, whatever name or symbolic link leads there. It is
// opened anew each time: the directory may be replaced as a whole.
type templateDir string

// onlyFiles are some files of a directory: nobody sees what else lies there.
type onlyFiles struct {
	fs.FS
	names map[string]bool
}

// Open opens a file that is one of them.
func (o onlyFiles) Open(name string) (fs.File, error) {
	if !o.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return o.FS.Open(name)
}

// ReadDir lists a directory of them.
func (o onlyFiles) ReadDir(dir string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, dir)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && !o.names[path.Join(dir, e.Name())] }), err
}

// Open opens a file of the directory.
func (d templateDir) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := os.OpenInRoot(string(d), filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	return f, nil
}
