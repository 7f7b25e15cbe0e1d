package configs

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"waybill/internal/strictyaml"
)

// A Hub is the configuration of the central tracking server.
type Hub struct {
	Listen       string       `yaml:"listen"`
	Data         string       `yaml:"data"`
	PublicURL    string       `yaml:"public_url"`
	Stations     []HubStation `yaml:"stations"`
	APITokens    []Token      `yaml:"api_tokens"`
	AllowedHosts []string     `yaml:"allowed_hosts"`
	Ranges       []Range      `yaml:"ranges"`
	LogLevel     string       `yaml:"log_level"`
}

// A HubStation is a station that may send events.
type HubStation struct {
	ID          string `yaml:"id"`
	TokenFile   string `yaml:"token_file"`
	TokenSHA256 string `yaml:"token_sha256"`
}

// Token returns the station's token.
func (s HubStation) Token() Token {
	return Token{Name: s.ID, TokenFile: s.TokenFile, SHA256: s.TokenSHA256}
}

// A Range is a pool of serial numbers that stations lease blocks of.
type Range struct {
	ID      string `yaml:"id"`
	Carrier string `yaml:"carrier"`
	Service string `yaml:"service"`
	Scheme  string `yaml:"scheme"`
	Prefix  string `yaml:"prefix"`
	From    int64  `yaml:"from"`
	To      int64  `yaml:"to"`
}

// DefaultHub returns what happens without a configuration.
func DefaultHub() Hub {
	return Hub{
		Listen:    "127.0.0.1:9640",
		Data:      "hub-data",
		PublicURL: "",
		Ranges: []Range{
			{ID: "usps-ground-advantage", Carrier: "usps", Service: "usps_ground_advantage", Scheme: "usps_impb", Prefix: "92001903000000", From: 1, To: 9999999},
			{ID: "usps-priority", Carrier: "usps", Service: "usps_priority", Scheme: "usps_impb", Prefix: "92055903000000", From: 1, To: 9999999},
			{ID: "ups-ground", Carrier: "ups", Service: "ups_ground", Scheme: "ups_1z", Prefix: "999AA103", From: 1, To: 9999999},
			{ID: "yunexpress", Carrier: "yunexpress", Scheme: "plain", Prefix: "YT", From: 1, To: 9999999999},
			{ID: "dhl-express", Carrier: "dhl_express", Scheme: "dhl_express", Prefix: "33", From: 1, To: 9999999},
		},
		LogLevel: "info",
	}
}

// LoadHub reads a hub's configuration. Paths in it are seen from the file's own
// directory. The error, if any, tells every mistake in the file.
func LoadHub(path string) (Hub, error) {
	data, err := read(path)
	if err != nil {
		return Hub{}, err
	}
	h, err := ParseHub(path, data)
	if err != nil {
		return Hub{}, err
	}
	h.Data = beside(path, h.Data)
	for i := range h.Stations {
		h.Stations[i].TokenFile = beside(path, h.Stations[i].TokenFile)
	}
	for i := range h.APITokens {
		h.APITokens[i].TokenFile = beside(path, h.APITokens[i].TokenFile)
	}
	return h, nil
}

// ParseHub reads a hub's configuration from data; file is for messages.
func ParseHub(file string, data []byte) (Hub, error) {
	h := DefaultHub()
	doc, err := strictyaml.Decode(file, data, &h)
	if err != nil {
		return Hub{}, err
	}
	if ms := h.check(doc); len(ms) > 0 {
		return Hub{}, ms
	}
	return h, nil
}

func (h Hub) check(doc *strictyaml.Document) strictyaml.Mistakes {
	ms := checkListen(doc, "listen", h.Listen)
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake(key, format, args...)) }
	if h.Data == "" {
		wrong("data", "required: the directory for the store")
	}
	if h.PublicURL != "" {
		if u, err := url.Parse(h.PublicURL); err != nil || u.Host == "" {
			wrong("public_url", "%q: want the address buyers see, as https://track.example.com", h.PublicURL)
		}
	}
	for i, s := range h.Stations {
		at := fmt.Sprintf("stations[%d]", i)
		if !isName(s.ID) {
			wrong(at+".id", "%q: want the station's name", s.ID)
		}
		if (s.TokenFile == "") == (s.TokenSHA256 == "") {
			wrong(at, "give either token_file or token_sha256")
		}
	}
	ms = append(ms, checkTokens(doc, "api_tokens", h.APITokens)...)
	if !Loopback(h.Listen) && (len(h.Stations) == 0 || len(h.APITokens) == 0) {
		wrong("listen", "%s is reachable from other machines, so stations and api_tokens must list who may use it", h.Listen)
	}
	names := map[string]bool{}
	for i, r := range h.Ranges {
		at := fmt.Sprintf("ranges[%d]", i)
		if !isName(r.ID) || names[r.ID] {
			wrong(at+".id", "%q: want a name of its own", r.ID)
		}
		names[r.ID] = true
		if r.Carrier == "" || r.Scheme == "" {
			wrong(at, "carrier and scheme are required")
		}
		if r.From < 0 || r.To < r.From {
			wrong(at+".to", "want 0 ≤ from ≤ to")
		}
	}
	if !slices.Contains(levels, h.LogLevel) {
		wrong("log_level", "%q: want one of %s", h.LogLevel, strings.Join(levels, ", "))
	}
	return ms
}
