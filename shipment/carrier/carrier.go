// Package carrier knows carriers: their services, what their tracking numbers
// look like and how to make them, and which service an order goes by.
//
// Carriers and number formats are data (carriers.yaml); check digits are code.
// The package talks to no carrier, buys no label and reads no clock.
package carrier

import (
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"waybill/shipment"
)

//go:embed carriers.yaml
var carriersYAML []byte

// A Carrier is who moves a parcel.
type Carrier struct {
	ID          shipment.CarrierID `yaml:"id"`
	Name        string             `yaml:"name"`
	TrackingURL string             `yaml:"tracking_url"` // with %s for the number; empty: none known
	About       string             `yaml:"about"`
	Doubts      []string           `yaml:"doubts"`
	Formats     []Format           `yaml:"formats"`

	page [2]string // TrackingURL before and behind the number
}

// A Format is one shape a carrier's numbers have.
type Format struct {
	ID      string `yaml:"id"`
	Service string `yaml:"service"`
	Pattern string `yaml:"pattern"`
	About   string `yaml:"about"`
	Check   string `yaml:"check"`
	Prefix  string `yaml:"prefix"`

	// Unpublished says that the carrier keeps to itself how its check digit is
	// made. One that fits speaks for the number; a number with another one is
	// not called wrong on hearsay.
	Unpublished bool `yaml:"unpublished"`

	Grade    Grade       `yaml:"grade"`
	GS1      bool        `yaml:"gs1"`
	Rank     int         `yaml:"rank"`
	Group    []int       `yaml:"group"`
	Services serviceCode `yaml:"services"`
	Examples []string    `yaml:"examples"`
	Source   []string    `yaml:"source"`

	shapes []shape
	check  checkFunc
}

// A Grade says how much a format alone says about whose a number is.
type Grade string

// The grades of a format.
const (
	Distinctive Grade = "distinctive" // letters, prefix and length make it this carrier's
	Common      Grade = "common"      // ordinary digits fit; a check digit, where there is one, decides
	Shared      Grade = "shared"      // ordinary digits of a length that other carriers use more
)

// A serviceCode says where in a number its service is written.
type serviceCode struct {
	At    int               `yaml:"at"`
	Names map[string]string `yaml:"names"`

	lengths []int // of the codes, longest first
}

// A Source is where a fact about numbers was read, and when.
type Source struct {
	Title     string `yaml:"title"`
	CheckedOn string `yaml:"checked_on"` // as in 2026-11-27
}

// A Table is all carriers and formats. It never changes once parsed.
type Table struct {
	carriers     []Carrier
	byID         map[shipment.CarrierID]int
	s10Operators map[string]shipment.CarrierID
	sources      map[string]Source
	index        map[uint16][]entry
}

// An entry is one shape that numbers of one length and first character may have.
type entry struct {
	carrier int
	format  *Format
	shape   *shape
}

// Default returns the table that comes with the program.
func Default() *Table { return defaultTable() }

var defaultTable = sync.OnceValue(func() *Table {
	t, err := Parse(carriersYAML)
	if err != nil {
		panic(fmt.Sprintf("embedded carriers.yaml: %v", err)) // the package's test parses it
	}
	return t
})

