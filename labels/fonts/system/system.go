// Package system finds the font files a machine already has, for the scripts
// that the embedded faces lack.
//
// It only knows where fonts lie and which of them suit a label; the files are
// read when a text first needs them.
package system

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"waybill/labels/fonts"
)

// maxFile is the largest font file read. The largest in use, the pan-CJK
// collections, stay well below.
const maxFile = 128 << 20

// maxSources bounds how many fonts are tried for one character.
const maxSources = 64

// families lists the plain upright families that suit a label, best first, by
// how their file names begin, in lower case.
var families = []string{
	"dejavusans", "notosans-", "notosansarabic", "notosanshebrew", "notosansthai-", "notosansthai",
	"notosanscjk", "notosanssc", "notosanstc", "notosanshk", "notosansjp", "notosanskr", "sourcehansans", "notosans",
	"liberationsans-", "freesans", "wqy-microhei", "droidsansfallback", "ipag", "nanumgothic", "garuda", "loma",
	"arial", "segoeui", "tahoma", "leelawui", "msyh", "msjh", "msgothic", "yugoth", "meiryo", "malgun", "nirmala",
	"pingfang", "hiragino", "applesdgothicneo", "geezapro", "arialhb", "thonburi", "notoemoji",
}

// unsuitable marks cuts that are not upright, regular or bold.
var unsuitable = []string{
	"italic", "oblique", "mono", "serif", "light", "thin", "black", "medium", "semi", "extra",
	"condensed", "math", "narrow", "symbols", "coloremoji", "display", "ui-", "looped",
}

// Sources returns the fonts of this machine that suit a label, best first.
func Sources() []fonts.Source { return In(Directories()...) }

// Directories returns where this kind of machine keeps its fonts.
func Directories() []string {
	home, _ := os.UserHomeDir() // without a home there are no fonts in it
	switch runtime.GOOS {
	case "windows":
		return []string{
			filepath.Join(cmp.Or(os.Getenv("WINDIR"), `C:\Windows`), "Fonts"),
			filepath.Join(os.Getenv("LOCALAPPDATA"), "Microsoft", "Windows", "Fonts"),
		}
	case "darwin":
		return []string{"/System/Library/Fonts", "/Library/Fonts", filepath.Join(home, "Library", "Fonts")}
	}
	return []string{
		"/usr/share/fonts", "/usr/local/share/fonts",
		filepath.Join(home, ".local", "share", "fonts"), filepath.Join(home, ".fonts"),
	}
}

// In returns the fonts below dirs that suit a label, best first. Directories
// that are not there, and files that cannot be looked at, are passed over.
func In(dirs ...string) []fonts.Source {
	type found struct {
		rank int
		path string
	}
	var all []found
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // a folder we may not read holds no font for us
			}
			if rank, ok := suits(d.Name()); ok {
				all = append(all, found{rank, path})
			}
			return nil
		})
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.path, b.path))
	})
	if len(all) > maxSources {
		all = all[:maxSources]
	}
	sources := make([]fonts.Source, len(all))
	for i, f := range all {
		name := filepath.Base(f.path)
		sources[i] = fonts.Source{
			Name: name,
			Bold: bold(name),
			Open: func() ([]byte, error) { return read(f.path) },
		}
	}
	return sources
}

func suits(name string) (rank int, ok bool) {
	name = strings.ToLower(name)
	switch filepath.Ext(name) {
	case ".ttf", ".otf", ".ttc", ".otc":
	default:
		return 0, false
	}
	for _, u := range unsuitable {
		if strings.Contains(name, u) {
			return 0, false
		}
	}
	for i, family := range families {
		if strings.HasPrefix(name, family) {
			return i, true
		}
	}
	return 0, false
}

func bold(name string) bool {
	stem := strings.ToLower(strings.TrimSuffix(name, filepath.Ext(name)))
	return strings.Contains(stem, "bold") || strings.HasSuffix(stem, "bd") || stem == "segoeuib"
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("font file: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("font file %s: %d bytes, more than %d", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("font file: %w", err)
	}
	return data, nil
}
