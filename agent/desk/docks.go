package desk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/agent/handoff"
	"waybill/internal/fault"
)

// Docks returns the doors that scanners belong to, each once.
func (d *Desk) Docks() []string {
	all := slices.SortedFunc(maps.Values(d.o.Docks), func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	return slices.CompactFunc(all, strings.EqualFold)
}

// Dock returns a door as the station writes it, or what is wrong with one that no
// scanner belongs to: a pick-up there would be one that no scan is onto. Where no
// scanner belongs to a door, any name is right.
func (d *Desk) Dock(name string) (string, error) {
	name = strings.TrimSpace(name)
	docks := d.Docks()
	i := slices.IndexFunc(docks, func(dock string) bool { return strings.EqualFold(dock, name) })
	switch {
	case i >= 0:
		return docks[i], nil
	case name == "" || len(docks) == 0:
		return name, nil
	}
	return "", &fault.Error{
		Op: "dock", Kind: fault.Invalid, Err: fmt.Errorf("no scanner belongs to %q", name),
		Hint: fmt.Sprintf("There are %s; or leave it out. A scanner gets its dock by scanners[].dock.", strings.Join(docks, ", ")),
	}
}

// A ClashError says which open pick-ups are in the way of another. A person knows
// them by where they are, a program by their IDs.
type ClashError struct {
	Open []handoff.Session
	err  *fault.Error
}

// Error names the pick-ups, and says what to do.
func (e *ClashError) Error() string { return e.err.Error() }

// Unwrap returns the same as an error with its kind.
func (e *ClashError) Unwrap() error { return e.err }

func (d *Desk) clashing(open []handoff.Session) error {
	where := make([]string, len(open))
	auto := true
	for i, s := range open {
		where[i] = s.Whereabouts(d.clock)
		auto = auto && s.Auto
	}
	name := d.carrierName(open[0].Carrier)
	err := &fault.Error{
		Kind: fault.Conflict, Err: fmt.Errorf("%s has a pick-up open already, %s", name, where[0]),
		Hint: "Close it first, go on with it, or tell the two apart by service or dock.",
	}
	if len(open) > 1 {
		err.Err = fmt.Errorf("%s has %d pick-ups open already, %s", name, len(open), strings.Join(where, " and "))
		err.Hint = "Close them first, or go on with them."
		if auto {
			err.Hint = "Scans have opened them. Open one at each of these docks; a driver who takes both signs for both."
		}
	}
	return &ClashError{Open: open, err: err}
}
