package dockday_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// close takes the end of a pick-up from the journal: what it says of itself must
// be what was said of its parcels, one by one.
func (l *ledger) close(f fact, say func(string, ...any)) {
	d := f.Data
	p := &pickup{fact: f}
	var on, left []string
	for id, a := range l.accounts {
		if slices.Contains(a.on, d.Handoff) {
			on = append(on, id)
			p.weight += a.weight
		}
		if a.waits() && a.carrier == d.Carrier {
			left = append(left, id)
		}
	}
	if len(l.back[d.Handoff]) > 0 { // a correction leaves nothing behind
		left = nil
	}
	if !same(on, d.Parcels) || p.weight != d.Weight {
		say("%s's pick-up was closed with %d parcels of %d g; %d of %d g had been scanned onto it", d.Carrier, len(d.Parcels), d.Weight, len(on), p.weight)
	}
	if !same(left, d.Missing) {
		say("%s's pick-up left %q behind, and %q waited", d.Carrier, d.Missing, left)
	}
	if d.Head != f.PrevHash {
		say("%s's pick-up names %q as the event before, which is %q", d.Carrier, d.Head, f.PrevHash)
	}
	l.closed[d.Handoff] = p
}

// near is how exactly the time of an event is that at which a parcel began to wait.
const near = 2 * time.Second

// cutoff holds what a missed cut-off says against who waited.
func (l *ledger) cutoff(f fact, say func(string, ...any)) {
	d := f.Data
	least, most := 0, 0
	for _, a := range l.accounts {
		if !a.waits() || a.carrier != d.Carrier {
			continue
		}
		if a.printed.Before(d.Cutoff.Add(-near)) {
			least++
		}
		if a.printed.Before(d.Cutoff.Add(near)) {
			most++
		}
	}
	if d.Count < least || d.Count > most || len(d.Parcels) != min(d.Count, 100) || f.Time.Before(d.Cutoff) {
		say("at %s %d parcels had missed %s's cut-off of %s, of which %d are named; %d to %d had", f.Time, d.Count, d.Carrier, d.Cutoff, len(d.Parcels), least, most)
	}
	for _, id := range d.Parcels {
		if a := l.of(id); !a.waits() || a.carrier != d.Carrier {
			say("%s has missed %s's cut-off, and does not wait for it", id, d.Carrier)
		}
	}
	if _, twice := l.missed[d.Carrier]; twice {
		say("%s's cut-off was missed twice on one day", d.Carrier)
	}
	l.missed[d.Carrier] = f
}

// drivers holds the manifests against the journal: paper and file have each
// parcel of their pick-up once, and no other; and what the manifests say together
// is what has left.
func (b *books) drivers(l *ledger, say func(string, ...any)) {
	with := map[string]string{} // the pick-up that a number has left with, by the manifests
	for _, m := range b.manifests {
		p := l.closed[m.handoff]
		if p == nil {
			say("%s has a manifest, and its pick-up was not closed", m.carrier)
			continue
		}
		for record, want := range map[string][]string{"parcel": p.Data.Parcels, "missing": p.Data.Missing, "returned": l.back[m.handoff]} {
			var has []string
			for _, r := range m.of(record) {
				has = append(has, r["parcel"])
				if a := l.of(r["parcel"]); a.number != r["tracking_number"] {
					say("%s has number %s, and %s in %s's CSV", r["parcel"], a.number, r["tracking_number"], m.carrier)
				}
			}
			if !same(has, want) {
				say("%s's CSV has %d parcels that are %s, the journal %d: %q and %q", m.carrier, len(has), record, len(want), has, want)
			}
		}
		for _, r := range m.of("parcel") {
			n := r["tracking_number"]
			if with[n] != "" {
				say("%s is on two manifests, or twice on one", n)
			}
			with[n] = m.handoff
		}
		for _, r := range m.of("returned") {
			n := r["tracking_number"]
			if with[n] == "" || with[n] != m.corrects {
				say("%s was taken back from %q, and was on %q", n, m.corrects, with[n])
			}
			delete(with, n)
		}
		b.totals(l, m, p, say)
		b.paperOf(l, m, say)
	}
	for id, a := range l.accounts {
		if len(a.on) > 0 && with[a.number] != a.on[0] {
			say("%s is on pick-up %q, and by the manifests on %q", id, a.on[0], with[a.number])
		}
		if len(a.on) == 0 && with[a.number] != "" {
			say("%s has not left, and by the manifests it is on %q", id, with[a.number])
		}
	}
}

// A sum is parcels and their weight.
type sum struct{ count, weight int }

