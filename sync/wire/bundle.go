package wire

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// A Bundle is what stations are to work by, as a whole: there is no part of one
// and no difference between two, so that a station that was away for days needs
// the newest alone.
type Bundle struct {
	Version int64        `json:"version"`         // from 1, and never smaller than one that a station has seen
	Made    Timestamp    `json:"made"`            // by the hub's clock
	By      string       `json:"by,omitempty"`    // who put it there
	Note    string       `json:"note,omitempty"`  // why
	Again   int64        `json:"again,omitempty"` // the version whose files these are once more: it was rolled back to
	Files   []BundleFile `json:"files"`           // by name
}

// A BundleFile is a file of a bundle.
type BundleFile struct {
	Name    string `json:"name"` // with slashes, as templates/mine.yaml
	Content []byte `json:"content"`
}

// What is where in a bundle. Both may be missing: the station then works by what
// its own configuration says.
const (
	BundleRules     = "rules.yaml" // beside it what it names
	BundleTemplates = "templates"  // label templates and their pictures
)

// The limits of a bundle. An answer of a hub that has one fits into what a station
// reads at once, though its bytes are written as text twice.
const (
	MaxBundleBytes = 4 << 20
	MaxBundleFiles = 500
	maxBundleName  = 200
)

// DigestFiles returns what tells files of one content from files of another, in hex:
// the SHA-256 of name and content of each, in the order of the names, with eight
// bytes of its length before each, the greatest first.
func DigestFiles(files []BundleFile) string {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b BundleFile) int { return cmp.Compare(a.Name, b.Name) })
	sum := sha256.New()
	for _, f := range sorted {
		for _, part := range [][]byte{[]byte(f.Name), f.Content} {
			sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			sum.Write(part)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// CheckFiles says what is wrong with the files of a bundle, whoever made it: a name
// that leads elsewhere or that some system cannot write, two that one system takes
// for the same, or too much.
func CheckFiles(files []BundleFile) error {
	if len(files) == 0 {
		return errors.New("it has no files")
	}
	if len(files) > MaxBundleFiles {
		return fmt.Errorf("it has %d files, and at most %d fit", len(files), MaxBundleFiles)
	}
	size, seen := 0, map[string]string{}
	for _, f := range files {
		if err := checkBundleName(f.Name); err != nil {
			return err
		}
		key := strings.ToLower(f.Name)
		if other, twice := seen[key]; twice {
			return fmt.Errorf("%q and %q are one file where letters are not told apart by case", other, f.Name)
		}
		seen[key] = f.Name
		size += len(f.Content)
	}
	for key, name := range seen { // a file in the place of a directory
		for dir := path.Dir(key); dir != "."; dir = path.Dir(dir) {
			if other, clash := seen[dir]; clash {
				return fmt.Errorf("%q is a file, so %q cannot be in it", other, name)
			}
		}
	}
	if size > MaxBundleBytes {
		return fmt.Errorf("its files are %d bytes, and at most %d fit", size, MaxBundleBytes)
	}
	return nil
}

// checkBundleName takes plain names only: those that every system writes alike.
func checkBundleName(name string) error {
	if !fs.ValidPath(name) || name == "." || len(name) > maxBundleName {
		return fmt.Errorf("file name %.80q: want one like templates/mine.yaml, without .. and of at most %d characters", name, maxBundleName)
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") || reserved(part) {
			return fmt.Errorf("file name %q: %q is a name that not every system writes", name, part)
		}
		for _, r := range part {
			if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", r) {
				return fmt.Errorf("file name %q: want letters, digits, dots, hyphens and underscores", name)
			}
		}
	}
	return nil
}

// reserved reports whether Windows takes a name for a device.
func reserved(part string) bool {
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}

// Check says what is wrong with a bundle that was signed.
func (b Bundle) Check() error {
	if b.Version < 1 {
		return fmt.Errorf("version %d: want one from 1 on", b.Version)
	}
	if time.Time(b.Made).IsZero() {
		return errors.New("it does not say when it was made")
	}
	return CheckFiles(b.Files)
}
