package dockday_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

// spoil changes the books of a good day in every way that they can be wrong, and
// holds that the judge sees it.
func (b *books) spoil(t *testing.T) {
	t.Helper()
	last := b.scanned[len(b.scanned)-1]
	for name, change := range map[string]func(b *books){
		"an event is missing at the hub":      func(b *books) { b.hub = b.hub[:len(b.hub)-1] },
		"an event is another one at the hub":  func(b *books) { b.hub[7].raw = bytes.Replace(b.hub[7].raw, []byte("a"), []byte("b"), 1) },
		"the hub has set an event aside":      func(b *books) { b.quarantined = 1 },
		"an event is missing in the journal":  func(b *books) { b.journal = slices.Delete(b.journal, 5, 6) },
		"an event was changed":                func(b *books) { b.journal[9].raw = append([]byte(" "), b.journal[9].raw...) },
		"a good beep was not true":            func(b *books) { b.scanned = append(b.scanned, parcel{id: "DAY-000001-1", number: "1Z"}) },
		"a parcel had the good beep twice":    func(b *books) { b.scanned = append(b.scanned, last) },
		"a parcel left without the good beep": func(b *books) { b.scanned = b.scanned[:len(b.scanned)-1] },
		"a parcel is not on its manifest":     func(b *books) { b.manifests[0].csv = b.manifests[0].csv[1:] },
		"a parcel is on a manifest twice":     func(b *books) { b.manifests[0].csv = append(b.manifests[0].csv, b.manifests[0].csv[0]) },
		"a parcel is on another's manifest":   func(b *books) { b.manifests[0].csv = append(b.manifests[0].csv, b.manifests[1].csv[0]) },
		"a manifest is missing":               func(b *books) { b.manifests = b.manifests[1:] },
		"a label is on no paper":              func(b *books) { b.paper[last.id] = 0 },
		"a label is on paper twice":           func(b *books) { b.paper[last.id]++ },
		"the hub does not know that it left":  func(b *books) { b.stories[last.number] = "label_created" },
		"printing is not sound":               func(b *books) { b.printing = []string{"a label is missing"} },
	} {
		if spoilt := b.with(change); len(spoilt.judge()) == 0 {
			t.Errorf("%s: the judge does not see it", name)
		}
	}
	if b.manifests[0].pdf == "" {
		return // told before
	}
	for name, change := range map[string]func(b *books){
		"a line is missing in a PDF": func(b *books) {
			m := &b.manifests[0]
			lines := strings.Split(m.pdf, "\n")
			m.pdf = strings.Join(slices.DeleteFunc(lines, func(l string) bool { return squeezed(l).with(m.csv[0]) > 0 }), "\n")
		},
		"another's parcel is on a PDF": func(b *books) { b.manifests[0].pdf += "\n" + b.manifests[1].csv[0] },
	} {
		if spoilt := b.with(change); len(spoilt.judge()) == 0 {
			t.Errorf("%s: the judge does not see it", name)
		}
	}
}

// with returns a copy of the books, changed.
func (b *books) with(change func(*books)) *books {
	c := *b
	c.scanned, c.journal, c.hub = slices.Clone(b.scanned), slices.Clone(b.journal), slices.Clone(b.hub)
	c.manifests, c.stories, c.paper = slices.Clone(b.manifests), maps.Clone(b.stories), maps.Clone(b.paper)
	for i := range c.manifests {
		c.manifests[i].csv = slices.Clone(c.manifests[i].csv)
	}
	c.left = 0
	change(&c)
	return &c
}
