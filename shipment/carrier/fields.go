package carrier

import (
	"maps"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/shipment/address"
)

// A kind is what a condition's field holds.
type kind int

const (
	number kind = iota
	text
	truth
	list // of texts
)

// A field is something that a rule may ask of an order: its kind, and its
// place among the facts of that kind.
type field struct {
	kind kind
	at   int
}

// The numbers.
const (
	weight      = iota // of the parcel in question, which is the heaviest for a rule
	totalWeight        // of all parcels
	billableWeight
	length
	width
	height
	girth
	lengthGirth
	parcelCount
	orderValue
	orderItems
	promiseDays
	shipByHours
	nowHour
	numberCount
)

// The texts.
const (
	destCountry = iota
	destRegion
	destCity
	destPostal
	fromCountry
	fromRegion
	fromPostal
	orderChannel
	orderLevel
	orderService
	orderCurrency
	orderDeliverBy
	orderShipBy
	nowWeekday
	nowDate
	textCount
)

// The truths.
const (
	destPOBox = iota
	destMilitary
	destResidential
	domestic
	truthCount
)

// The lists.
const (
	itemSKUs = iota
	itemHSCodes
	itemHazmat
	itemTags
	itemOrigins
	listCount
)

// conditionFields are what a rule may ask, besides dest.zone.CHART and
// dest.zone_set.
var conditionFields = map[string]field{
	"dest.country":         {text, destCountry},
	"dest.region":          {text, destRegion},
	"dest.city":            {text, destCity},
	"dest.postal":          {text, destPostal},
	"dest.pobox":           {truth, destPOBox},
	"dest.military":        {truth, destMilitary},
	"dest.residential":     {truth, destResidential}, // the address names no company
	"dest.domestic":        {truth, domestic},
	"from.country":         {text, fromCountry},
	"from.region":          {text, fromRegion},
	"from.postal":          {text, fromPostal},
	"weight":               {number, weight},
	"total_weight":         {number, totalWeight},
	"billable_weight":      {number, billableWeight},
	"length":               {number, length},
	"width":                {number, width},
	"height":               {number, height},
	"girth":                {number, girth},
	"length_girth":         {number, lengthGirth},
	"parcels":              {number, parcelCount},
	"order.value":          {number, orderValue}, // minor units
	"order.items":          {number, orderItems}, // how many pieces
	"order.promise_days":   {number, promiseDays},
	"order.deliver_by":     {text, orderDeliverBy}, // as 2026-12-24
	"order.ship_by":        {text, orderShipBy},    // as 2026-12-24, where the parcel is packed
	"order.ship_by_hours":  {number, shipByHours},  // from now
	"order.currency":       {text, orderCurrency},
	"order.channel":        {text, orderChannel},
	"order.level":          {text, orderLevel},   // express, standard, economy, or empty
	"order.service":        {text, orderService}, // as the shop wrote it
	"now.hour":             {number, nowHour},
	"now.weekday":          {text, nowWeekday}, // mon to sun
	"now.date":             {text, nowDate},
	"items.sku":            {list, itemSKUs},
	"items.hs_code":        {list, itemHSCodes},
	"items.hazmat":         {list, itemHazmat},
	"items.tags":           {list, itemTags},
	"items.origin_country": {list, itemOrigins},
}

// ConditionFields returns what a rule may ask of an order, sorted.
func ConditionFields() []string {
	return append(slices.Sorted(maps.Keys(conditionFields)), "dest.zone.CHART", "dest.zone_set")
}

// facts are an order's values of the fields.
type facts struct {
	numbers [numberCount]int64
	known   [numberCount]bool
	texts   [textCount]string
	truths  [truthCount]bool
	lists   [listCount][]string
	parcels []shipment.Parcel
	today   day
	minutes int // since midnight
	timed   bool
	zones   []string // by chart, where asked already
	asked   []bool
	areas   map[string]*area
}

func (f *facts) set(field int, n int64) { f.numbers[field], f.known[field] = n, true }

// zone returns the zone of the destination in a chart.
func (f *facts) zone(c *chart) string {
	if !f.asked[c.index] {
		f.zones[c.index], f.asked[c.index] = c.zone(f), true
	}
	return f.zones[c.index]
}

