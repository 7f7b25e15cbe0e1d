package printer

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Priority says which jobs go first. The empty Priority is Normal.
type Priority string

// The priorities. Within one, the oldest job goes first.
const (
	Urgent Priority = "urgent" // somebody stands and waits for it
	Normal Priority = ""
	Later  Priority = "later" // only when nothing else waits
)

// ParsePriority reads a priority as people write it.
func ParsePriority(s string) (Priority, error) {
	switch p := Priority(strings.ToLower(strings.TrimSpace(s))); p {
	case Urgent, Normal, Later:
		return p, nil
	case "normal":
		return Normal, nil
	}
	return Normal, fmt.Errorf("priority %q: want urgent, normal or later", s)
}

// String returns the word for p.
func (p Priority) String() string { return cmp.Or(string(p), "normal") }

// rank orders priorities, the first to go first.
func (p Priority) rank() int {
	switch p {
	case Urgent:
		return 0
	case Normal:
		return 1
	case Later:
		return 2
	}
	return 1 // of a newer version of this program
}

// A Form is what a label is drawn for, or what a printer has loaded. A field
// that is zero is not known, and fits everything. Sides are in micrometres.
type Form struct {
	Width     int    `json:"width_um,omitempty"`
	Height    int    `json:"height_um,omitempty"`
	DotsPerMM int    `json:"dots_per_mm,omitempty"`
	Media     string `json:"media,omitempty"` // the kind of stock, as the station's configuration names it
}

// sameSide is how far a label may be from the media's size. Rolls sold as 4 by
// 6 inches and as 100 by 150 mm are used for one another and differ by 2.4 mm; A6
// and 4 by 6 inches differ by 4.4 mm, and a label of one is cut off on the other.
const sameSide = 3000

// Misfit returns why a label drawn for f must not be printed on what have says;
// empty where it may.
func (f Form) Misfit(have Form) string {
	off := func(a, b int) bool { return a != 0 && b != 0 && max(a-b, b-a) > sameSide }
	switch {
	case f.DotsPerMM != 0 && have.DotsPerMM != 0 && f.DotsPerMM != have.DotsPerMM:
		return fmt.Sprintf("the label is drawn for %d dots per mm, the printer has %d", f.DotsPerMM, have.DotsPerMM)
	case off(f.Width, have.Width) || off(f.Height, have.Height):
		return fmt.Sprintf("the label is %s, the printer is loaded with %s", f.size(), have.size())
	case f.Media != "" && have.Media != "" && !strings.EqualFold(f.Media, have.Media):
		return fmt.Sprintf("the label belongs on %q, the printer is loaded with %q", f.Media, have.Media)
	}
	return ""
}

// size returns the sides in words.
func (f Form) size() string {
	side := func(um int) string {
		if um == 0 {
			return "?"
		}
		return strconv.FormatFloat(float64(um)/1000, 'f', -1, 64)
	}
	return side(f.Width) + " × " + side(f.Height) + " mm"
}

// A Route is what decides which printers may take a job, and how soon.
type Route struct {
	Flight   string // the printer that has labels of it in flight, which no other may touch
	Priority Priority
	Role     string
	Only     string // the printer a person moved it to; empty for any of the role
	Language string
	Form     Form
}

// Route returns the job's route.
func (j Job) Route() Route {
	r := Route{Priority: j.Priority, Role: j.Role, Only: j.Only, Language: j.Language, Form: j.Form}
	if len(j.InFlight()) > 0 {
		r.Flight = j.Printer
	}
	return r
}

// Compare orders routes: labels in flight first, then the most urgent.
func (r Route) Compare(o Route) int {
	flying := func(r Route) int {
		if r.Flight != "" {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(flying(r), flying(o)), cmp.Compare(r.Priority.rank(), o.Priority.rank()))
}

// String writes r so that ParseRoute reads it: a ledger may file jobs under it.
func (r Route) String() string {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	set("flight", r.Flight)
	set("priority", string(r.Priority))
	set("only", r.Only)
	set("language", r.Language)
	set("width", number(r.Form.Width))
	set("height", number(r.Form.Height))
	set("dots", number(r.Form.DotsPerMM))
	set("media", r.Form.Media)
	if len(v) == 0 {
		return url.QueryEscape(r.Role)
	}
	return url.QueryEscape(r.Role) + "?" + v.Encode()
}

// ParseRoute reads what String wrote.
func ParseRoute(s string) (Route, error) {
	role, rest, _ := strings.Cut(s, "?")
	bad := func(err error) (Route, error) { return Route{}, fmt.Errorf("route %q: %w", s, err) }
	var r Route
	var err error
	if r.Role, err = url.QueryUnescape(role); err != nil {
		return bad(err)
	}
	v, err := url.ParseQuery(rest)
	if err != nil {
		return bad(err)
	}
	r.Flight, r.Only, r.Language, r.Form.Media = v.Get("flight"), v.Get("only"), v.Get("language"), v.Get("media")
	if r.Priority, err = ParsePriority(v.Get("priority")); err != nil {
		return bad(err)
	}
	for key, n := range map[string]*int{"width": &r.Form.Width, "height": &r.Form.Height, "dots": &r.Form.DotsPerMM} {
		if v.Get(key) == "" {
			continue
		}
		if *n, err = strconv.Atoi(v.Get(key)); err != nil {
			return bad(err)
		}
	}
	return r, nil
}

// A Hold keeps labels from being sent, by a person's word, until the person
// takes it back. The label in flight is finished. Exactly one of Printer and
// Role is set.
type Hold struct {
	Printer string    `json:"printer,omitempty"` // this printer takes no more labels
	Role    string    `json:"role,omitempty"`    // no printer takes labels of this role
	Reason  string    `json:"reason"`
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// Held returns the hold that keeps a printer from jobs of a role, if any.
func Held(holds []Hold, printer, role string) (Hold, bool) {
	i := slices.IndexFunc(holds, func(h Hold) bool {
		return h.Printer != "" && h.Printer == printer || h.Role != "" && h.Role == role
	})
	if i < 0 {
		return Hold{}, false
	}
	return holds[i], true
}

// Words returns what to tell people about h.
func (h Hold) Words() string {
	s := "paused"
	if h.Role != "" {
		s = fmt.Sprintf("%q labels are paused", h.Role)
	}
	if h.By != "" {
		s += " by " + h.By
	}
	if h.Reason != "" {
		s += ": " + h.Reason
	}
	return s
}
