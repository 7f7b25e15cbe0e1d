package scanner

import "time"

// DefaultDuplicateWindow is how long the same bytes from the same scanner are
// one look at one label: longer than a trigger bounces, shorter than a hand
// takes up the next parcel.
const DefaultDuplicateWindow = 500 * time.Millisecond

// Duplicates knows which scans repeat the one before: the trigger bounced, or a
// scanner on a stand still sees the label. It never compares scanners with one
// another, and never a damaged frame with anything. A repeated scan is to be
// counted and shown, not forgotten: two like items may be scanned on purpose.
//
// The zero Duplicates is ready for use. It is not safe for use by several
// goroutines.
type Duplicates struct {
	Window time.Duration // 0: DefaultDuplicateWindow; negative: nothing repeats

	seen map[look]sight
}

type look struct{ scanner, raw string }

// A sight is when a label was seen last, and how often since it was presented.
type sight struct {
	at    time.Time
	times int
}

// Repeats reports whether s repeats a scan within the window, and remembers it.
// The window starts again with every sight, so that a label left under the
// scanner stays one scan.
func (d *Duplicates) Repeats(s Scan) bool { return d.Sight(s) > 1 }

// Sight returns the how-manieth sight of a label s is since it was presented to
// the scanner, counted from 1, and remembers it: what Repeats reports, and how
// often.
func (d *Duplicates) Sight(s Scan) int {
	window := d.Window
	if window == 0 {
		window = DefaultDuplicateWindow
	}
	if window < 0 || s.Bad != "" {
		return 1
	}
	if d.seen == nil {
		d.seen = map[look]sight{}
	}
	key := look{s.Scanner, string(s.Raw)}
	last, known := d.seen[key]
	for k, before := range d.seen { // few: a window's worth
		if age := s.At.Sub(before.at); age >= window || age < -window {
			delete(d.seen, k)
		}
	}
	now := sight{s.At, 1}
	if age := s.At.Sub(last.at); known && age >= 0 && age < window {
		now.times = last.times + 1
	}
	d.seen[key] = now
	return now.times
}

// Forget makes s count when it comes again at once: it was not kept.
func (d *Duplicates) Forget(s Scan) { delete(d.seen, look{s.Scanner, string(s.Raw)}) }
