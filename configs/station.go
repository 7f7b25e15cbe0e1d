package configs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/internal/strictyaml"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// A Station is the configuration of one packing station.
type Station struct {
	ID        string   `yaml:"station"`
	Data      string   `yaml:"data"`
	Listen    string   `yaml:"listen"`
	TimeZone  string   `yaml:"time_zone"`
	ShipFrom  ShipFrom `yaml:"ship_from"`
	Intake    Intake   `yaml:"intake"`
	Rules     string   `yaml:"rules"`
	Carriers  string   `yaml:"carriers"`
	Templates string   `yaml:"templates"`
	Template  string   `yaml:"template"`

	TemplateBy  map[string]string            `yaml:"template_by"`  // service or carrier → template
	LabelFields map[string]map[string]string `yaml:"label_fields"` // service or carrier → field → text

	Fonts    []string  `yaml:"fonts"`
	Printers []Printer `yaml:"printers"`
	Scanners []Scanner `yaml:"scanners"`
	Packing  Packing   `yaml:"packing"`
	Scales   []Scale   `yaml:"scales"`
	Handoff  Handoff   `yaml:"handoff"`
	Hub      HubLink   `yaml:"hub"`
	EPCIS    EPCIS     `yaml:"epcis"`
	Journal  Journal   `yaml:"journal"`

	FurtherHubs []FurtherHub `yaml:"further_hubs"`

	Retention Retention `yaml:"retention"`

	API      API    `yaml:"api"`
	LogLevel string `yaml:"log_level"`
}

// ShipFrom is the address printed as the sender where an order names none.
type ShipFrom struct {
	Name       string `yaml:"name"`
	Company    string `yaml:"company"`
	Line1      string `yaml:"line1"`
	Line2      string `yaml:"line2"`
	City       string `yaml:"city"`
	Region     string `yaml:"region"`
	PostalCode string `yaml:"postal_code"`
	Country    string `yaml:"country"`
	Phone      string `yaml:"phone"`
}

// Intake says where orders are dropped.
type Intake struct {
	Dir    string            `yaml:"dir"`
	Rescan time.Duration     `yaml:"rescan"`
	CSV    map[string]string `yaml:"csv"` // our field → the export's column

	Scopes  []string `yaml:"scopes"`   // what is taken beyond orders
	RawRole string   `yaml:"raw_role"` // which printers print label files
}

// A Printer is one label printer.
type Printer struct {
	Name   string   `yaml:"name"`
	Driver string   `yaml:"driver"`
	Link   string   `yaml:"link"`
	Roles  []string `yaml:"roles"`
	DPI    int      `yaml:"dpi"`
	PerMM  float64  `yaml:"dots_per_mm"` // 11.811 or 12 at 300 dpi; 0: as usual for the dpi
	Format string   `yaml:"format"`

	Language string `yaml:"language"` // what its labels are written in; empty: what the driver takes
	Serial   string `yaml:"serial"`   // the only machine it may be; empty: the first that answers, until a person says otherwise
	Shared   bool   `yaml:"shared"`   // other computers print on it as well

	// For printers on a network that ask who we are, or prove who they are.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	CAFile       string `yaml:"ca_file"`
	Fingerprint  string `yaml:"fingerprint"`

	Media Media `yaml:"media"`
}

// A Media is what a printer has loaded. What is zero or empty is not known, and
// takes every label.
type Media struct {
	Width  float64 `yaml:"width_mm"`
	Height float64 `yaml:"height_mm"`
	Kind   string  `yaml:"kind"`
}

// dotsPerMM lists what is sold under each dpi. "300 dpi" is either 300 dots per
// inch or, after the metric head, 12 per millimetre (304.8 per inch): over six
// inches the two differ by 2.4 mm.
var dotsPerMM = map[int][]float64{203: {8}, 300: {12, 11.811}, 600: {24}}

// The formats of a printer's labels: Fast is quickest to write, Compact has the
// fewest bytes, for a line that is slower than the printer.
const (
	Fast    = "fast"
	Compact = "compact"
)

