package syncfaults_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sound returns the books of a station at which all went well.
func sound() books {
	b := books{station: "sound"}
	prev := strings.Repeat("0", 2*sha256.Size)
	for i := range 5 {
		e := event{epoch: 1, sequence: int64(i + 1), id: fmt.Sprint("id-", i), digest: sha256.Sum256([]byte{byte(i)}), prev: prev, scan: fmt.Sprint("scan-", i)}
		prev = hex.EncodeToString(e.digest[:])
		b.journal = append(b.journal, e)
		b.acked = append(b.acked, e.scan)
	}
	b.hub = slices.Clone(b.journal)
	return b
}

// TestJudge holds that the judge objects to each way in which books are wrong,
// and to none that are right.
func TestJudge(t *testing.T) {
	if broken := sound().judge(); len(broken) > 0 {
		t.Errorf("sound books are accused: %q", broken)
	}
	for want, spoil := range map[string]func(b *books){
		"scan-2 was acknowledged, and the journal has it 0 times": func(b *books) { b.journal[2].scan = "" },
		"scan-2 was acknowledged, and the journal has it 2 times": func(b *books) { b.journal[3].scan = "scan-2" },
		"event 1/5, id-4, is not at the hub":                      func(b *books) { b.hub = b.hub[:4] },
		"event 1/3, id-2, is at the hub 2 times":                  func(b *books) { b.hub = slices.Insert(b.hub, 3, b.hub[2]) },
		"the hub's event 1/6, id-5, is in no journal": func(b *books) {
			b.hub = append(b.hub, event{epoch: 1, sequence: 6, id: "id-5", digest: sha256.Sum256([]byte("invented"))})
		},
		"the journal's event 1/4, id-3, stands where 1/3 is due":        func(b *books) { b.journal = slices.Delete(b.journal, 2, 3) },
		"the hub's event 1/3, id-2, does not follow the one before it":  func(b *books) { b.hub[1].digest = sha256.Sum256([]byte("changed")) },
		"the journal's event 1/2 has the identifier of another, id-0":   func(b *books) { b.journal[1].id = "id-0" },
		"the hub's event 1/3, id-2, stands where 1/2 is due":            func(b *books) { b.hub[1], b.hub[2] = b.hub[2], b.hub[1] },
		"the hub's event 2/2, id-4, stands where 2/1 is due":            func(b *books) { b.hub[4].epoch, b.hub[4].sequence = 2, 2 },
		"the journal's event 1/1, id-0, does not follow the one before": func(b *books) { b.journal[0].prev = "" },
	} {
		b := sound()
		spoil(&b)
		if broken := strings.Join(b.judge(), "\n"); !strings.Contains(broken, want) {
			t.Errorf("wrong books pass: want %q, got %q", want, broken)
		}
	}
}
