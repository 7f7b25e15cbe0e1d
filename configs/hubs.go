package configs

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
}

// maxFurtherHubs bounds what a station holds in memory for each of them: some batches
// of events on their way.
const maxFurtherHubs = 8

// HubLinks returns the ways to every hub that events go to: the station's hub, and then
// the further ones.
func (s Station) HubLinks() []HubLink {
	links := []HubLink{s.Hub}
	for i, f := range s.FurtherHubs {
		l := HubLink{
			URL: f.URL, TokenFile: f.TokenFile, CAFile: f.CAFile, Proxy: f.Proxy, MaxRate: f.MaxRate,
			MaxBackoff: cmp.Or(f.MaxBackoff, time.Minute), Section: furtherHub(i),
		}
		if s.Hub.Enrolled != "" {
			l.Enrolled = filepath.Join(s.Data, "hubs", folderOf(f.URL))
		}
		links = append(links, l)
	}
	return links
}

func furtherHub(i int) string { return fmt.Sprintf("further_hubs[%d]", i) }

// Key returns the name of one of the link's keys in the configuration, for messages.
func (h HubLink) Key(name string) string { return cmp.Or(h.Section, "hub") + "." + name }

// SameHub reports whether two addresses are of one hub, as far as they tell: by which
// scheme it is reached makes no other hub, and neither does the scheme's own port.
func SameHub(a, b string) bool {
	return hubName(a) == hubName(b) || withoutPort(a) == withoutPort(b)
}

// hubName returns what the journal and the disk know a hub by.
func hubName(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return strings.ToLower(u.Host) + strings.TrimRight(u.Path, "/")
}

// withoutPort is hubName without a port that the scheme implies.
func withoutPort(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	if u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return hubName(u.String())
}

// folderOf returns a name for the folder of a hub that every file system takes.
func folderOf(hub string) string {
	var b strings.Builder
	for _, c := range []byte(hubName(hub)) {
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
		} else if other := slices.IndexFunc(links[:i], func(o HubLink) bool { return SameHub(o.URL, h.URL) }); other >= 0 {
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