// A Scanner is one barcode scanner.
type Scanner struct {
	Name    string        `yaml:"name"`
	Driver  string        `yaml:"driver"`
	Address string        `yaml:"address"`
	Baud    int           `yaml:"baud"`
	Role    string        `yaml:"role"`
	Profile string        `yaml:"profile"`
	Prefix  string        `yaml:"prefix"`
	Suffix  string        `yaml:"suffix"`
	Idle    time.Duration `yaml:"idle"`
	LRC     bool          `yaml:"lrc"`
	Length  int           `yaml:"length"`
	NoRead  []string      `yaml:"no_read"`
	Repeats time.Duration `yaml:"repeats"`

	Port      string `yaml:"port"`
	DataBits  int    `yaml:"data_bits"`
	Parity    string `yaml:"parity"`
	StopBits  int    `yaml:"stop_bits"`
	Flow      string `yaml:"flow"`
	Protocol  string `yaml:"protocol"`
	Handshake string `yaml:"handshake"`

	Resends time.Duration `yaml:"resends"` // after how long without ACK the scanner sends again; 0: never

	Dock   string `yaml:"dock"`   // the door that a scanner at the dock belongs to
	Layout string `yaml:"layout"` // of the keyboard that a scanner that types is set to

	// How the scanner says what a symbol was and where FNC1 stood in it, where it
	// does not send AIM identifiers and GS.
	CodeIDs   string `yaml:"code_ids"`
	Separator string `yaml:"separator"`
}

// Handoff says how parcels leave.
type Handoff struct {
	AutoOpen bool              `yaml:"auto_open"`
	Cutoffs  map[string]string `yaml:"cutoffs"` // carrier → until when it takes parcels
}

// CutoffTimes returns the cut-offs by carrier.
func (h Handoff) CutoffTimes() (map[shipment.CarrierID]carrier.Cutoff, error) {
	all := map[shipment.CarrierID]carrier.Cutoff{}
	for name, text := range h.Cutoffs {
		c, err := carrier.ParseCutoff(text)
		if err != nil {
			return nil, err
		}
		all[shipment.CarrierID(name)] = c
	}
	return all, nil
}

// EPCIS says how waybill journal export names things and places for others.
type EPCIS struct {
	BaseURI     string `yaml:"base_uri"`
	ReadPoint   string `yaml:"read_point"`
	BizLocation string `yaml:"biz_location"`
}

// A HubLink is the way to the hub.
type HubLink struct {
	URL        string        `yaml:"url"`
	TokenFile  string        `yaml:"token_file"`
	CAFile     string        `yaml:"ca_file"`               // of authorities that vouch for the hub, beside those of the machine
	Proxy      string        `yaml:"proxy"`                 // empty: what the environment says; none: none at all
	MaxRate    int           `yaml:"max_kbytes_per_second"` // of events; 0: no limit
	LeaseBlock int64         `yaml:"lease_block"`
	LowWater   int64         `yaml:"low_water"`
	Reserve    int           `yaml:"reserve_days"`
	MaxBackoff time.Duration `yaml:"max_backoff"`
	Bundles    bool          `yaml:"bundles"` // rules and templates of the hub go before the station's own

	Enrolled string `yaml:"-"` // the directory of what the station got when it was enrolled; empty: nowhere
	Section  string `yaml:"-"` // of the configuration; empty: hub

	// Bundle is the directory of the hub's rules and templates where those are in use,
	// BundleFiles are its files, and Own what the file says for both; empty: its own are.
	// Amiss is why they are not the hub's newest; nil: they are. NoRules says that the
	// hub's are amiss and the file names none: those that ship with Waybill are examples.
	Bundle        string   `yaml:"-"`
	BundleFiles   []string `yaml:"-"`
	BundleVersion int64    `yaml:"-"`
	Own           OwnRules `yaml:"-"`
	Amiss         error    `yaml:"-"`
	NoRules       bool     `yaml:"-"`
}

// OwnRules are the rules and templates that a station's own file names.
type OwnRules struct{ Rules, Templates string }

// Token returns where the station's token is kept, and whether it must be there:
// one that the configuration names must, one that the station gets when it is
// enrolled may come later. The empty path is nowhere.
func (h HubLink) Token() (path string, required bool) {
	if h.TokenFile != "" || h.Enrolled == "" {
		return h.TokenFile, h.TokenFile != ""
	}
	return filepath.Join(h.Enrolled, "token"), false
}

