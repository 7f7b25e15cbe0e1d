package main

import (
	"io/fs"
	"os"
	"path/filepath"
)

// A templateDir is a directory of label templates and their pictures. Nothing
// outside of it is read, whatever name or symbolic link leads there. It is
// opened anew each time: the directory may be replaced as a whole.
type templateDir string

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
