package dockday_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A wrong is one way in which books can be wrong, and what the judge says of it.
type wrong struct {
	name, says string
	change     func(b *books)
}

// spoil changes the books of a good day in every way that they can be wrong, and
// holds that the judge sees it, and sees that and not only something else.
func (b *books) spoil(t *testing.T) {
	t.Helper()
	ways := slices.Concat(b.wrongBooks(), b.wrongManifests(), b.wrongDays(), b.wrongEvents())
	if b.manifests[0].pdf != "" { // told before
		ways = append(ways, b.wrongPapers()...)
	}
	for _, w := range ways {
		says := b.with(w.change).judge()
		if !slices.ContainsFunc(says, func(s string) bool { return strings.Contains(s, w.says) }) {
			t.Errorf("%s: the judge does not see it: %q", w.name, says[:min(3, len(says))])
		}
	}
	t.Logf("the judge has objected to each of %d wrong books", len(ways))
}

func (b *books) wrongBooks() []wrong {
	last := b.scanned[len(b.scanned)-1]
	return []wrong{
		{"an event is missing at the hub", "set aside", func(b *books) { b.hub = b.hub[:len(b.hub)-1] }},
		{"an event is another one at the hub", "another one at the hub", func(b *books) { b.hub[7].raw = bytes.Replace(b.hub[7].raw, []byte("a"), []byte("b"), 1) }},
		{"the hub has set an event aside", "and 1 set aside", func(b *books) { b.quarantined = 1 }},
		{"an event is missing in the journal", "not the next link", func(b *books) { b.journal = slices.Delete(b.journal, 5, 6) }},
		{"an event was changed", "not the next link", func(b *books) { b.journal[9].raw = append([]byte(" "), b.journal[9].raw...) }},
		{"a good beep was not true", "had the good beep, and the journal does not have it", func(b *books) { b.scanned = append(b.scanned, parcel{id: "DAY-000001-1", number: "1Z"}) }},
		{"a parcel had the good beep twice", "had the good beep twice", func(b *books) { b.scanned = append(b.scanned, last) }},
		{"a parcel left without the good beep", "nobody heard the good beep", func(b *books) { b.scanned = b.scanned[:len(b.scanned)-1] }},
		{"an undo was not kept", "taken back with the good beep, and the journal", func(b *books) { b.kept = append(b.kept, last) }},
		{"a correction was not kept", "taken back with the good beep, and the journal", func(b *books) { b.returned = append(b.returned, last) }},
		{"a label is on no paper", "its label is on no paper", func(b *books) { b.paper[last.id] = 0 }},
		{"a label is on paper twice", "2 are on paper", func(b *books) { b.paper[last.id]++ }},
		{"the hub does not know that it left", "is label_created at the hub", func(b *books) { b.stories[last.number] = "label_created" }},
		{"the hub does not know that it came back", "is handed_over at the hub", func(b *books) { b.stories[b.returned[0].number] = "handed_over" }},
		{"printing is not sound", "a label is missing", func(b *books) { b.printing = []string{"a label is missing"} }},
	}
}

// line returns a manifest's line of a kind, to be changed: the first one.
func (m *manifest) line(record string) row {
	return m.csv[slices.IndexFunc(m.csv, func(r row) bool { return r["record"] == record })]
}

// without takes the first line of a kind out.
func (m *manifest) without(record string) {
	i := slices.IndexFunc(m.csv, func(r row) bool { return r["record"] == record })
	m.csv = slices.Delete(m.csv, i, i+1)
}