// Authority returns where the hub's own authority is kept once the station has met
// it; the empty path is nowhere.
func (h HubLink) Authority() string {
	if h.Enrolled == "" {
		return ""
	}
	return filepath.Join(h.Enrolled, "ca.crt")
}

// API says who may talk to the station.
type API struct {
	Tokens         []Token  `yaml:"tokens"`
	AllowedHosts   []string `yaml:"allowed_hosts"`
	AllowedOrigins []string `yaml:"allowed_origins"`
}

// Check returns every carrier with a cut-off that the table does not know: no
// parcel would ever miss it.
func (h Handoff) Check(carriers *carrier.Table) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(h.Cutoffs)) {
		if _, ok := carriers.Carrier(shipment.CarrierID(name)); ok {
			continue
		}
		known := make([]string, 0, len(carriers.IDs()))
		for _, id := range carriers.IDs() {
			known = append(known, string(id))
		}
		hint := "there are " + strings.Join(known, ", ")
		if i := slices.IndexFunc(known, func(id string) bool { return strings.EqualFold(id, name) }); i >= 0 {
			hint = "write " + known[i]
		}
		errs = append(errs, fmt.Errorf("handoff.cutoffs.%s: no carrier is known as %q (%s)", name, name, hint))
	}
	return errors.Join(errs...)
}

// DefaultStation returns what happens without a configuration.
func DefaultStation() Station {
	return Station{
		ID:       "bench-1",
		Data:     "station-data",
		Listen:   "127.0.0.1:9630",
		TimeZone: "Local",
		ShipFrom: ShipFrom{
			Name: "Waybill Demo Goods", Line1: "4505 E 11th St", City: "Vernon",
			Region: "CA", PostalCode: "90058", Country: "US", Phone: "+13235550100",
		},
		Intake:   Intake{Dir: "orders", Rescan: 500 * time.Millisecond, RawRole: "shipping"},
		Template: "generic-4x6",
		Printers: []Printer{{Name: "bench", Driver: "zpl", Link: "tcp://127.0.0.1:9100", Roles: []string{"shipping"}, DPI: 203, Format: Fast}},
		Scanners: []Scanner{{Name: "dock", Driver: "serial", Address: "/dev/ttyACM0", Baud: 115200, Role: "dock", Profile: "honeywell", NoRead: []string{}}},
		Packing:  Packing{Check: "off", Weigh: "off", Print: "on_accept", Tolerance: Tolerance{Grams: 30, Percent: 2}, BadgeLasts: 12 * time.Hour},
		Handoff:  Handoff{AutoOpen: true},
		Journal:  Journal{ReserveMiB: 64},

		Retention: Retention{Days: 90, PersonalDays: 60},

		Hub:      HubLink{URL: "http://127.0.0.1:9640", LeaseBlock: 500, LowWater: 100, Reserve: 7, MaxBackoff: time.Minute},
		LogLevel: "info",
	}
}

// LoadStation reads a station's configuration. Paths in it are seen from the
// file's own directory. The error, if any, tells every mistake in the file.
func LoadStation(path string) (Station, error) {
	data, err := read("configuration", path, "waybill station --example")
	if err != nil {
		return Station{}, err
	}
	s, doc, err := parseStation(path, data)
	if err != nil {
		return Station{}, err
	}
	s.Data = beside(path, s.Data)
	s.Intake.Dir = beside(path, s.Intake.Dir)
	s.Rules = beside(path, s.Rules)
	s.Carriers = beside(path, s.Carriers)
	s.Templates = beside(path, s.Templates)
	s.Hub.TokenFile = beside(path, s.Hub.TokenFile)
	s.Hub.CAFile = beside(path, s.Hub.CAFile)
	if err := s.place(); err != nil {
		return Station{}, err
	}
	for i, f := range s.FurtherHubs {
		s.FurtherHubs[i].TokenFile, s.FurtherHubs[i].CAFile = beside(path, f.TokenFile), beside(path, f.CAFile)
	}
	for i, f := range s.Fonts {
		s.Fonts[i] = beside(path, f)
	}
	for i := range s.Printers {
		s.Printers[i].PasswordFile = beside(path, s.Printers[i].PasswordFile)
		s.Printers[i].CAFile = beside(path, s.Printers[i].CAFile)
	}
	for i := range s.API.Tokens {
		s.API.Tokens[i].TokenFile = beside(path, s.API.Tokens[i].TokenFile)
	}
	ms := missing(doc, "rules", s.Rules, "name a file of rules, or leave it empty for the built-in ones", false)
	ms = append(ms, missing(doc, "carriers", s.Carriers, "name a file of carriers, or leave it empty for the built-in ones", false)...)
	ms = append(ms, missing(doc, "templates", s.Templates, "name a directory of templates, or leave it empty for the built-in ones", true)...)
	for i, f := range s.Fonts {
		ms = append(ms, missing(doc, fmt.Sprintf("fonts[%d]", i), f, "name a font file, or remove the line", false)...)
	}
	if len(ms) > 0 {
		return Station{}, ms
	}
	return s, nil
}

