package dockday_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A fact is what the judge reads of an event.
type fact struct {
	Type     string
	Subject  string
	PrevHash string
	Time     time.Time
	Data     struct {
		Parcel  string
		Parcels []string
		Missing []string
		Number  string `json:"tracking_number"`
		Carrier string
		Service string
		Weight  int `json:"weight_g"`
		Handoff string
		From    string
		Driver  string
		Head    string
		Cutoff  time.Time
		Count   int
	}
}

// An account is what the journal says of one parcel.
type account struct {
	number  string
	carrier string
	service string
	weight  int
	printed time.Time // for the first time
	labels  int       // told as on paper
	on      []string  // the pick-ups it is on
	undone  int       // how often it was taken back
	voided  bool
	claimed bool // by the docks
}

// waits reports whether its label is on paper and nobody has taken it.
func (a *account) waits() bool { return a.labels > 0 && !a.voided && len(a.on) == 0 }

// A ledger is what the journal says of everything.
type ledger struct {
	accounts map[string]*account
	closed   map[string]*pickup
	missed   map[string]fact     // the cut-offs that were missed, by carrier
	back     map[string][]string // what corrections have taken back from others, by the correction
}

// A pickup is what the journal says of one that is closed.
type pickup struct {
	fact

	weight int // of its parcels, one by one
}

func (l *ledger) of(id string) *account {
	if l.accounts[id] == nil {
		l.accounts[id] = &account{}
	}
	return l.accounts[id]
}

// judge returns what the books do not agree on.
func (b *books) judge() []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	b.chain(say)
	l := b.read(say)
	b.claims(l.accounts, say)
	for id, a := range l.accounts {
		if len(a.on) > 0 {
			b.left++
		}
		b.one(id, a, say)
	}
	b.drivers(l, say)
	b.dayByCarrier(l, say)
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

// read adds the events up.
func (b *books) read(say func(string, ...any)) *ledger {
	l := &ledger{map[string]*account{}, map[string]*pickup{}, map[string]fact{}, map[string][]string{}}
	for _, e := range b.journal {
		var f fact
		if json.Unmarshal(e.raw, &f) != nil {
			continue // told already
		}
		d := f.Data
		switch f.Type {
		case "waybill.tracking.assigned.v1":
			l.of(d.Parcel).number, l.of(d.Parcel).carrier = d.Number, d.Carrier
		case "waybill.label.printed.v1":
			if a := l.of(d.Parcel); a.labels == 0 {
				a.printed = f.Time
			}
			l.of(d.Parcel).labels++
		case "waybill.label.voided.v1":
			l.of(d.Parcel).voided = true
		case "waybill.parcel.handed_over.v1":
			a := l.of(d.Parcel)
			if a.voided || a.number != d.Number {
				say("%s was handed over with number %s; it has %s, voided %v", d.Parcel, d.Number, a.number, a.voided)
			}
			if l.closed[d.Handoff] != nil {
				say("%s went onto a pick-up that was closed", d.Parcel)
			}
			a.on, a.service, a.weight = append(a.on, d.Handoff), d.Service, d.Weight
		case "waybill.parcel.taken_back.v1":
			l.takenBack(f, say)
		case "waybill.handoff.closed.v1":
			l.close(f, say)
		case "waybill.cutoff.missed.v1":
			l.cutoff(f, say)
		}
	}
	return l
}

// takenBack takes a parcel off the pick-up that it is on.
func (l *ledger) takenBack(f fact, say func(string, ...any)) {
	d, from := f.Data, f.Data.Handoff
	if d.From != "" {
		from = d.From
	}
	if from != d.Handoff {
		l.back[d.Handoff] = append(l.back[d.Handoff], d.Parcel)
	}
	a := l.of(d.Parcel)
	a.undone++
	i := slices.Index(a.on, from)
	if i < 0 {
		say("%s was taken back from a pick-up that it is not on", d.Parcel)
		return
	}
	a.on = slices.Delete(a.on, i, i+1)
}

// claims holds the good beeps against the journal.
func (b *books) claims(accounts map[string]*account, say func(string, ...any)) {
	for _, p := range slices.Concat(b.kept, b.returned) {
		if a := accounts[p.id]; a == nil || a.undone == 0 || len(a.on) > 0 {
			say("%s was taken back with the good beep, and the journal does not have it", p)
		}
	}
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