func (b *books) wrongManifests() []wrong {
	end := len(b.manifests) - 1 // the correction
	return []wrong{
		{"a parcel is not on its manifest", "parcels that are parcel", func(b *books) { b.manifests[0].without("parcel") }},
		{"a parcel is on a manifest twice", "on two manifests, or twice on one", func(b *books) { b.manifests[0].csv = append(b.manifests[0].csv, b.manifests[0].csv[0]) }},
		{"a parcel is on another's manifest", "on two manifests, or twice on one", func(b *books) { b.manifests[0].csv = append(b.manifests[0].csv, b.manifests[1].csv[0]) }},
		{"a manifest is missing", "and by the manifests on", func(b *books) { b.manifests = b.manifests[1:] }},
		{"a parcel has another number", "in ups's CSV", func(b *books) { b.manifests[0].line("parcel")["tracking_number"] = "1Z" }},
		{"a parcel weighs otherwise", "g in ups's CSV", func(b *books) { b.manifests[0].line("parcel")["weight_g"] = "1" }},
		{"a parcel left behind is on no manifest", "parcels that are missing", func(b *books) { b.manifests[0].without("missing") }},
		{"a parcel taken back is on no correction", "parcels that are returned", func(b *books) { b.manifests[end].without("returned") }},
		{"what a correction takes back still counts", "has not left, and by the manifests", func(b *books) { b.manifests[end].without("returned") }},
		{"a correction lacks what was forgotten", "and by the manifests on", func(b *books) { b.manifests[end].without("parcel") }},
		{"a total counts one more", `the count "1"`, func(b *books) { b.manifests[0].line("total")["count"] = "1" }},
		{"a total weighs more", `the weight_g "1"`, func(b *books) { b.manifests[0].line("total")["weight_g"] = "1" }},
		{"a total names another driver", `the driver "N. N."`, func(b *books) { b.manifests[0].line("total")["driver"] = "N. N." }},
		{"a total names another event", "the journal_head", func(b *books) { b.manifests[0].line("total")["journal_head"] = strings.Repeat("0", 64) }},
		{"a total is missing", "has 0 totals", func(b *books) { b.manifests[0].without("total") }},
		{"a service counts less", "CSV has 1 of", func(b *books) { b.manifests[0].line("service")["count"] = "1" }},
		{"a service weighs less", "of 1 g by", func(b *books) { b.manifests[0].line("service")["weight_g"] = "1" }},
		{"a service is missing", "has 0 services", func(b *books) { b.manifests[0].without("service") }},
	}
}

func (b *books) wrongDays() []wrong {
	day := func(name string, change func(d *carrierDay)) wrong {
		return wrong{name, "the close-out has", func(b *books) {
			d := b.days[cutoffCarrier]
			change(&d)
			b.days[cutoffCarrier] = d
		}}
	}
	return []wrong{
		day("the day has a pick-up too many", func(d *carrierDay) { d.Pickups++ }),
		day("the day has a parcel too many", func(d *carrierDay) { d.HandedOver++ }),
		day("the day weighs less", func(d *carrierDay) { d.Weight-- }),
		day("the day has left nothing behind", func(d *carrierDay) { d.LeftBehind = 0 }),
		day("nothing waits at the end", func(d *carrierDay) { d.Waiting = 0 }),
		day("no cut-off was missed", func(d *carrierDay) { d.Missed = 0 }),
		day("the cut-off was another one", func(d *carrierDay) { d.Cutoff = d.Cutoff.Add(time.Minute) }),
		{"a carrier has no day", "the close-out has", func(b *books) { delete(b.days, "ups") }},
		{"a cut-off had no alarm", "there were alarms of []", func(b *books) { b.alarms = nil }},
	}
}

// wrongEvents is journals that are whole, and whose hub has the same, and which
// say what is not true.
func (b *books) wrongEvents() []wrong {
	return []wrong{
		{"a pick-up weighs otherwise than its parcels", "had been scanned onto it", func(b *books) { b.rewrite("handoff.closed", `"weight_g":\d+`, `"weight_g":1`) }},
		{"a pick-up has left nothing behind", "left [] behind", func(b *books) { b.rewrite("handoff.closed", `"missing":\[[^]]*\],?`, ``) }},
		{"a pick-up names another event", "as the event before", func(b *books) { b.rewrite("handoff.closed", `"head":"..`, `"head":"zz`) }},
		{"more had missed the cut-off", "had missed usps's cut-off", func(b *books) { b.rewrite("cutoff.missed", `"count":\d+`, `"count":99999`) }},
		{"others had missed the cut-off", "and does not wait for it", func(b *books) { b.rewrite("cutoff.missed", `"parcels":\["[^"]+"`, `"parcels":["DAY-000000-1"`) }},
		{"nobody was told of the cut-off", "cut-offs missed of []", func(b *books) { b.rewrite("cutoff.missed", `cutoff\.missed`, `cutoff.passed`) }},
		{"an undo was forgotten", "is on 2 pick-ups", func(b *books) { b.rewrite("parcel.taken_back", `taken_back`, `taken_off`) }},
		{"what was undone was on no pick-up", "from a pick-up that it is not on", func(b *books) { b.rewrite("parcel.taken_back", `"handoff":"..`, `"handoff":"zz`) }},
	}
}

