package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestColumns holds that rows come out column by column as they went in row by
// row, and that a row of other kinds than the first is not passed over.
func TestColumns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.String(), 1, 9).Draw(t, "ids")
		var values []any
		var ns []int64
		var bs []bool
		var raws [][]byte
		for i, id := range ids {
			ns, bs, raws = append(ns, int64(i)), append(bs, i%2 == 0), append(raws, []byte(id))
			values = append(values, id, ns[i], bs[i], raws[i])
		}
		columns, types, err := columnsOf(values, 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{ids, ns, bs, raws}, columns); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if want := "?1::text[], ?2::bigint[], ?3::boolean[], ?4::bytea[]"; types != want {
			t.Errorf("types are %s, want %s", types, want)
		}
	})
	if text, err := copyText([]any{"a", int64(1), "b", 2}, 2); err == nil {
		t.Errorf("an int was copied as %q", text)
	}
	if columns, _, err := columnsOf([]any{"a", int64(1), "b", 2}, 2); err == nil {
		t.Errorf("an int among int64 became %v", columns)
	}
}

// TestPortions holds that every row is in one statement, of a size that is
// prepared.
func TestPortions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "rows")
		r := bulk{table: "numbers (number, order_id)", width: 2}
		for i := range n {
			r.add("N", string(rune('a'+i)))
		}
		var got []any
		sizes := map[int]bool{}
		err := r.each(&batch{store: &Store{}}, func(from, to int, _ string, args []any) error {
			sizes[to-from] = true
			got = append(got, args...)
			return nil
		})
		if diff := cmp.Diff(r.values, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		for size := range sizes {
			if size != 50 && size != 10 && size != 1 {
				t.Errorf("a statement of %d rows", size)
			}
		}
	})
}
