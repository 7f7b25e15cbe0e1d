package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/internal/atomicfile"
	"waybill/internal/hubname"
	"waybill/internal/strictyaml"
)

// A FurtherHub is another hub that gets every event of the station, and that nothing
// else is asked of.
type FurtherHub struct {
	URL        string        `yaml:"url"`
	TokenFile  string        `yaml:"token_file"`
	CAFile     string        `yaml:"ca_file"`
	Proxy      string        `yaml:"proxy"`
	MaxRate    int           `yaml:"max_kbytes_per_second"`
	MaxBackoff time.Duration `yaml:"max_backoff"` // 0: 1m

	Enrolled string `yaml:"-"` // the directory of what the station got when it was enrolled there; empty: nowhere
}

// maxFurtherHubs bounds what a station holds in memory for each of them: some batches
// of events on their way.
const maxFurtherHubs = 8

// HubLinks returns the ways to every hub that events go to: the station's hub, and then
// the further ones.
func (s Station) HubLinks() []HubLink {
	links := []HubLink{s.Hub}
	for i, f := range s.FurtherHubs {
		links = append(links, HubLink{
			URL: f.URL, TokenFile: f.TokenFile, CAFile: f.CAFile, Proxy: f.Proxy, MaxRate: f.MaxRate,
			MaxBackoff: cmp.Or(f.MaxBackoff, time.Minute), Section: furtherHub(i), Enrolled: f.Enrolled,
		})
	}
	return links
}

func furtherHub(i int) string { return fmt.Sprintf("further_hubs[%d]", i) }

// Key returns the name of one of the link's keys in the configuration, for messages.
func (h HubLink) Key(name string) string { return cmp.Or(h.Section, "hub") + "." + name }

// firstFolder is the folder, in the station's data, of what it has of the hub that it
// had first; folders is where those of later ones are, each under its hub's name.
const (
	firstFolder = "hub"
	folders     = "hubs"
	addressFile = "address" // in the first folder: of which hub it is
)

// place says where the station keeps what it has of each hub: its token there, the
// hub's authority and its signing key, rules and templates. That goes by the hub's
// address, so that no hub is ever shown the token of another, or taken for it, whichever
// of them is the station's own at the time.
func (s *Station) place() error {
	taken, err := s.firstHub()
	if err != nil {
		return err
	}
	s.Hub.Enrolled = s.folder(s.Hub.URL, taken)
	for i, f := range s.FurtherHubs {
		s.FurtherHubs[i].Enrolled = s.folder(f.URL, taken)
	}
	return nil
}

// firstHub returns the address of the hub that has the first folder. Where none is noted
// there, or nothing but that, it is whichever is the station's own.
func (s *Station) firstHub() (string, error) {
	dir := filepath.Join(s.Data, firstFolder)
	noted, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s.Hub.URL, nil
	}
	if err != nil {
		return "", fmt.Errorf("whose folder %s is: %w", dir, err)
	}
	all, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("whose folder %s is: %w", dir, err)
	}
	if len(all) == 1 {
		return s.Hub.URL, nil
	}
	return strings.TrimSpace(string(noted)), nil
}

// folder returns where the station keeps what it has of a hub, if the one at taken has
// the first folder.
func (s *Station) folder(hub, taken string) string {
	if hubname.Same(hub, taken) {
		return filepath.Join(s.Data, firstFolder)
	}
	under := func(name string) string { return filepath.Join(s.Data, folders, folderOf(name)) }
	// Its address may have been written with the port that its scheme implies.
	if other := under(hubname.WithPort(hub)); there(other) {
		return other
	}
	return under(hubname.Of(hub))
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// NoteHub notes whose the first folder is, before anything is laid there: a station that
// has another hub later does not take it for that one's.
func (s Station) NoteHub() error {
	dir := filepath.Join(s.Data, firstFolder)
	if s.Hub.Enrolled != dir {
		return nil // it is another's, or nothing is kept
	}
	path := filepath.Join(dir, addressFile)
	if noted, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(noted)) == s.Hub.URL {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the hub: %w", err)
	}
	return atomicfile.WriteFile(path, []byte(s.Hub.URL+"\n"), 0o600)
}

// folderOf returns a name for the folder of a hub that every file system takes.
func folderOf(hub string) string {
	var b strings.Builder
	for _, c := range []byte(hub) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// checkHubs says what is wrong with the ways to the hubs.
func (s Station) checkHubs(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake(key, format, args...)) }
	if len(s.FurtherHubs) > maxFurtherHubs {
		wrong("further_hubs", "%d: want at most %d; a hub can pass on what it gets (docs/hub-many.md)", len(s.FurtherHubs), maxFurtherHubs)
	}
	links := s.HubLinks()
	for i, h := range links {
		if u, err := url.Parse(h.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			wrong(h.Key("url"), "%q: want a URL, as https://hub.example.com", h.URL)
		} else if other := slices.IndexFunc(links[:i], func(o HubLink) bool { return hubname.Same(o.URL, h.URL) }); other >= 0 {
			wrong(h.Key("url"), "%s is %s already: each hub gets every event once", h.URL, links[other].Key("url"))
		}
		if h.MaxBackoff < time.Second {
			wrong(h.Key("max_backoff"), "%v: want 1s or more", h.MaxBackoff)
		}
		if h.MaxRate < 0 {
			wrong(h.Key("max_kbytes_per_second"), "%d: want how many kilobytes a second may go to the hub, or 0 for no limit", h.MaxRate)
		}
		if p := h.Proxy; p != "" && p != "none" {
			if u, err := url.Parse(p); err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
				wrong(h.Key("proxy"), "%q: want an address, as http://proxy.example.com:3128, none, or nothing for what the environment says", p)
			}
		}
	}
	return ms
}
