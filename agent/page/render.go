package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages is parsed once; a template is safe for use by many at once.
var pages = template.Must(template.New("page").Funcs(template.FuncMap{
	"chip": func(k Kind, word string) chip { return chip{Kind: k, Word: word} },
}).ParseFS(templateFiles, "templates/*.html"))

// Render writes the whole page for v.
func Render(w io.Writer, v View) error {
	if err := pages.ExecuteTemplate(w, "page.html", screen{View: v}); err != nil {
		return fmt.Errorf("packer's page: %w", err)
	}
	return nil
}

// RenderLive writes the part of the page that changes, which the page's script
// fetches and puts in the place of the old one.
func RenderLive(w io.Writer, v View) error {
	if err := pages.ExecuteTemplate(w, "live.html", screen{View: v}); err != nil {
		return fmt.Errorf("live part of the packer's page: %w", err)
	}
	return nil
}

// A screen is a View with the words the templates need. Its methods are pure.
type screen struct{ View }

// bandWords are the kinds the band knows, with the word each has of its own.
var bandWords = map[Kind]string{
	Ready: "Ready", Waiting: "Wait", Working: "Working", OK: "OK", Check: "Check", Stop: "Stop",
}

// stateWords are the states of devices in words.
var stateWords = map[State]string{
	StateReady: "Ready", StateBusy: "Busy", StateAway: "Away", StateBlocked: "Blocked", StateUnknown: "Not known",
}

// BandKind returns the band's kind, one of those the style sheet knows.
func (s screen) BandKind() Kind {
	if s.Band.Kind == "" {
		return Ready
	}
	return known(s.Band.Kind)
}

// BandWord returns the band's word.
func (s screen) BandWord() string {
	if s.Band.Word != "" {
		return s.Band.Word
	}
	return bandWords[s.BandKind()]
}

// Calm reports whether neither the band nor a device asks for a person.
func (s screen) Calm() bool {
	for _, d := range s.Devices {
		if d.State == StateBlocked || d.State == StateAway && d.Kind != "hub" {
			return false
		}
	}
	return s.BandKind() != Check && s.BandKind() != Stop
}

// Kind returns k, or what stands in for it.
func (screen) Kind(k Kind) Kind {
	if k == "" {
		return Waiting
	}
	return known(k)
}

// known returns k, or Check where the page has no look for it.
func known(k Kind) Kind {
	if _, ok := bandWords[k]; ok {
		return k
	}
	return Check
}

// State returns st, or Unknown where the page has no look for it.
func (screen) State(st State) State {
	if _, ok := stateWords[st]; ok {
		return st
	}
	return StateUnknown
}

// StateWord returns the word for st.
func (s screen) StateWord(st State) string { return stateWords[s.State(st)] }

// DeviceWords returns the words for a device; of one that is away, since when.
func (s screen) DeviceWords(d Device) string {
	if s.SaysSince(d) {
		return d.Words + " since " + s.Clock(d.Since)
	}
	return d.Words
}

// SaysSince reports whether DeviceWords says since when.
func (s screen) SaysSince(d Device) bool {
	return d.Words != "" && s.State(d.State) == StateAway && !d.Since.IsZero()
}

// DeviceIcon returns the name of the icon for a kind of device.
func (screen) DeviceIcon(kind string) string {
	switch kind {
	case "printer", "scanner", "hub":
		return kind
	}
	return "device"
}

// Picture returns the picture of what to do by that name, if there is one.
func (screen) Picture(name string) template.HTML { return pictures[name] }

// MachineField returns the name that the form of another machine uses.
func (screen) MachineField() string { return MachineField }

// Version names the assets the page was made for, so that the script can tell
// when a newer page is being served.
func (screen) Version() string { return files.version }

// CSS returns the path of the style sheet.
func (screen) CSS() string { return files.paths["app.css"] }

// BenchCSS returns the path of a bench's style sheet.
func (screen) BenchCSS() string { return files.paths["bench.css"] }

