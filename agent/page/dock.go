package page

import (
	"fmt"
	"io"
	"time"
)

// A Dock is everything the page of the dock shows. Times are shown in the
// location of Now.
type Dock struct {
	Station  string
	Now      time.Time
	Pickups  []Pickup // that are open; the chosen one may be closed and is not among them
	Chosen   *Pickup  // nil: none is open, or one must be chosen
	Told     Band     // what the last scan at the dock came to
	Carriers []Choice
	Services []ServiceChoice // a pick-up may take one only
	Docks    []string        // that there are; none: any
	Alarms   []DockAlarm
	Away     []DockDevice // scanners of the dock that cannot be used
	Hub      bool         // pick-ups of other stations can be asked for
	Days     []DayLine
	Closed   []ClosedPickup // the latest first
	Hands    []DockHand     // who holds the dock's scanners
}

// A DockHand is who holds a scanner of the dock.
type DockHand struct {
	Scanner string
	Name    string
	Since   string
	Lapsed  bool // it is too long ago: nobody holds it now
}

// A DockAlarm stays until somebody has taken note of it.
type DockAlarm struct{ ID, Text string }

// A DockDevice is a scanner of the dock that cannot be used: whoever goes on
// pulling its trigger hears nothing of it.
type DockDevice struct {
	Name  string
	Words string
	Todo  string
	Since time.Time
}

// A Choice is one entry of a list to choose from.
type Choice struct{ ID, Name string }

// A ServiceChoice is a service to choose, with the ID of its carrier.
type ServiceChoice struct{ ID, Name, Carrier string }

// A Pickup is a carrier's pick-up on the page of the dock.
type Pickup struct {
	ID        string
	Carrier   string
	Service   string
	Trailer   string
	Dock      string
	Corrects  string
	Since     time.Time
	Closed    time.Time      // zero: open
	Taken     string         // how another station took it over; empty: it is here
	From      string         // the station it was taken over from
	Conflicts []DockConflict // the first of them

	Back          []DockConflict // the first that another station took back after the closing
	BackCount     int
	ConflictCount int
	Driver        string
	Scanned       int
	Expected      int
	MissingCount  int
	Beside        int // wait too, and another pick-up takes them
	Coming        int // labels of its carrier that are not on paper yet
	Missing       []MissingParcel
	Scanners      []DockScanner
	Last          *DockScan // the latest scan that counts; nil: nothing is on it
}

// A DockScan is a scan that can be taken back.
type DockScan struct {
	Number string // as the station knows it
	Shown  string // as people read it
	Order  string
	Entry  int // its place among the scans
}

// A MissingParcel is one that is expected and not scanned.
type MissingParcel struct {
	Number string
	Order  string
	Name   string
	Where  string // where it was seen last
	Stop   string // why it must not leave as it is; may be empty
}

// Open reports whether parcels may be scanned onto the pick-up here.
func (p Pickup) Open() bool { return p.Closed.IsZero() && p.Taken == "" }

// A DockConflict is a scan of another station that does not count.
type DockConflict struct {
	Number string
	Order  string
	What   string // why, and who scanned it when
}

// A DockScanner is one scanner at work on a pick-up.
type DockScanner struct {
	Name  string
	Count int // of the latest scans
	Order string
	At    time.Time
	Last  DockScan
}

// A ClosedPickup is one whose papers can be had.
type ClosedPickup struct {
	ID      string
	Carrier string
	What    string // service, dock, trailer; that it is a correction
	Closed  string
	Driver  string
	Count   int
	Left    int
}

// A DayLine is one carrier's day.
type DayLine struct {
	Carrier string
	Pickups int
	Count   int
	Left    int // with a label, and with no carrier
	Cutoff  string
	Missed  bool
}

// RenderDock writes the whole page of the dock.
func RenderDock(w io.Writer, d Dock) error { return renderDock(w, "dock.html", d) }

// RenderDockLive writes the part of the page of the dock that changes.
func RenderDockLive(w io.Writer, d Dock) error { return renderDock(w, "dock-live.html", d) }

func renderDock(w io.Writer, name string, d Dock) error {
	v := dockScreen{screen: screen{View: View{Station: d.Station, Now: d.Now, Band: d.Told}}, Dock: d}
	if err := pages.ExecuteTemplate(w, name, v); err != nil {
		return fmt.Errorf("page of the dock: %w", err)
	}
	return nil
}

// A dockScreen is a Dock with the words its templates need.
type dockScreen struct {
	screen
	Dock Dock
}

// DockCSS returns the path of the dock's style sheet.
func (dockScreen) DockCSS() string { return files.paths["dock.css"] }

// DockJS returns the path of the dock's script.
func (dockScreen) DockJS() string { return files.paths["dock.js"] }

// MissingLeft returns how many missing parcels are not drawn.
func (p Pickup) MissingLeft() int { return p.MissingCount - len(p.Missing) }
