package template

import "maps"

// labelFields returns what fields is: the parcel's own, before the order's,
// before the station's. A field that is given empty is given: it takes back
// what another says.
func (d Data) labelFields() map[string]string {
	var all map[string]string
	for _, given := range []map[string]string{d.StationFields, d.Order.Label.Fields, d.parcelFields()} {
		switch {
		case len(given) == 0:
		case len(all) == 0:
			all = given
		default:
			all = maps.Clone(all) // each is its owner's
			maps.Copy(all, given)
		}
	}
	return all
}

// parcelFields returns what the carrier gave for this parcel alone.
func (d Data) parcelFields() map[string]string {
	if d.K < 1 || d.K > len(d.Order.Parcels) {
		return nil
	}
	return d.Order.Parcels[d.K-1].Fields
}