// ParseStation reads a station's configuration from data; file is for messages.
func ParseStation(file string, data []byte) (Station, error) {
	s, _, err := parseStation(file, data)
	return s, err
}

func parseStation(file string, data []byte) (Station, *strictyaml.Document, error) {
	s := DefaultStation()
	doc, err := strictyaml.Decode(file, data, &s)
	if err != nil {
		return Station{}, nil, err
	}
	if ms := s.check(doc); len(ms) > 0 {
		return Station{}, nil, ms
	}
	return s, doc, nil
}

// MaxLeaseBlock is the most numbers that a hub gives at a time: a station that
// is lost takes no more with it.
const MaxLeaseBlock = 1000

func (s Station) check(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake(key, format, args...)) }
	if !isName(s.ID) {
		wrong("station", "%q: want 1 to 40 letters, digits, hyphens or underscores", s.ID)
	}
	if s.Data == "" {
		wrong("data", "required: the directory for the journal")
	}
	ms = append(ms, checkListen(doc, "listen", s.Listen)...)
	if _, err := s.Location(); err != nil {
		wrong("time_zone", "%q is no time zone; use Local, UTC or a name such as America/Los_Angeles", s.TimeZone)
	}
	if len(s.ShipFrom.Country) != 2 {
		wrong("ship_from.country", "%q: want a two-letter country code, as US", s.ShipFrom.Country)
	}
	if s.Intake.Dir == "" {
		wrong("intake.dir", "required: the folder where orders are dropped")
	}
	if s.Intake.Rescan < 100*time.Millisecond || s.Intake.Rescan > time.Minute {
		wrong("intake.rescan", "%v: want between 100ms and 1m", s.Intake.Rescan)
	}
	ms = append(ms, checkScopes(doc, "intake.scopes", s.Intake.Scopes, PrintRaw)...)
	if s.Intake.RawRole == "" {
		wrong("intake.raw_role", "required: the role of the printers for label files, as shipping")
	}
	if s.Template == "" {
		wrong("template", "required: the label template, as generic-4x6")
	}
	ms = append(ms, s.checkPrinters(doc)...)
	ms = append(ms, s.checkScanners(doc)...)
	for name, text := range s.Handoff.Cutoffs {
		if _, err := carrier.ParseCutoff(text); err != nil {
			wrong("handoff.cutoffs."+name, "%v", err)
		}
	}
	ms = append(ms, s.checkPacking(doc)...)
	ms = append(ms, s.checkScales(doc)...)
	ms = append(ms, s.checkKept(doc)...)
	if s.Hub.LeaseBlock < 1 || s.Hub.LowWater < 0 || s.Hub.LowWater >= s.Hub.LeaseBlock {
		wrong("hub.low_water", "want 0 ≤ low_water < lease_block, with lease_block at least 1")
	}
	if s.Hub.LeaseBlock > MaxLeaseBlock {
		wrong("hub.lease_block", "%d: the hub gives at most %d numbers at a time; a station asks again when they run low", s.Hub.LeaseBlock, MaxLeaseBlock)
	}
	if s.Hub.Reserve < 0 || s.Hub.Reserve > 60 {
		wrong("hub.reserve_days", "%d: want 0 to 60 days", s.Hub.Reserve)
	}
	ms = append(ms, s.checkHubs(doc)...)
	ms = append(ms, checkTokens(doc, "api.tokens", s.API.Tokens, PrintRaw)...)
	ms = append(ms, checkHosts(doc, "api.allowed_hosts", s.API.AllowedHosts)...)
	if len(s.API.Tokens) == 0 {
		if !Loopback(s.Listen) {
			wrong("listen", "%s is reachable from other machines, so api.tokens must list who may use it", s.Listen)
		}
		if name, found := foreignHost(s.API.AllowedHosts); found {
			wrong("api.allowed_hosts", "as %s it is reachable from other machines, so api.tokens must list who may use it", name)
		}
	}
	if !slices.Contains(levels, s.LogLevel) {
		wrong("log_level", "%q: want one of %s", s.LogLevel, strings.Join(levels, ", "))
	}
	return ms
}

