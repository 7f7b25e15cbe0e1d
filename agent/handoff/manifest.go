package handoff

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shipment"
)

// A Manifest is all that the paper of a pick-up says.
type Manifest struct {
	Session

	Station   shipment.StationID
	Entries   []Entry   // the parcels on it
	Returned  []Entry   // of the pick-up that it corrects: they did not leave after all
	Left      []Waiting // expected and not scanned
	Conflicts []Entry   // scans of other stations that do not count
	Signature Signature
}

// BackElsewhere returns the parcels on the manifest that another station has taken back
// and that no correction has since: they are on the paper as it was signed, and left
// with nobody.
func (m Manifest) BackElsewhere() []Entry {
	return slices.DeleteFunc(slices.Clone(m.Entries), func(e Entry) bool { return !e.GoneBack() })
}

// A Total is how many parcels of a manifest go by one service.
type Total struct {
	Service shipment.ServiceID `json:"service,omitempty"`
	Name    string             `json:"name,omitempty"`
	Count   int                `json:"count"`
	Weight  shipment.Grams     `json:"weight_g"`
}

// Totals returns the parcels on the manifest by service, the most first.
func (m Manifest) Totals() []Total {
	var all []Total
	for _, e := range m.Entries {
		i := slices.IndexFunc(all, func(t Total) bool { return t.Service == e.Service })
		if i < 0 {
			i = len(all)
			all = append(all, Total{Service: e.Service, Name: e.ServiceName})
		}
		all[i].Count++
		all[i].Weight += e.Weight
	}
	slices.SortStableFunc(all, func(a, b Total) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(string(a.Service), string(b.Service)))
	})
	return all
}

// A Hand is how many parcels of a manifest somebody has scanned.
type Hand struct {
	By    string // the person where one is known, the scanner, and another station
	Count int
}

// Hands returns who scanned the parcels on the manifest, the most first.
func (m Manifest) Hands() []Hand {
	var all []Hand
	for _, e := range m.Entries {
		by := e.By()
		i := slices.IndexFunc(all, func(h Hand) bool { return h.By == by })
		if i < 0 && by != "" {
			i = len(all)
			all = append(all, Hand{By: by})
		}
		if i >= 0 {
			all[i].Count++
		}
	}
	slices.SortStableFunc(all, func(a, b Hand) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.By, b.By)) })
	return all
}

// columns are those of the CSV. They are only ever added to.
var columns = []string{
	"record", "n", "tracking_number", "order_id", "parcel", "carrier", "service", "service_name", "weight_g",
	"postal_code", "country", "at", "scanner", "count", "handoff", "journal_head", "driver", "signature_sha256",
	"operator", "station",
}

// WriteCSV writes the manifest as CSV with a header: a line a parcel of record
// parcel, missing, returned, back_elsewhere, twice or late, then a line a service of
// record service, and one of record total. One that is back_elsewhere is among those of
// record parcel too. Times are in the location given. A text that a spreadsheet
// would take for a formula stands behind an apostrophe.
func (m Manifest) WriteCSV(w io.Writer, local *time.Location) error {
	out := csv.NewWriter(w)
	line := func(fields map[string]string) error {
		row := make([]string, len(columns))
		fields["carrier"], fields["handoff"] = string(m.Carrier), m.ID
		for i, c := range columns {
			row[i] = inert(fields[c])
		}
		return out.Write(row)
	}
	stamp := func(t time.Time) string { return t.In(local).Format(time.RFC3339) }
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("manifest %s: %w", m.ID, err)
	}
	var err error
	keep := func(e error) { err = cmp.Or(err, e) }
	for _, e := range m.Entries {
		keep(line(e.csv("parcel", stamp(e.At))))
	}
	for _, l := range m.Left {
		keep(line(Entry{
			Parcel: l.Parcel, Order: l.Order, TrackingNumber: l.TrackingNumber, Service: l.Service, ServiceName: l.ServiceName,
			Weight: l.Weight, PostalCode: l.PostalCode, Country: l.Country, Scanner: l.SeenBy,
		}.csv("missing", "")))
	}
	for _, e := range m.Returned {
		at := e.At
		if e.Back != nil {
			at = e.Back.At
		}
		keep(line(e.csv("returned", stamp(at))))
	}
	for _, e := range m.BackElsewhere() {
		back := *e.Elsewhere
		e.Scanner, e.Operator, e.Station = "", back.By, back.Station
		keep(line(e.csv("back_elsewhere", stamp(back.At))))
	}
	for _, e := range m.Conflicts {
		keep(line(e.csv(e.Conflict, stamp(e.At))))
	}
	for _, t := range m.Totals() {
		keep(line(map[string]string{
			"record": "service", "service": string(t.Service), "service_name": t.Name, "weight_g": strconv.Itoa(int(t.Weight)), "count": strconv.Itoa(t.Count),
		}))
	}
	total := map[string]string{
		"record": "total", "weight_g": strconv.Itoa(int(m.Weight)), "count": strconv.Itoa(m.Count),
		"journal_head": m.Head, "driver": m.Driver, "signature_sha256": m.Signed,
	}
	if !m.Open() {
		total["at"] = stamp(m.Closed)
	}
	keep(line(total))
	out.Flush()
	if err = cmp.Or(err, out.Error()); err != nil {
		return fmt.Errorf("manifest %s: %w", m.ID, err)
	}
	return nil
}

func (e Entry) csv(record, at string) map[string]string {
	n := ""
	if e.N > 0 {
		n = strconv.Itoa(e.N)
	}
	return map[string]string{
		"record": record, "n": n, "tracking_number": string(e.TrackingNumber), "order_id": string(e.Order), "parcel": string(e.Parcel),
		"service": string(e.Service), "service_name": e.ServiceName, "weight_g": strconv.Itoa(int(e.Weight)),
		"postal_code": e.PostalCode, "country": e.Country, "at": at, "scanner": e.Scanner,
		"operator": e.Operator, "station": string(e.Station),
	}
}

// inert returns text so that no spreadsheet computes it.
func inert(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
