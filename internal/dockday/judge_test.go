package dockday_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A fact is what the judge reads of an event.
type fact struct {
	Type     string
	Subject  string
	PrevHash string
	Data     struct {
		Parcel  string
		Parcels []string
		Number  string `json:"tracking_number"`
		Handoff string
		From    string
	}
}

// An account is what the journal says of one parcel.
type account struct {
	number  string
	labels  int      // told as on paper
	on      []string // the pick-ups it is on
	voided  bool
	claimed bool // by the docks
}

// judge returns what the books do not agree on.
func (b *books) judge() []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	b.chain(say)
	accounts, closed := b.read(say)
	b.claims(accounts, say)
	numbers := map[string]string{} // of parcels that left, to the pick-up
	for id, a := range accounts {
		if len(a.on) > 0 {
			b.left++
			numbers[a.number] = a.on[0]
		}
		b.one(id, a, say)
	}
	b.drivers(numbers, closed, accounts, say)
	wrong = append(wrong, b.printing...)
	slices.Sort(wrong)
	return wrong
}

// chain holds that the journal is whole and that the hub has it byte for byte.
func (b *books) chain(say func(string, ...any)) {
	prev, epoch := strings.Repeat("0", 64), int64(1)
	for i, e := range b.journal {
		var f fact
		if err := json.Unmarshal(e.raw, &f); err != nil {
			say("journal %d/%d: %v", e.epoch, e.sequence, err)
		}
		sum := sha256.Sum256(e.raw)
		hash := hex.EncodeToString(sum[:])
		if e.epoch != epoch || e.sequence != int64(i+1) || f.PrevHash != prev || e.hash != hash {
			say("journal %d/%d is not the next link", e.epoch, e.sequence)
		}
		prev = hash
	}
	if len(b.hub) != len(b.journal) || b.quarantined > 0 {
		say("the journal has %d events, the hub %d, and %d set aside", len(b.journal), len(b.hub), b.quarantined)
	}
	for i := range min(len(b.hub), len(b.journal)) {
		if !bytes.Equal(b.hub[i].raw, b.journal[i].raw) {
			say("event %d/%d is another one at the hub", b.journal[i].epoch, b.journal[i].sequence)
		}
	}
}

// read adds the events up, and returns what each closed pick-up says of itself.
func (b *books) read(say func(string, ...any)) (map[string]*account, map[string][]string) {
	accounts, closed := map[string]*account{}, map[string][]string{}
	of := func(id string) *account {
		if accounts[id] == nil {
			accounts[id] = &account{}
		}
		return accounts[id]
	}
	for _, e := range b.journal {
		var f fact
		if json.Unmarshal(e.raw, &f) != nil {
			continue // told already
		}
		d := f.Data
		switch f.Type {
		case "waybill.tracking.assigned.v1":
			of(d.Parcel).number = d.Number
		case "waybill.label.printed.v1":
			of(d.Parcel).labels++
		case "waybill.label.voided.v1":
			of(d.Parcel).voided = true
		case "waybill.parcel.handed_over.v1":
			a := of(d.Parcel)
			if a.voided || a.number != d.Number {
				say("%s was handed over with number %s; it has %s, voided %v", d.Parcel, d.Number, a.number, a.voided)
			}
			if closed[d.Handoff] != nil {
				say("%s went onto a pick-up that was closed", d.Parcel)
			}
			a.on = append(a.on, d.Handoff)
		case "waybill.parcel.taken_back.v1":
			from := d.Handoff
			if d.From != "" {
				from = d.From
			}
			a := of(d.Parcel)
			if i := slices.Index(a.on, from); i >= 0 {
				a.on = slices.Delete(a.on, i, i+1)
			}
		case "waybill.handoff.closed.v1":
			closed[d.Handoff] = append([]string{}, d.Parcels...)
		}
	}
	return accounts, closed
}

// claims holds the good beeps against the journal.
func (b *books) claims(accounts map[string]*account, say func(string, ...any)) {
	for _, p := range b.scanned {
		a := accounts[p.id]
		switch {
		case a == nil || len(a.on) == 0:
			say("%s had the good beep, and the journal does not have it", p)
		case a.claimed:
			say("%s had the good beep twice", p)
		case a.number != p.number:
			say("%s has number %s in the journal", p, a.number)
		}
		if a != nil {
			a.claimed = true
		}
	}
}

// one holds one parcel's account against paper and hub.
func (b *books) one(id string, a *account, say func(string, ...any)) {
	switch {
	case len(a.on) > 1:
		say("%s is on %d pick-ups", id, len(a.on))
	case len(a.on) == 1 && !a.claimed:
		say("%s has left by the journal, and nobody heard the good beep", id)
	case len(a.on) == 1 && b.paper[id] == 0:
		say("%s has left, and its label is on no paper", id)
	}
	if a.labels != b.paper[id] {
		say("%s: the journal tells of %d labels, %d are on paper", id, a.labels, b.paper[id])
	}
	story, asked := b.stories[a.number]
	if gone := story == "handed_over"; asked && gone != (len(a.on) == 1) {
		say("%s is %s at the hub, and on %d pick-ups in the journal", id, story, len(a.on))
	}
	if len(a.on) == 1 && !asked {
		say("%s has left, and the hub was not asked", id)
	}
}

// drivers holds the manifests against the journal: the paper and the file have
// each parcel of their pick-up once, and no other.
func (b *books) drivers(numbers map[string]string, closed map[string][]string, accounts map[string]*account, say func(string, ...any)) {
	listed := map[string]bool{}
	for _, m := range b.manifests {
		if len(closed[m.handoff]) != len(m.csv) {
			say("%s's pick-up was closed with %d parcels, its CSV has %d", m.carrier, len(closed[m.handoff]), len(m.csv))
		}
		for _, id := range closed[m.handoff] {
			if a := accounts[id]; a == nil || !slices.Contains(m.csv, a.number) {
				say("%s is on %s's closed pick-up and not in its CSV", id, m.carrier)
			}
		}
		lines := squeezed(m.pdf)
		for _, n := range m.csv {
			if listed[n] {
				say("%s is on two manifests, or twice on one", n)
			}
			listed[n] = true
			if numbers[n] != m.handoff {
				say("%s is on %s's manifest, and by the journal on pick-up %q", n, m.carrier, numbers[n])
			}
			if at := lines.with(n); m.pdf != "" && at != 1 {
				say("%s stands on %d lines of %s's PDF manifest", n, at, m.carrier)
			}
		}
		for n, handoff := range numbers {
			if handoff != m.handoff && lines.with(n) > 0 {
				say("%s is not on %s's pick-up, and stands on its PDF manifest", n, m.carrier)
			}
		}
	}
	for n, handoff := range numbers {
		if !listed[n] {
			say("%s is on pick-up %s and on no manifest", n, handoff)
		}
	}
}

// A page is the lines of a text without their spaces: numbers are printed in
// groups.
type page []string

func squeezed(text string) page {
	var lines page
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), ""))
	}
	return lines
}

// with counts the lines that have a number.
func (p page) with(number string) (n int) {
	for _, line := range p {
		if strings.Contains(line, number) {
			n++
		}
	}
	return n
}

func (b *books) figures() string {
	return fmt.Sprintf("journal %d events, hub %d; %d parcels left, on %d manifests; labels: %s", len(b.journal), len(b.hub), b.left, len(b.manifests), b.printed)
}
