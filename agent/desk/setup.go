package desk

import (
	"slices"
	"sync"
	"time"

	"waybill/scanner"
)

// A SetUp is what came when a scanner read the barcode of the set-up page.
type SetUp struct {
	Scanner string
	Setup   scanner.Setup
	At      time.Time
}

// setUps keeps the last SetUp of each scanner. A restart forgets them: the person
// who sets a scanner up is there and scans again.
type setUps struct {
	mu sync.Mutex
	by map[string]SetUp
}

// maxSetUps bounds what is kept; callers of the API name scanners as they like.
const maxSetUps = 100

func (s *setUps) put(u SetUp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.by[u.Scanner]; s.by == nil || !known && len(s.by) >= maxSetUps {
		s.by = map[string]SetUp{}
	}
	s.by[u.Scanner] = u
}

// SetUps returns what came of each scanner that has read the barcode of the set-up
// page since the start, the latest first.
func (d *Desk) SetUps() []SetUp {
	d.setUps.mu.Lock()
	defer d.setUps.mu.Unlock()
	list := make([]SetUp, 0, len(d.setUps.by))
	for _, u := range d.setUps.by {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b SetUp) int { return b.At.Compare(a.At) })
	return list
}
