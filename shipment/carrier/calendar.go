package carrier

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A day is a date, counted from 1970-01-01.
type day int32

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func parseDay(s string) (day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	return dayOf(t), nil
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String returns the date as 2026-12-24.
func (d day) String() string { return d.time().Format(time.DateOnly) }

func (d day) weekday() time.Weekday { return time.Weekday(((int(d)+4)%7 + 7) % 7) }

// A span is the days from one to another, both included.
type span struct{ from, to day }

func (s span) holds(d day) bool { return s.from <= d && d <= s.to }

// everlasting is the span of what carries no dates.
func everlasting() span { return span{from: math.MinInt32, to: math.MaxInt32} }

// A calendar says on which days a carrier collects and on which it delivers.
type calendar struct {
	name             string
	pickup, delivery dayTable
	through          day // the last day it knows of
}

// A dayTable is the weekdays on which work is done, and the dates on which it
// is not.
type dayTable struct {
	weekdays [7]bool
	off      []day // sorted
}

// next returns d or the first working day after it.
func (t *dayTable) next(d day) day {
	for !t.works(d) {
		d++
	}
	return d
}

func (t *dayTable) works(d day) bool {
	if !t.weekdays[d.weekday()] {
		return false
	}
	_, off := slices.BinarySearch(t.off, d)
	return !off
}

// after returns the n-th working day after d.
func (t *dayTable) after(d day, n int) day {
	for range n {
		d = t.next(d + 1)
	}
	return d
}

func workweek() *calendar {
	week := [7]bool{time.Monday: true, time.Tuesday: true, time.Wednesday: true, time.Thursday: true, time.Friday: true}
	return &calendar{pickup: dayTable{weekdays: week}, delivery: dayTable{weekdays: week}, through: math.MaxInt32}
}

// weekdayOf returns the weekday that a name means, such as sat or Saturday.
func weekdayOf(name string) (time.Weekday, bool) {
	name = strings.ToLower(name)
	for wd := time.Sunday; wd <= time.Saturday; wd++ {
		full := strings.ToLower(wd.String())
		if name == full || name == full[:3] {
			return wd, true
		}
	}
	return 0, false
}

// calendar compiles a calendar.
func (r *reading) calendar(name string, raw *rawCalendar) *calendar {
	at := "calendars." + name
	c := workweek()
	c.name = name
	week := func(key string, names []string, into *dayTable) {
		if len(names) == 0 {
			return
		}
		into.weekdays = [7]bool{}
		for _, name := range names {
			wd, ok := weekdayOf(name)
			if !ok {
				r.add(at+"."+key, "%q is no weekday (mon, tue, wed, thu, fri, sat, sun)", name)
			}
			into.weekdays[wd] = true
		}
	}
	week("pickup", raw.Pickup, &c.pickup)
	week("delivery", raw.Delivery, &c.delivery)
	dates := func(key string, texts []string, into ...*dayTable) {
		for i, text := range texts {
			d, err := parseDay(text)
			if err != nil {
				r.add(fmt.Sprintf("%s.%s[%d]", at, key, i), "%q is no date, as in 2026-12-24", text)
				continue
			}
			for _, t := range into {
				t.off = append(t.off, d)
			}
		}
	}
	dates("holidays", raw.Holidays, &c.pickup, &c.delivery)
	dates("no_pickup", raw.NoPickup, &c.pickup)
	dates("no_delivery", raw.NoDelivery, &c.delivery)
	slices.Sort(c.pickup.off)
	slices.Sort(c.delivery.off)
	if raw.Through != "" {
		d, err := parseDay(raw.Through)
		if err != nil {
			r.add(at+".through", "%q is no date, as in 2026-12-24", raw.Through)
		} else {
			c.through = d
		}
	}
	return c
}

// A Transit is how many delivery days a parcel travels.
type Transit struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
}

func (t Transit) sound() bool { return t.Min >= 0 && t.Max >= t.Min && t.Max <= 365 }

// A transitTable is the days of a service by destination.
type transitTable struct {
	name      string
	chart     *chart
	days      map[string]Transit // by zone; "*" for the others
	countries map[string]Transit
}

// days returns the transit to where the facts lead, and whether it is known.
func (t *transitTable) lane(f *facts) (Transit, bool) {
	if days, ok := t.countries[f.texts[destCountry]]; ok {
		return days, true
	}
	if t.chart != nil {
		if days, ok := t.days[f.zone(t.chart)]; ok {
			return days, true
		}
	}
	days, ok := t.days["*"]
	return days, ok
}

func (r *reading) transitTable(name string, raw *rawTransitTable) *transitTable {
	at := "transit_tables." + name
	t := &transitTable{name: name, days: raw.Days, countries: raw.Countries}
	if raw.Zones != "" {
		if t.chart = r.rules.charts[raw.Zones]; t.chart == nil {
			r.add(at+".zones", "unknown zones %q", raw.Zones)
		} else {
			r.zonesCovered(at+".days", t.chart, func(zone string) bool { _, ok := raw.Days[zone]; return ok })
		}
	} else if len(raw.Days) > 0 && raw.Days["*"] == (Transit{}) {
		r.add(at, `days by zone want zones: which chart the zones are of, or "*" alone`)
	}
	for zone, days := range raw.Days {
		if !days.sound() {
			r.add(at+".days."+zone, "want min and max days, min not above max")
		}
	}
	for country, days := range raw.Countries {
		if !days.sound() {
			r.add(at+".countries."+country, "want min and max days, min not above max")
		}
	}
	return t
}