// build checks the carriers and indexes their formats. All mistakes are
// reported, not only the first.
func (t *Table) build() error {
	t.byID, t.index = map[shipment.CarrierID]int{}, map[uint16][]entry{}
	var errs []error
	for i := range t.carriers {
		c := &t.carriers[i]
		if _, again := t.byID[c.ID]; again || c.ID == "" || c.Name == "" {
			errs = append(errs, fmt.Errorf("carrier %q: wants an ID of its own and a name", c.ID))
		}
		if c.TrackingURL != "" && strings.Count(c.TrackingURL, "%s") != 1 {
			errs = append(errs, fmt.Errorf("carrier %q: tracking_url wants one %%s", c.ID))
		}
		t.byID[c.ID] = i
		c.page = [2]string{}
		if before, after, ok := strings.Cut(c.TrackingURL, "%s"); ok {
			c.page = [2]string{before, after}
		}
		for j := range c.Formats {
			f := &c.Formats[j]
			if err := f.compile(t.sources); err != nil {
				errs = append(errs, fmt.Errorf("carrier %q: format %q: %w", c.ID, f.ID, err))
			}
			t.add(i, f)
		}
	}
	for country, id := range t.s10Operators {
		if _, ok := t.byID[id]; !ok {
			errs = append(errs, fmt.Errorf("s10_operators: %s: unknown carrier %q", country, id))
		}
	}
	for id, s := range t.sources {
		if s.Title == "" || len(s.CheckedOn) != len("2026-11-27") {
			errs = append(errs, fmt.Errorf("sources: %s: wants a title and checked_on as in 2026-11-27", id))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("table of carriers: %w", err)
	}
	return nil
}

// add enters the format's shapes in the index.
func (t *Table) add(carrier int, f *Format) {
	for i := range f.shapes {
		sh := &f.shapes[i]
		for first := range byte(128) {
			if sh.places[0].has(first) {
				key := indexKey(len(sh.places), first)
				t.index[key] = append(t.index[key], entry{carrier, f, sh})
			}
		}
	}
}

func indexKey(length int, first byte) uint16 { return uint16(length)<<8 | uint16(first) }

func (f *Format) compile(sources map[string]Source) (err error) {
	if f.shapes, err = shapesOf(f.Pattern); err != nil {
		return err
	}
	check, ok := checks[f.Check]
	if !ok && f.Check != "" {
		return fmt.Errorf("unknown check %q", f.Check)
	}
	f.check = check
	switch f.Grade {
	case "":
		f.Grade = Distinctive
	case Distinctive, Common, Shared:
	default:
		return fmt.Errorf("unknown grade %q; want distinctive, common or shared", f.Grade)
	}
	if f.Rank < 0 || f.Rank > 9 {
		return fmt.Errorf("rank %d, want 0 to 9", f.Rank)
	}
	for _, s := range f.Source {
		if _, ok := sources[s]; !ok {
			return fmt.Errorf("source %q is not listed under sources", s)
		}
	}
	for code := range f.Services.Names {
		if !slices.Contains(f.Services.lengths, len(code)) {
			f.Services.lengths = append(f.Services.lengths, len(code))
		}
	}
	slices.Sort(f.Services.lengths)
	slices.Reverse(f.Services.lengths)
	for _, ex := range f.Examples {
		if !f.right(compact(ex)) {
			return fmt.Errorf("example %s does not fit its own format", ex)
		}
	}
	return nil
}

// right reports whether the format has a shape that s fits, check digit
// included.
func (f *Format) right(s string) bool {
	for i := range f.shapes {
		if f.shapes[i].fits(s) && f.checked(&f.shapes[i], s) != checkBad {
			return true
		}
	}
	return false
}

// Carrier returns the carrier with the given ID.
func (t *Table) Carrier(id shipment.CarrierID) (Carrier, bool) {
	i, ok := t.byID[id]
	if !ok {
		return Carrier{}, false
	}
	return t.carriers[i], true
}

// Carriers returns all carriers, as the table lists them.
func (t *Table) Carriers() []Carrier { return slices.Clone(t.carriers) }

// TrackingURL returns the carrier's own page about the number; it is empty
// where none is known.
func (t *Table) TrackingURL(id shipment.CarrierID, number string) string {
	return t.trackingURL(id, compact(number))
}

func (t *Table) trackingURL(id shipment.CarrierID, number string) string {
	i, ok := t.byID[id]
	if !ok || t.carriers[i].page[0] == "" {
		return ""
	}
	page := &t.carriers[i].page
	return page[0] + url.QueryEscape(number) + page[1]
}

// Group returns the number as people read it, such as 1Z 999 AA1 01 2345 6784.
// A number of no known format is grouped in fours.
func (t *Table) Group(id shipment.CarrierID, number string) string {
	number = compact(number)
	var sizes []int
	for _, e := range t.entries(number) {
		// A post's international numbers are grouped as S10, whoever the post is.
		if owner := t.carriers[e.carrier].ID; (owner == id || owner == "s10") && e.format.Group != nil && e.shape.fits(number) {
			sizes = e.format.Group
			break
		}
	}
	var parts []string
	for len(number) > 0 {
		n := 4
		if len(sizes) > 0 {
			n, sizes = sizes[0], sizes[1:]
		}
		n = min(n, len(number))
		parts, number = append(parts, number[:n]), number[n:]
	}
	return strings.Join(parts, " ")
}

// entries returns the shapes that number may have, by its length and first
// character.
func (t *Table) entries(number string) []entry {
	if number == "" || len(number) > maxNumber {
		return nil
	}
	return t.index[indexKey(len(number), number[0])]
}
