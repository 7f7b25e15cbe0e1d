package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// flipStep is the environment variable that says which bytes are flipped: each n-th.
// 1 is every byte, which takes its time.
const flipStep = "WAYBILL_TEST_FLIP"

// A byte of the file is flipped, one at a time. Whatever it is, nothing panics, the
// station starts or the error says why not, no event is passed as right that was not
// recorded like that, no sequence is used twice, and where nothing is said everything
// is there.
func TestAnyDamageIsSalvagedOrToldOrHarmless(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	var want []string
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range 40 {
			id := fmt.Sprintf("e%d", i)
			want = append(want, id)
			if err := errors.Join(tx.Append(event(id, "o")), tx.Put(orders, id, i, journal.Index{State: "open", Keys: []string{"key-" + id}})); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	recorded := map[string]bool{}
	for _, rec := range recs {
		recorded[string(rec.Raw)] = true
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	step := 499
	if n, err := strconv.Atoi(os.Getenv(flipStep)); err == nil && n > 0 {
		step = n
	}
	found := map[string]int{}
	for i := 0; i < len(whole); i += step {
		b := append([]byte(nil), whole...)
		b[i] ^= 0xff
		found[flipped(t, i, b, recorded, want)]++
	}
	t.Logf("%d bytes flipped one at a time: %v", (len(whole)+step-1)/step, found)
	if found["built anew"] == 0 || found["harmless"] == 0 {
		t.Error("the test has seen too little")
	}
}

// flipped opens a journal of these bytes and says what came of it.
func flipped(t *testing.T, at int, b []byte, recorded map[string]bool, want []string) string {
	t.Helper()
	o := options(t)
	write(t, o.Path, b)
	j, s, err := journal.OpenSalvaging(t.Context(), o)
	if err != nil {
		if !strings.Contains(err.Error(), o.Path) || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Permanent) && !fault.Is(err, fault.Conflict) {
			t.Errorf("byte %d: it does not start, and says no more than: %v", at, err)
		}
		if got, err := os.ReadFile(o.Path); err != nil || len(got) != len(b) {
			t.Errorf("byte %d: it does not start, and the file is gone: %v", at, err)
		}
		return "refused"
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Logf("byte %d: %v", at, err)
		}
	}()
	rep, err := j.Verify(t.Context())
	if err != nil || !rep.Whole {
		if s == nil {
			return "found by verify"
		}
	}
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			if s != nil && !recorded[string(rec.Raw)] {
				t.Errorf("byte %d: passed as right: %s", at, rec.Raw)
			}
			return nil
		})
	}); err != nil {
		return "found by reading"
	}
	if s == nil {
		got := everything(j, len(want))
		if len(got) == 1 && strings.Contains(got[0], journal.ErrGarbled.Error()) {
			return "found in a document" // which has no hash, and whose reader says so
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("byte %d: nothing was said (-want +got):\n%s", at, diff)
		}
		return "harmless"
	}
	missing := int64(0)
	for _, m := range s.Missing {
		missing += m.Count()
	}
	if s.Epoch < 2 || s.Last.Sequence+s.Last.Epoch > 1 && s.Events+missing < s.Last.Sequence {
		told, _ := json.Marshal(s)
		t.Errorf("byte %d: %s", at, told)
	}
	appendEvents(t, j, "next")
	if head, err := j.Head(t.Context()); err != nil || head.Epoch != s.Epoch || head.Sequence != 1 {
		t.Errorf("byte %d: the next event stands at %+v, %v", at, head, err)
	}
	return "built anew"
}
