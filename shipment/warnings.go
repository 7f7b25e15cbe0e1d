package shipment

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// How far the declared weight of the parcels may be from that of the items. A
// scale and a shop's catalogue never quite agree; packaging is never nothing,
// and never three times the goods and two kilograms on top.
const (
	weightSlack      Grams = 20 // below the items
	weightSlackShare       = 20 // or one part in so many
	packagingTimes         = 3
	packagingAtLeast Grams = 2_000
)

// minDensity is lighter than any goods in a box, in grams a litre: expanded
// polystyrene alone has ten.
const minDensity = 2

// earlyClock is how far ahead a shop's clock may be.
const earlyClock = time.Hour

// Warnings returns what a person should look at, though the order may ship as
// it is: at is the present.
func (o Order) Warnings(at time.Time) Problems {
	var ps Problems
	add := func(field, code, msg string) { ps = append(ps, Problem{Field: field, Code: code, Message: msg}) }
	if !o.ShipBy.IsZero() && o.ShipBy.Before(at) {
		add("ship_by", "late", fmt.Sprintf("it was to ship by %s: pack it first, and tell the buyer", o.ShipBy.UTC().Format("2006-01-02 15:04 MST")))
	}
	if o.PlacedAt.After(at.Add(earlyClock)) {
		add("placed_at", "future", fmt.Sprintf("it was placed at %s, which has not come yet; the clock here or the shop's is wrong", o.PlacedAt.UTC().Format("2006-01-02 15:04 MST")))
	}
	for i, it := range o.Items {
		if it.SKU == "" && it.Title != "" {
			add(index("items", i, "sku"), "missing", fmt.Sprintf("the item %.60q has no SKU; it can be packed by its title alone", it.Title))
		}
		for _, text := range []struct{ field, is string }{{"sku", it.SKU}, {"title", it.Title}} {
			if strings.ContainsFunc(text.is, deceives) {
				add(index("items", i, text.field), "control_character", fmt.Sprintf("%+.60q has characters that cannot be seen or that turn the text around; look twice at what is to be packed", text.is))
			}
		}
	}
	o.warnWeight(add)
	for i, p := range o.Parcels {
		told := 0
		for _, side := range []Millimetres{p.Length, p.Width, p.Height} {
			if side > 0 {
				told++
			}
		}
		switch {
		case told == 1 || told == 2:
			add(index("parcels", i, ""), "incomplete", "some sides of the parcel are missing; it counts as having no size")
		case told == 3 && p.Weight > 0 && int64(p.Weight)*1_000_000 < minDensity*p.volume():
			add(index("parcels", i, ""), "implausible", fmt.Sprintf("%d g in %d × %d × %d mm is lighter than an empty box; look at weight and sides", p.Weight, p.Length, p.Width, p.Height))
		}
	}
	return ps
}

// deceives reports whether the character is a control character, or one that
// makes a text look other than it is.
func deceives(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff'
}

// warnWeight holds the parcels' weight against that of the items.
func (o Order) warnWeight(add func(field, code, msg string)) {
	var parcels Grams
	for i, p := range o.Parcels {
		if p.Weight == 0 {
			add(index("parcels", i, "weight_g"), "missing", "the parcel has no weight; weigh it, or the carrier bills what its own scale says")
			return
		}
		parcels += p.Weight
	}
	items, known := o.Weight(), true
	for _, it := range o.Items {
		known = known && it.Weight > 0
	}
	switch {
	case len(o.Parcels) == 0 && items == 0:
		add("items", "missing", "neither the items nor a parcel have a weight; weigh the parcel, or the carrier bills what its own scale says")
	case len(o.Parcels) == 0 || items == 0:
	case parcels < items-max(weightSlack, items/weightSlackShare): // what is unknown would only make it more
		add("parcels", "weight_below_items", fmt.Sprintf("the parcels weigh %d g and the items in them %d g; a weight or a quantity is wrong", parcels, items))
	case known && parcels > packagingTimes*items+packagingAtLeast:
		add("parcels", "weight_above_items", fmt.Sprintf("the parcels weigh %d g and the items in them only %d g; a weight or a quantity is wrong", parcels, items))
	}
}