// totals holds the last lines of a CSV against its parcels and the journal, and
// the same in the PDF.
func (b *books) totals(l *ledger, m manifest, p *pickup, say func(string, ...any)) {
	services := map[string]sum{}
	names := map[string]string{}
	for _, r := range m.of("parcel") {
		a := l.of(r["parcel"])
		if r["service"] != a.service || r["weight_g"] != strconv.Itoa(a.weight) {
			say("%s goes by %s with %d g, and by %s with %s g in %s's CSV", r["parcel"], a.service, a.weight, r["service"], r["weight_g"], m.carrier)
		}
		s := services[a.service]
		services[a.service] = sum{s.count + 1, s.weight + a.weight}
	}
	lines := m.of("service")
	for _, r := range lines {
		s := services[r["service"]]
		names[r["service"]] = r["service_name"]
		if got := r["count"] + " of " + r["weight_g"]; got != fmt.Sprintf("%d of %d", s.count, s.weight) {
			say("%s's CSV has %s g by %s, its parcels are %d of %d g", m.carrier, got, r["service"], s.count, s.weight)
		}
	}
	if len(lines) != len(services) {
		say("%s's CSV has %d services, its parcels go by %d", m.carrier, len(lines), len(services))
	}
	total := m.of("total")
	if len(total) != 1 {
		say("%s's CSV has %d totals", m.carrier, len(total))
		return
	}
	for column, want := range map[string]string{
		"count": strconv.Itoa(len(p.Data.Parcels)), "weight_g": strconv.Itoa(p.weight), "driver": p.Data.Driver, "journal_head": p.PrevHash, "handoff": m.handoff,
	} {
		if total[0][column] != want {
			say("the total of %s's CSV has the %s %q, the journal %q", m.carrier, column, total[0][column], want)
		}
	}
	if m.pdf == "" {
		return
	}
	lines2 := squeezed(m.pdf)
	want := []string{"Handedoverandreceived:" + counted(len(p.Data.Parcels)) + "," + kilograms(p.weight), p.PrevHash}
	if n := len(p.Data.Missing); n > 0 {
		want[0] += fmt.Sprintf(".Nothandedover:%d", n)
	}
	if n := len(l.back[m.handoff]); n > 0 {
		want[0] += fmt.Sprintf(".Takenback:%d", n)
	}
	for id, s := range services {
		want = append(want, fmt.Sprintf("%s:%d,%s", strings.Join(strings.Fields(names[id]), ""), s.count, kilograms(s.weight)))
	}
	for _, text := range want {
		if lines2.with(text) != 1 {
			say("%s's PDF has %d times %q", m.carrier, lines2.with(text), text)
		}
	}
}

// paperOf holds the lines of a PDF against its CSV.
func (b *books) paperOf(l *ledger, m manifest, say func(string, ...any)) {
	if m.pdf == "" {
		return
	}
	lines, listed := squeezed(m.pdf), map[string]bool{}
	for _, r := range m.csv {
		n := r["tracking_number"]
		if n == "" {
			continue
		}
		listed[n] = true
		if at := lines.with(n); at != 1 {
			say("%s stands on %d lines of %s's PDF manifest", n, at, m.carrier)
		}
	}
	all := strings.Join(lines, "\n")
	for id, a := range l.accounts {
		if a.number != "" && !listed[a.number] && strings.Contains(all, a.number) {
			say("%s is not on %s's pick-up, and stands on its PDF manifest", id, m.carrier)
		}
	}
}

// dayByCarrier holds the day's close-out against the journal.
func (b *books) dayByCarrier(l *ledger, say func(string, ...any)) {
	want := map[string]carrierDay{}
	add := func(carrier string, change func(d *carrierDay)) {
		d := want[carrier]
		d.Carrier = carrier
		change(&d)
		want[carrier] = d
	}
	for _, p := range l.closed {
		add(p.Data.Carrier, func(d *carrierDay) { d.Pickups, d.LeftBehind = d.Pickups+1, d.LeftBehind+len(p.Data.Missing) })
	}
	for _, a := range l.accounts {
		add(a.carrier, func(d *carrierDay) {
			if a.waits() {
				d.Waiting++
			}
			if len(a.on) > 0 {
				d.HandedOver, d.Weight = d.HandedOver+1, d.Weight+a.weight
			}
		})
	}
	var missed []string
	for carrier, f := range l.missed {
		missed = append(missed, carrier)
		add(carrier, func(d *carrierDay) { d.Missed, d.Cutoff = f.Data.Count, f.Data.Cutoff })
	}
	for carrier, w := range want {
		got := b.days[carrier]
		if at := got.Cutoff; !at.Equal(w.Cutoff) {
			say("the close-out has %s's cut-off at %s, the journal at %s", carrier, at, w.Cutoff)
		}
		got.Cutoff, w.Cutoff = time.Time{}, time.Time{}
		if got != w {
			say("the close-out has %+v, the journal %+v", got, w)
		}
	}
	if len(b.days) != len(want) {
		say("the close-out has %d carriers, the journal %d", len(b.days), len(want))
	}
	if !same(missed, b.alarms) {
		say("there were alarms of %q, and cut-offs missed of %q", b.alarms, missed)
	}
}

// same reports whether two lists have the same in any order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func counted(n int) string {
	if n == 1 {
		return "1parcel"
	}
	return fmt.Sprintf("%dparcels", n)
}

// kilograms writes a weight as a manifest does, without the space.
func kilograms(g int) string {
	tens := (g + 5) / 10
	return fmt.Sprintf("%d.%02dkg", tens/100, tens%100)
}
