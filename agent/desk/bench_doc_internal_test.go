package desk

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"waybill/scanner"
)

// What is remembered of a bench's document is what the document says, and nothing is
// where it is another one by a single byte.
func TestABenchIsNotDecodedTwice(t *testing.T) {
	t.Parallel()
	now := time.Now() // with the clock of this process, which no document has
	b := BenchState{
		Name: "one", Order: "A", Operator: "B-1", Since: now, Seen: now,
		Told: Told{scanner.Warn, "in_hand", "Order <A> is in hand.", now}, Claim: Claim{Weighing: "w", Spent: true},
		lapsed: hand{Operator: "B-2"},
	}
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var ds benchDocs
	ds.keep(raw, b)
	var got BenchState
	if !ds.read("one", raw, &got) {
		t.Fatal("it is not known")
	}
	if says, err := json.Marshal(got); err != nil || string(says) != string(raw) || got.lapsed != (hand{}) || strings.Contains(got.Seen.String(), "m=") {
		t.Errorf("read %+v, error %v, want %s", got, err, raw)
	}
	other := append(raw[:len(raw)-1:len(raw)-1], ' ')
	if ds.read("one", other, &got) || ds.read("two", raw, &got) {
		t.Error("another document is taken for it")
	}
}
