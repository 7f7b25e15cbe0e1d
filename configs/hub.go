package configs

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"waybill/internal/strictyaml"
)

// A Hub is the configuration of the central tracking server.
type Hub struct {
	Listen       string       `yaml:"listen"`
	Data         string       `yaml:"data"`
	PasswordFile string       `yaml:"data_password_file"`
	Bus          string       `yaml:"bus"`
	BusLogin     string       `yaml:"bus_credentials_file"`
	BusReplicas  int          `yaml:"bus_replicas"`
	BusMonitor   string       `yaml:"bus_monitor"`
	PublicURL    string       `yaml:"public_url"`
	TLS          TLS          `yaml:"tls"`
	Stations     []HubStation `yaml:"stations"`
	APITokens    []Token      `yaml:"api_tokens"`
	AllowedHosts []string     `yaml:"allowed_hosts"`
	TokenDays    int          `yaml:"token_days"`
	LeaseDays    int          `yaml:"lease_days"`
	Ranges       []Range      `yaml:"ranges"`
	LogLevel     string       `yaml:"log_level"`
}

// A TLS is what the hub proves itself with: a certificate with its chain, and its
// key. With neither the hub speaks plain HTTP.
type TLS struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// On reports whether the hub speaks TLS.
func (t TLS) On() bool { return t.CertFile != "" }

// Postgres reports whether the store is a database that several hubs share, and
// not a directory.
func (h Hub) Postgres() bool {
	return strings.HasPrefix(h.Data, "postgres://") || strings.HasPrefix(h.Data, "postgresql://")
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

// DefaultHub returns what happens without a configuration.
func DefaultHub() Hub {
	return Hub{
		Listen:    "127.0.0.1:9640",
		Data:      "hub-data",
		PublicURL: "",
		TokenDays: 180,
		LeaseDays: 90,

		BusReplicas: 1,
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
	data, err := read("configuration", path, "waybill hub --example")
	if err != nil {
		return Hub{}, err
	}
	h, err := ParseHub(path, data)
	if err != nil {
		return Hub{}, err
	}
	if !h.Postgres() {
		h.Data = beside(path, h.Data)
	}
	h.PasswordFile, h.BusLogin = beside(path, h.PasswordFile), beside(path, h.BusLogin)
	h.TLS.CertFile, h.TLS.KeyFile = beside(path, h.TLS.CertFile), beside(path, h.TLS.KeyFile)
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
		wrong("data", "required: the directory for the store, or a database's address")
	}
	ms = append(ms, h.checkStore(doc)...)
	ms = append(ms, h.checkReach(doc)...)
	if (h.TLS.CertFile == "") != (h.TLS.KeyFile == "") {
		wrong("tls", "give cert_file and key_file, or neither (waybill hub init-tls makes both)")
	}
	if h.TLS.On() && strings.HasPrefix(h.PublicURL, "http://") {
		wrong("public_url", "%q: with tls the hub speaks https alone, so write https://", h.PublicURL)
	}
	seen := map[string]bool{}
	for i, s := range h.Stations {
		at := fmt.Sprintf("stations[%d]", i)
		if !isName(s.ID) || seen[s.ID] {
			wrong(at+".id", "%q: want the station's name, once", s.ID)
		}
		seen[s.ID] = true
		if (s.TokenFile == "") == (s.TokenSHA256 == "") {
			wrong(at, "give either token_file or token_sha256")
		}
		if s.TokenSHA256 != "" && !isSHA256(s.TokenSHA256) {
			wrong(at+".token_sha256", "want the 64 hex digits of the token's SHA-256")
		}
	}
	ms = append(ms, checkTokens(doc, "api_tokens", h.APITokens, InstructOrders)...)
	if h.TokenDays < 0 || h.TokenDays > 3650 || h.TokenDays > 0 && h.TokenDays < 7 {
		wrong("token_days", "%d: want 7 to 3650 days, or 0 for tokens that do not end", h.TokenDays)
	}
	ms = append(ms, h.checkRanges(doc)...)
	if !slices.Contains(levels, h.LogLevel) {
		wrong("log_level", "%q: want one of %s", h.LogLevel, strings.Join(levels, ", "))
	}
	return ms
}

// checkStore checks the addresses of the database and of the bus.
func (h Hub) checkStore(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake(key, format, args...)) }
	if h.Postgres() {
		switch u, err := url.Parse(h.Data); {
		case err != nil || strings.Trim(u.Path, "/") == "":
			wrong("data", "want postgres://user@host/database") // without the value, which may hold a password
		default:
			if _, has := u.User.Password(); has || u.Query().Has("password") {
				wrong("data", "leave the password out of the address, which is shown, and name its file as data_password_file")
			}
		}
	} else if h.PasswordFile != "" {
		wrong("data_password_file", "is for data: postgres://…; leave it out for a directory")
	}
	if h.Bus != "" {
		for one := range strings.SplitSeq(h.Bus, ",") {
			u, err := url.Parse(strings.TrimSpace(one))
			if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Host == "" {
				wrong("bus", "want nats://host:4222 or tls://host:4222, with commas between several")
			} else if _, has := u.User.Password(); has {
				wrong("bus", "leave the password out of the address, which is shown, and name a bus_credentials_file")
			}
		}
	}
	if h.BusReplicas < 1 || h.BusReplicas > 5 {
		wrong("bus_replicas", "%d: want 1 to 5, and no more than the cluster has servers", h.BusReplicas)
	}
	if m := h.BusMonitor; m != "" {
		if u, err := url.Parse(m); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			wrong("bus_monitor", "%q: want the server's monitor, as http://host:8222", m)
		}
	}
	return ms
}

// checkReach checks the addresses under which the hub is reached, and that
// whoever can reach it from elsewhere must show who they are.
func (h Hub) checkReach(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake(key, format, args...)) }
	ms = append(ms, checkHosts(doc, "allowed_hosts", h.AllowedHosts)...)
	public := ""
	if h.PublicURL != "" {
		u, err := url.Parse(h.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			wrong("public_url", "%q: want the address buyers see, as https://track.example.com", h.PublicURL)
		} else {
			public = u.Hostname()
		}
	}
	if host, _, err := net.SplitHostPort(h.Listen); err == nil && h.PublicURL == "" {
		if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
			wrong("public_url", "required where listen is %s, which is no address that a buyer can open; as https://track.example.com", h.Listen)
		}
	}
	if len(h.APITokens) > 0 { // stations may be enrolled: none comes in without a token
		return ms
	}
	const who = "so api_tokens must list who may read there"
	if !Loopback(h.Listen) {
		wrong("listen", "%s is reachable from other machines, %s", h.Listen, who)
	}
	if public != "" && !loopbackHost(public) {
		wrong("public_url", "%s is reachable from other machines, %s", h.PublicURL, who)
	}
	if name, found := foreignHost(h.AllowedHosts); found {
		wrong("allowed_hosts", "as %s it is reachable from other machines, %s", name, who)
	}
	return ms
}