// rewrite changes the first event of a type, and makes the chain whole again.
func (b *books) rewrite(eventType, old, with string) {
	i := slices.IndexFunc(b.journal, func(e entry) bool { return bytes.Contains(e.raw, []byte(`"waybill.`+eventType+`.v1"`)) })
	b.journal[i].raw = regexp.MustCompile(old).ReplaceAll(b.journal[i].raw, []byte(with))
	for ; i < len(b.journal); i++ {
		sum := sha256.Sum256(b.journal[i].raw)
		was := b.journal[i].hash
		b.journal[i].hash = hex.EncodeToString(sum[:])
		if i+1 < len(b.journal) {
			b.journal[i+1].raw = bytes.ReplaceAll(b.journal[i+1].raw, []byte(was), []byte(b.journal[i].hash))
		}
	}
	b.hub = slices.Clone(b.journal)
}

func (b *books) wrongPapers() []wrong {
	pdf := func(name, says, old, with string) wrong {
		return wrong{name, says, func(b *books) {
			m := &b.manifests[len(b.manifests)-1]
			if m.pdf = regexp.MustCompile(old).ReplaceAllString(m.pdf, with); m.pdf == "" {
				m.pdf = " "
			}
		}}
	}
	return []wrong{
		{"a line is missing in a PDF", "stands on 0 lines", func(b *books) {
			m := &b.manifests[0]
			lines := strings.Split(m.pdf, "\n")
			m.pdf = strings.Join(slices.DeleteFunc(lines, func(l string) bool { return squeezed(l).with(m.csv[0]["tracking_number"]) > 0 }), "\n")
		}},
		{"another's parcel is on a PDF", "and stands on its PDF manifest", func(b *books) { b.manifests[0].pdf += "\n" + b.manifests[1].csv[0]["tracking_number"] }},
		pdf("a PDF counts otherwise", `0 times "Handedoverandreceived`, `received:\s+\d+\s+parcel`, "received: 9 parcel"),
		pdf("a PDF weighs otherwise", `0 times "Handedoverandreceived`, `(received:[^,]*),\s+[0-9.]+\s+kg`, "$1, 9.99 kg"),
		pdf("a PDF takes nothing back", `0 times "Handedoverandreceived`, `Taken\s+back:\s+\d+`, ""),
		pdf("a PDF has another service", "PDF has 0 times", `:\s+\d+,\s+[0-9.]+\s+kg`, ": 9, 9.99 kg"),
		pdf("a PDF has no head", "PDF has 0 times", `[0-9a-f]{64}`, ""),
	}
}

// with returns a copy of the books, changed.
func (b *books) with(change func(*books)) *books {
	c := *b
	c.scanned, c.journal, c.hub = slices.Clone(b.scanned), slices.Clone(b.journal), slices.Clone(b.hub)
	c.kept, c.returned, c.alarms = slices.Clone(b.kept), slices.Clone(b.returned), slices.Clone(b.alarms)
	c.manifests, c.stories, c.paper, c.days = slices.Clone(b.manifests), maps.Clone(b.stories), maps.Clone(b.paper), maps.Clone(b.days)
	for i := range c.manifests {
		c.manifests[i].csv = nil
		for _, r := range b.manifests[i].csv {
			c.manifests[i].csv = append(c.manifests[i].csv, maps.Clone(r))
		}
	}
	c.left = 0
	change(&c)
	return &c
}
