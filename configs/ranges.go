package configs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/internal/strictyaml"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// A Range is a pool of serial numbers that stations lease blocks of.
type Range struct {
	ID      string `yaml:"id"`
	Carrier string `yaml:"carrier"`
	Service string `yaml:"service"`
	Scheme  string `yaml:"scheme"`
	Prefix  string `yaml:"prefix"`
	From    int64  `yaml:"from"`
	To      int64  `yaml:"to"`
	Until   string `yaml:"until"` // the last day on which its numbers may be given; empty: no end
}

// Ends returns the moment from which none of the range's numbers may be given
// out; the zero time is never. The day is UTC's.
func (r Range) Ends() (time.Time, error) {
	if r.Until == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, r.Until)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no day; write it as 2027-06-30", r.Until)
	}
	return day.AddDate(0, 0, 1), nil
}

// maxLeaseDays bounds lease_days: ten years are for ever.
const maxLeaseDays = 3650

// checkRanges checks that every range makes numbers from its first to its last,
// which our own scanners take for the carrier's, and that no two ranges make
// the same ones.
func (h Hub) checkRanges(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	if h.LeaseDays < 0 || h.LeaseDays > maxLeaseDays {
		ms = append(ms, doc.Mistake("lease_days", "%d: want 1 to %d days, or 0 for no end", h.LeaseDays, maxLeaseDays))
	}
	names, carriers := map[string]bool{}, carrier.Default()
	for i, r := range h.Ranges {
		wrong := func(key, format string, args ...any) {
			ms = append(ms, doc.Mistake(fmt.Sprintf("ranges[%d].%s", i, key), format, args...))
		}
		if !isName(r.ID) || names[r.ID] {
			wrong("id", "%q: want a name of its own", r.ID)
		}
		names[r.ID] = true
		if _, known := carriers.Carrier(shipment.CarrierID(r.Carrier)); !known {
			wrong("carrier", "%q: no such carrier; want an ID such as ups, usps or dhl_express", r.Carrier)
		}
		if _, err := r.Ends(); err != nil {
			wrong("until", "%v", err)
		}
		if key, err := r.check(carriers); err != nil {
			wrong(key, "%v", err)
			continue
		}
		for _, o := range h.Ranges[:i] {
			if over, err := r.block().Overlap(o.block()); err == nil && over {
				wrong("from", "it shares numbers with range %s; let it begin where that one ends, or give it another prefix", o.ID)
			}
		}
	}
	return ms
}

func (r Range) block() carrier.Block {
	return carrier.Block{Scheme: r.Scheme, Prefix: r.Prefix, First: r.From, Last: r.To}
}

// check returns what is wrong with the range's numbers, and under which key.
func (r Range) check(carriers *carrier.Table) (key string, err error) {
	if !slices.Contains(carrier.Schemes(), r.Scheme) {
		return "scheme", fmt.Errorf("%q: no such scheme; want one of %s", r.Scheme, strings.Join(carrier.Schemes(), ", "))
	}
	last, err := carrier.Last(r.Scheme, r.Prefix)
	switch {
	case err != nil:
		return "prefix", err
	case r.From < 0 || r.To < r.From:
		return "to", fmt.Errorf("want 0 ≤ from ≤ to")
	case r.From > last:
		return "from", fmt.Errorf("%d: with prefix %s a number has room for the serials 0 to %d", r.From, r.Prefix, last)
	case r.To > last:
		return "to", fmt.Errorf("%d: with prefix %s a number has room for the serials 0 to %d", r.To, r.Prefix, last)
	}
	for _, serial := range []int64{r.From, r.To} {
		n, err := carrier.Compose(r.Scheme, r.Prefix, serial)
		if err != nil {
			return "from", err
		}
		if err := r.recognised(carriers, string(n)); err != nil {
			return "carrier", err
		}
	}
	return "", nil
}

// recognised returns nil where a scanner that expects the range's carrier takes
// the number for that carrier's. A number of an own form need only not pass for
// another carrier's: the table may not know it.
func (r Range) recognised(carriers *carrier.Table, number string) error {
	_, matches := carriers.Recognise(number, carrier.Hints{Carrier: shipment.CarrierID(r.Carrier)})
	for _, m := range matches {
		if m.Valid && m.Carrier == shipment.CarrierID(r.Carrier) {
			return nil
		}
	}
	for _, m := range matches {
		if m.Valid && m.Confidence != carrier.Low && (r.Scheme != carrier.Own || m.CheckDigit == "ok") {
			return fmt.Errorf("%s: its numbers, such as %s, pass for those of %s; a scanner would take the parcel for that carrier's", r.Carrier, number, m.Carrier)
		}
	}
	if r.Scheme == carrier.Own {
		return nil
	}
	return fmt.Errorf("%s: its numbers, such as %s, have none of that carrier's formats; mend carrier, scheme or prefix", r.Carrier, number)
}
