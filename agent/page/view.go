// Package page draws the packer's page: one big state that can be read from
// three metres, and under it the parcel in hand, what needs a person, the
// queue, the devices and the open pick-ups.
//
// It is fed a plain View and knows neither journal nor desk nor routes: whoever
// serves it fills the View, serves Render at /, RenderLive at /live and Assets
// at /assets/. It decides nothing about parcels. The page shows personal data,
// so it should be served with Cache-Control: no-store.
package page

import "time"

// A Kind is how a state looks: a colour, an icon and a pattern, never a colour
// alone. A Kind this package does not know looks like Check, so that a mistake
// never looks like "all is well".
type Kind string

// The kinds. The empty Kind is Ready in the band and Waiting everywhere else.
const (
	Ready   Kind = "ready"   // the desk waits for the packer
	Waiting Kind = "waiting" // it waits for its turn
	Working Kind = "working" // the desk is at it
	OK      Kind = "ok"      // done and right
	Check   Kind = "check"   // a person should look
	Stop    Kind = "stop"    // nothing goes on before a person acts
)

// A State is how a device is. The empty State is Unknown.
type State string

// The states of a device.
const (
	StateReady   State = "ready"
	StateBusy    State = "busy"
	StateAway    State = "away"
	StateBlocked State = "blocked"
	StateUnknown State = "unknown"
)

// The form that resolves an unconfirmed label posts the field Outcome with one
// of these values to the trouble's ResolveURL.
const (
	OutcomeField      = "outcome"
	OutcomePrinted    = "printed"     // "It came out"
	OutcomeNotPrinted = "not_printed" // "No label came out"
	OutcomeSome       = "some"        // so many of several, as CountField says
	CountField        = "printed"
)

// The form in which a person answers for an address posts these fields to the
// trouble's OverrideURL.
const (
	ByField     = "by"
	ReasonField = "reason"
)

// MachineField is the field in which the form of a machine that answers in place
// of another posts the trouble's Machine to its UseURL.
const MachineField = "machine"

// The most rows the page draws of a list. What is left out is counted on the
// page, so that nothing vanishes silently.
const (
	MaxQueue     = 50
	MaxAttention = 20
	MaxItems     = 40
	MaxMissing   = 5
)

// A View is everything the page shows. The zero View is a desk that is ready
// and has nothing on it. Times are shown in the location of Now.
type View struct {
	Station   string
	HotFolder string // where order files are dropped, as a person would find it; may be empty
	Now       time.Time
	Band      Band
	Bench     *Bench  // where parcels are checked as they are packed; nil: that is off
	Current   *Parcel // the parcel in hand or the last one; nil before the first
	Queue     []Row   // orders on their way over the desk, newest first
	Attention []Trouble
	Devices   []Device
	Counts    Counts
	Handoffs  []Handoff
}

// A Band is the one big state of the desk. The zero Band says "Ready".
type Band struct {
	Kind Kind
	Word string    // one to three words, such as "Handed over"; empty: the kind's own word
	Line string    // one sentence: what was scanned, what happened
	Todo string    // one sentence: what to do next; may be empty
	At   time.Time // since when

	Picture string // of what to do: the name of a printer's condition, such as paper_out; empty: the kind's own
}

// A Parcel is the parcel in hand.
type Parcel struct {
	Order      string
	Name       string // consignee
	Place      string // city, region, country
	Carrier    string
	Service    string
	Number     string // tracking number, grouped for reading; empty while there is none
	Stage      string
	StageKind  Kind
	Steps      []Step // its way over the desk; may be empty
	Items      []Item
	Look       []Field // what a person should look at, though nothing waits for it; may be empty
	ShipBy     time.Time
	PreviewURL string // a picture of the label; may be empty
}

// A Step is one stage of a parcel's way over the desk. The zero Kind has not
// begun.
type Step struct {
	Word string
	Kind Kind
	At   time.Time
}

// An Item is one line of the order in hand.
type Item struct {
	SKU      string
	Title    string
	Quantity int
}

// A Row is one order in the queue.
type Row struct {
	Order     string
	Name      string // consignee
	Carrier   string
	Stage     string
	StageKind Kind
	Since     time.Time
	ShipBy    time.Time // zero: no promise known
}

// A Trouble is one thing that waits for a person: a refused file, a held
// order, a label nobody can be sure of.
type Trouble struct {
	ID          string // stable as long as the trouble lasts; keeps the keyboard's place on the page
	Kind        Kind   // Check or Stop
	Title       string
	Why         string
	Todo        string
	File        string  // name of the file it came in, if any
	Fields      []Field // what is wrong, field by field
	When        time.Time
	OverrideURL string // where a person answers for the address; empty: nobody can
	StopURL     string // where a person stops waiting for a label at a printer that is away; empty: nobody waits
	ResumeURL   string // where a person lets a paused printer or role go on; empty: nothing is paused
	Doubtful    int    // how many equal labels are in doubt, where it is more than one
	ResolveURL  string // where the two answers of an unconfirmed label are posted; empty: no buttons
	UseURL      string // where a person says that another machine is used; empty: no button
	UseWord     string // what that machine is; empty: printer
	Machine     string // that machine
}

// A Field is one problem of an order.
type Field struct {
	Name string
	Why  string
}

// A Device is a printer, a scanner or the hub.
type Device struct {
	Kind   string // printer, scanner, hub
	Name   string
	State  State
	Words  string // the state in the device's own words, such as "Out of labels"; empty: the state's word
	Todo   string
	Since  time.Time
	Detail string // for the second look, such as "3 events waiting, oldest 2 min"

	Picture string // of what to do: the name of a printer's condition, such as paper_out; may be empty
}

// Counts is what the desk did today.
type Counts struct {
	Taken      int
	Printed    int
	Scanned    int
	HandedOver int
	Refused    int
	Waiting    int
}

// A Handoff is an open pick-up.
type Handoff struct {
	Carrier  string
	Scanned  int
	Expected int // 0: not known
	Since    time.Time
	Missing  []string // what is expected and not scanned yet; may be empty
}
