package carrier

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Cutoff is until when a carrier takes parcels, by the day of the week. The
// zero Cutoff has none.
type Cutoff struct {
	days [7]timeOfDay // by time.Weekday
}

// A timeOfDay is a time of day in minutes after midnight, plus one; 0 is none.
type timeOfDay int

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var errCutoff = errors.New(`want a time as "17:30", or times by days as "mon-fri 17:30, sat 12:00"`)

// ParseCutoff reads "17:30", which holds for every day, or days with their times:
// "mon-fri 17:30, sat 12:00". A day that is named twice is an error.
func ParseCutoff(text string) (Cutoff, error) {
	var c Cutoff
	parts := strings.Split(text, ",")
	for _, part := range parts {
		words := strings.Fields(strings.ToLower(part))
		days := "sun-sat"
		var at string
		switch {
		case len(words) == 1 && len(parts) == 1:
			at = words[0]
		case len(words) == 2:
			days, at = words[0], words[1]
		default:
			return Cutoff{}, fmt.Errorf("cut-off %q: %w", text, errCutoff)
		}
		t, err := time.Parse("15:04", at)
		first, last, ok := dayspan(days)
		if err != nil || !ok {
			return Cutoff{}, fmt.Errorf("cut-off %q: %w", text, errCutoff)
		}
		for d := first; ; d = (d + 1) % 7 {
			if c.days[d] != 0 {
				return Cutoff{}, fmt.Errorf("cut-off %q: %s has two times", text, dayNames[d])
			}
			c.days[d] = timeOfDay(t.Hour()*60 + t.Minute() + 1)
			if d == last {
				break
			}
		}
	}
	return c, nil
}

// dayspan reads one day or two with a hyphen between them; it may go over Saturday.
func dayspan(text string) (first, last int, ok bool) {
	from, to, both := strings.Cut(text, "-")
	if !both {
		to = from
	}
	first, last = -1, -1
	for i, d := range dayNames {
		if d == from {
			first = i
		}
		if d == to {
			last = i
		}
	}
	return first, last, first >= 0 && last >= 0
}

// On returns the cut-off of the day on which t is, in t's own location, and false
// where the day has none. A time that the clock skips that day is the one an
// hour later.
func (c Cutoff) On(t time.Time) (time.Time, bool) {
	at := c.days[t.Weekday()]
	if at == 0 {
		return time.Time{}, false
	}
	y, m, d := t.Date()
	when := time.Date(y, m, d, int(at-1)/60, int(at-1)%60, 0, 0, t.Location())
	if timeOfDay(when.Hour()*60+when.Minute()+1) < at {
		when = when.Add(time.Hour)
	}
	return when, true
}

// String writes the cut-off as ParseCutoff reads it, Monday first.
func (c Cutoff) String() string {
	var parts []string
	for i := 0; i < 7; {
		at := c.days[(i+1)%7]
		j := i
		for j+1 < 7 && c.days[(j+2)%7] == at {
			j++
		}
		if at != 0 {
			days := dayNames[(i+1)%7]
			if j > i {
				days += "-" + dayNames[(j+1)%7]
			}
			parts = append(parts, fmt.Sprintf("%s %02d:%02d", days, int(at-1)/60, int(at-1)%60))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