// ScanJS returns the path of the script that the pages have in common.
func (screen) ScanJS() string { return files.paths["scan.js"] }

// JS returns the path of the script.
func (screen) JS() string { return files.paths["app.js"] }

// Favicon returns the path of the icon in the browser's tab.
func (screen) Favicon() string { return files.paths["icon.svg"] }

// Outcome returns the names the resolving form uses.
func (screen) Outcome() map[string]string {
	return map[string]string{"field": OutcomeField, "printed": OutcomePrinted, "not": OutcomeNotPrinted, "some": OutcomeSome, "count": CountField}
}

// local returns t in the location of Now.
func (s screen) local(t time.Time) time.Time { return t.In(s.Now.Location()) }

// Clock returns the time of day, with the date where it is not today's.
func (s screen) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = s.local(t)
	if y, m, d := t.Date(); s.sameDay(y, m, d) {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}

// ClockSeconds returns the time of day to the second, with the date where it
// is not today's. Two scans of one label within a minute must look different.
func (s screen) ClockSeconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = s.local(t)
	if y, m, d := t.Date(); s.sameDay(y, m, d) {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 15:04:05")
}

func (s screen) sameDay(y int, m time.Month, d int) bool {
	ny, nm, nd := s.Now.Date()
	return y == ny && m == nm && d == nd
}

// Stamp returns t for programs.
func (screen) Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// Ago returns how long ago t was, in the largest unit that says enough.
func (s screen) Ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := s.Now.Sub(t)
	if d < time.Minute { // a clock that is a little ahead is not worth a word
		return "just now"
	}
	return span(d) + " ago"
}

// span returns d in words: minutes, hours or days.
func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	default:
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	}
}

// A chip is a word with the look of its kind.
type chip struct {
	Kind Kind
	Word string
}

// soon is how long before its ship-by time an order counts as pressing.
const soon = 4 * time.Hour

// Due returns how pressing shipBy is: of kind Stop where late, Check where
// soon, else Waiting. The zero chip has nothing to say.
func (s screen) Due(shipBy time.Time) chip {
	left := shipBy.Sub(s.Now)
	switch {
	case shipBy.IsZero():
		return chip{}
	case left < 0 && -left < time.Minute:
		return chip{Kind: Stop, Word: "late"}
	case left < 0:
		return chip{Kind: Stop, Word: "late by " + span(-left)}
	case left < time.Minute:
		return chip{Kind: Check, Word: "due now"}
	case left < soon:
		return chip{Kind: Check, Word: "due in " + span(left)}
	}
	return chip{Kind: Waiting, Word: "by " + s.Clock(shipBy)}
}

// Rows returns the part of the queue that is drawn.
func (s screen) Rows() []Row { return s.Queue[:min(len(s.Queue), MaxQueue)] }

// RowsLeft returns how many orders of the queue are not drawn.
func (s screen) RowsLeft() int { return max(len(s.Queue)-MaxQueue, 0) }

// Troubles returns the part of what needs a person that is drawn.
func (s screen) Troubles() []Trouble { return s.Attention[:min(len(s.Attention), MaxAttention)] }

// TroublesLeft returns how many troubles are not drawn.
func (s screen) TroublesLeft() int { return max(len(s.Attention)-MaxAttention, 0) }

// Items returns the part of the items that is drawn.
func (screen) Items(all []Item) []Item { return all[:min(len(all), MaxItems)] }

// ItemsLeft returns how many items are not drawn.
func (screen) ItemsLeft(all []Item) int { return max(len(all)-MaxItems, 0) }

// Pieces returns the sum of the items' quantities.
func (screen) Pieces(all []Item) int {
	n := 0
	for _, it := range all {
		n += it.Quantity
	}
	return n
}

// Missing returns the part of the missing parcels that is drawn.
func (screen) Missing(all []string) []string { return all[:min(len(all), MaxMissing)] }

// MissingLeft returns how many missing parcels are not drawn.
func (screen) MissingLeft(all []string) int { return max(len(all)-MaxMissing, 0) }
