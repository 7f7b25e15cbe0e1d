package packing

import (
	"fmt"

	"waybill/shipment"
)

// A Span is what a parcel may weigh. Most is 0 where nobody knows how much its
// packaging adds.
type Span struct {
	Least, Most shipment.Grams
}

// Bounded reports whether a parcel can be too heavy for it too.
func (s Span) Bounded() bool { return s.Most > 0 }

// Holds reports whether a parcel may weigh w.
func (s Span) Holds(w shipment.Grams) bool {
	return w >= s.Least && (!s.Bounded() || w <= s.Most)
}

// String returns the span in words.
func (s Span) String() string {
	if !s.Bounded() {
		return "at least " + kg(s.Least)
	}
	return fmt.Sprintf("%s to %s", kg(s.Least), kg(s.Most))
}
