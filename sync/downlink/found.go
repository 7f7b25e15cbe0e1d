package downlink

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"waybill/sync/wire"
)

// Newest returns the bundle of the highest version on the shelf whose files are whole, for
// a station that cannot read which one is in use; version 0: there is none. Its directory
// was laid from what the hub had signed, and its name says the digest of its files.
func (s *Shelf) Newest() Placed {
	if s.dir == "" {
		return Placed{}
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, bundlesDir))
	if err != nil {
		return Placed{}
	}
	var all []Placed
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "-")
		version, err := strconv.ParseInt(number, 10, 64)
		p := Placed{Version: version, SHA256: strings.TrimPrefix(e.Name(), number+"-")}
		if err == nil && version > 0 && e.IsDir() && p.name() == e.Name() {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Placed) int { return cmp.Compare(b.Version, a.Version) })
	for _, p := range all {
		files, err := readFiles(s.Dir(p))
		name := p.name()
		if p.SHA256 = wire.DigestFiles(files); err != nil || p.name() != name {
			continue
		}
		for _, f := range files {
			p.Files = append(p.Files, f.Name)
		}
		return p
	}
	return Placed{}
}