// factsOf returns what the rules may ask of an order at a time.
func (r *Rules) factsOf(o *shipment.Order, now time.Time) *facts {
	f := &facts{parcels: parcels(o), areas: r.areas, zones: make([]string, len(r.charts)), asked: make([]bool, len(r.charts))}
	value := o.Value()
	f.texts = [textCount]string{
		destCountry: o.ShipTo.Country, destRegion: o.ShipTo.Region, destCity: o.ShipTo.City, destPostal: postal(o.ShipTo.PostalCode),
		fromCountry: o.ShipFrom.Country, fromRegion: o.ShipFrom.Region, fromPostal: postal(o.ShipFrom.PostalCode),
		orderChannel: o.Channel, orderService: string(o.Service), orderLevel: levelOf(o.Service),
		orderCurrency: value.Currency, orderDeliverBy: o.DeliverBy,
	}
	f.truths = [truthCount]bool{
		destPOBox: address.IsPOBox(o.ShipTo), destMilitary: address.IsMilitary(o.ShipTo), destResidential: o.ShipTo.Company == "",
		domestic: o.ShipFrom.Country != "" && o.ShipFrom.Country == o.ShipTo.Country,
	}
	f.set(orderValue, value.Amount)
	f.set(parcelCount, int64(len(f.parcels)))
	if o.PromiseDays > 0 {
		f.set(promiseDays, int64(o.PromiseDays))
	}
	if !now.IsZero() {
		f.today, f.minutes, f.timed = dayOf(now), 60*now.Hour()+now.Minute(), true
		f.set(nowHour, int64(now.Hour()))
		f.texts[nowWeekday] = weekdayNames[now.Weekday()]
		f.texts[nowDate] = f.today.String()
		if !o.ShipBy.IsZero() {
			f.set(shipByHours, int64(o.ShipBy.Sub(now)/time.Hour))
			f.texts[orderShipBy] = dayOf(o.ShipBy.In(now.Location())).String()
		}
	}
	f.items(o.Items)
	f.measures()
	return f
}

var weekdayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (f *facts) items(items []shipment.Item) {
	words := make([]string, 3*len(items))
	skus, codes, origins := words[:0:len(items)], words[len(items):len(items):2*len(items)], words[2*len(items):2*len(items)]
	var pieces int64
	for i := range items {
		it := &items[i]
		skus, codes, origins = append(skus, it.SKU), append(codes, it.HSCode), append(origins, it.OriginCountry)
		f.lists[itemHazmat] = append(f.lists[itemHazmat], it.Hazmat...)
		f.lists[itemTags] = append(f.lists[itemTags], it.Tags...)
		pieces += int64(it.Quantity)
	}
	f.lists[itemSKUs], f.lists[itemHSCodes], f.lists[itemOrigins] = skus, codes, origins
	f.set(orderItems, pieces)
}

// measures sets the facts of the parcels: the heaviest, and the largest of each
// measure.
func (f *facts) measures() {
	var most [6]int64
	var total, heaviest int64
	for _, p := range f.parcels {
		m := measuresOf(p)
		for i, v := range [...]int64{m.length, m.width, m.height, m.girth, m.length + m.girth} {
			most[i] = max(most[i], v)
		}
		total = addClamped(total, int64(p.Weight))
		heaviest = max(heaviest, int64(p.Weight))
	}
	f.set(weight, heaviest)
	f.set(totalWeight, total)
	for i, field := range []int{length, width, height, girth, lengthGirth} {
		f.set(field, most[i])
	}
}

// ofParcel returns the facts with the measures of one parcel alone.
func (f *facts) ofParcel(p shipment.Parcel, billable int64) *facts {
	one := *f
	one.parcels = []shipment.Parcel{p}
	one.measures()
	one.numbers[totalWeight] = f.numbers[totalWeight]
	one.set(billableWeight, billable)
	return &one
}

// Hazmats are what about an item a carrier must know, in the words of orders
// and rules.
func Hazmats() []string {
	return []string{
		"aerosol", "alcohol", "dry_ice", "flammable_liquid", "limited_quantity", "liquid",
		"lithium_ion", "lithium_ion_in_equipment", "lithium_ion_packed_with_equipment",
		"lithium_metal", "lithium_metal_in_equipment", "lithium_metal_packed_with_equipment",
		"magnet", "perfume", "perishable",
	}
}