var levels = []string{"debug", "info", "warn", "error"}

// maxMedia is longer than any label, in millimetres.
const maxMedia = 5000

func (s Station) checkPrinters(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	names, links, first := map[string]bool{}, map[string]string{}, map[string]Printer{}
	for i, p := range s.Printers {
		wrong := func(key, format string, args ...any) {
			ms = append(ms, doc.Mistake(fmt.Sprintf("printers[%d].%s", i, key), format, args...))
		}
		if !isName(p.Name) || names[p.Name] {
			wrong("name", "%q: want a name of its own, of letters, digits, hyphens or underscores", p.Name)
		}
		names[p.Name] = true
		if p.Driver == "" {
			wrong("driver", "required, as zpl")
		}
		if p.Link == "" {
			wrong("link", "required, as tcp://192.168.1.20:9100")
		} else if other, taken := links[p.Link]; taken {
			wrong("link", "%s is printer %q already: one machine under two names would count labels of the other name as its own; give one printer both roles", p.Link, other)
		}
		links[p.Link] = p.Name
		if len(p.Roles) == 0 {
			wrong("roles", "required: what the printer prints, as [shipping]")
		}
		if p.DPI == 0 {
			wrong("dpi", "required: 203, 300 or 600 dots per inch, as the printer's manual says")
		} else if !slices.Contains([]int{203, 300, 600}, p.DPI) {
			wrong("dpi", "%d: want 203, 300 or 600", p.DPI)
		} else if p.PerMM != 0 && !slices.Contains(dotsPerMM[p.DPI], p.PerMM) {
			wrong("dots_per_mm", "%v: a printer of %d dpi has %v dots per millimetre", p.PerMM, p.DPI, dotsPerMM[p.DPI])
		}
		if p.Format != "" && p.Format != Fast && p.Format != Compact {
			wrong("format", "%q: want fast, or compact for a slow line", p.Format)
		}
		if m := p.Media; !(m.Width >= 0 && m.Width <= maxMedia) || !(m.Height >= 0 && m.Height <= maxMedia) {
			wrong("media", "%v by %v mm: want sides of 0 to %d mm, 0 for any", m.Width, m.Height, maxMedia)
		}
		for _, role := range p.Roles {
			switch other, taken := first[role]; {
			case !taken:
				first[role] = p
			case other.DPI == p.DPI && other.PerMM != p.PerMM:
				wrong("dots_per_mm", "%v, but printer %q has %v for the same role %s: a label is drawn once per role, so its printers must have one resolution", p.PerMM, other.Name, other.PerMM, role)
			case other.DPI != p.DPI:
				wrong("dpi", "%d, but printer %q has %d for the same role %s: a label is drawn once per role, so for now its printers must have one resolution", p.DPI, other.Name, other.DPI, role)
			}
			if other := first[role]; cmp.Or(other.Format, Fast) != cmp.Or(p.Format, Fast) {
				wrong("format", "%s, but printer %q has %s for the same role %s: a label is written once per role, so its printers must have one format",
					cmp.Or(p.Format, Fast), other.Name, cmp.Or(other.Format, Fast), role)
			}
			if other := first[role]; other.Language != p.Language {
				wrong("language", "%q, but printer %q has %q for the same role %s: a label is written once per role, so its printers must have one language",
					p.Language, other.Name, other.Language, role)
			}
		}
	}
	return ms
}

// Location returns the station's time zone.
func (s Station) Location() (*time.Location, error) { return time.LoadLocation(s.TimeZone) }

// IsStation reports whether s can be a station's name.
func IsStation(s string) bool { return isName(s) }

func isName(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}
