package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/wire"
)

var sameTime = cmp.Comparer(func(a, b wire.Timestamp) bool { return time.Time(a).Equal(time.Time(b)) })

func TestReadEnvelope(t *testing.T) {
	const good = `{"specversion":"1.0","id":"e","source":"/stations/s","type":"t","time":"2026-11-20T09:12:00Z","epoch":1,"sequence":1}`
	with := func(member string) string { return strings.TrimSuffix(good, "}") + "," + member + "}" }
	for _, tt := range []struct{ name, raw, says string }{
		{"plain", good, ""},
		{"spaced", strings.NewReplacer(`,"`, " ,\n\t\"", `":`, "\" :\r ").Replace(good), ""},
		{"unknown members", with(`"future":[1,{"a":[]},-0.5e+3,"\u00e9"],"other":{}`), ""},
		{"null is absence", with(`"subject":null,"monotonic":null,"bootid":null`), ""},
		{"the count of a clock", with(`"monotonic":"12"`), ""},
		{"deep data", with(`"data":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999)), ""},
		{"deeper data", with(`"data":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), "nested"},
		{"a million brackets", with(`"data":` + strings.Repeat("[", 1_000_000)), "nested"},
		{"twice", with(`"id":"f"`), `member "id" stands there twice`},
		{"twice, written otherwise", with(`"\u0069d":"f"`), `member "id" stands there twice`},
		{"an unknown one twice", with(`"x":1,"x":1`), `member "x" stands there twice`},
		{"in capitals", with(`"ID":"f"`), "small letters"},
		{"folds to another", with(`"` + "\u017f" + `ubject":"f"`), "small letters"},
		{"many members", with(strings.TrimSuffix(func() string {
			var b strings.Builder
			for i := range 100 {
				fmt.Fprintf(&b, `"x%d":1,`, i)
			}
			return b.String()
		}(), ",")), "more than 64"},
		{"sequence 2^63", strings.Replace(good, `"sequence":1`, `"sequence":9223372036854775808`, 1), "sequence"},
		{"sequence 2^63-1", strings.Replace(good, `"sequence":1`, `"sequence":9223372036854775807`, 1), "no more than"},
		{"sequence as text", strings.Replace(good, `"sequence":1`, `"sequence":"1"`, 1), "whole number"},
		{"sequence as a fraction", strings.Replace(good, `"sequence":1`, `"sequence":1.0`, 1), "whole number"},
		{"id as a number", strings.Replace(good, `"e"`, `5`, 1), "want text"},
		{"NUL", with(`"subject":"a\u0000b"`), "NUL"},
		{"a long id", strings.Replace(good, `"e"`, `"`+strings.Repeat("e", 300)+`"`, 1), "longer"},
		{"bytes that are not UTF-8", strings.Replace(good, `"e"`, "\"\xff\"", 1), "UTF-8"},
		{"not an object", "[]", "'{'"},
		{"nothing", " ", "ends"},
		{"cut", good[:len(good)-4], "ends"},
		{"more behind it", good + "{}", "the end"},
		{"a comma too much", strings.Replace(good, `}`, `,}`, 1), "name"},
		{"half a word", with(`"x":nul`), "null"},
		{"a tab in a string", with("\"x\":\"\t\""), "control"},
		{"an escape that is none", with(`"x":"\x"`), "escape"},
		{"hex that is none", with("\"x\":\"\\u00\x10e\""), "hex"},
		{"a zero before digits", with(`"x":01`), "comma"},
		{"time", strings.Replace(good, `2026-11-20T`, `2026-11-20 `, 1), "RFC 3339"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env, err := wire.ReadEnvelope([]byte(tt.raw))
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Fatalf("error %v, want one of %q", err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want wire.Envelope
			if err := json.Unmarshal([]byte(tt.raw), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, env, sameTime); diff != "" {
				t.Errorf("(-encoding/json +ReadEnvelope):\n%s", diff)
			}
		})
	}
}

func TestSplitArray(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		want []string
		says string
	}{
		{" [ ] ", nil, ""},
		{`[{"a":[1]} , "x",3]`, []string{`{"a":[1]}`, `"x"`, `3`}, ""},
		{`[1,2,3,4]`, nil, wire.ErrTooMany.Error()},
		{`[1,2`, nil, "ends"},
		{`[1] 2`, nil, "the end"},
		{`[1,]`, nil, "value"},
		{`{}`, nil, "'['"},
	} {
		got, err := wire.SplitArray([]byte(tt.raw), 3)
		if (err == nil) != (tt.says == "") || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: error %v, want %q", tt.raw, err, tt.says)
		}
		var texts []string
		for _, e := range got {
			texts = append(texts, string(e))
		}
		if diff := cmp.Diff(tt.want, texts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.raw, diff)
		}
	}
}

// FuzzReadEnvelope holds that whatever is read, encoding/json reads in the same
// way, and that an array falls into the same elements.
func FuzzReadEnvelope(f *testing.F) {
	_, raw, _ := seal(f, shipment.Event{ID: "e", Type: "x.done", Time: time.Unix(1_800_000_000, 0), Data: json.RawMessage(`{"a":[1,null,"<"]}`)},
		wire.Position{Epoch: 1, Hash: wire.Genesis}, time.UTC)
	f.Add(raw)
	f.Add([]byte(`[{"id":"e"}, [1e5], "\ud800", -0.0, true]`))
	f.Add([]byte(`{"id":"\ud800","time":"2026-11-20T09:12:00.5+08:00","monotonic":"5","data":{"a":{}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if env, err := wire.ReadEnvelope(b); err == nil {
			var want wire.Envelope
			if err := json.Unmarshal(b, &want); err != nil && !strings.Contains(string(b), `"time":""`) {
				t.Fatalf("%s is read, and encoding/json says %v", b, err)
			} else if diff := cmp.Diff(want, env, sameTime); err == nil && diff != "" {
				t.Fatalf("%s (-encoding/json +ReadEnvelope):\n%s", b, diff)
			}
		}
		elements, err := wire.SplitArray(b, 1000)
		var want []json.RawMessage
		stdErr := json.Unmarshal(b, &want)
		if errors.Is(err, wire.ErrTooMany) || stdErr == nil && bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
			return
		}
		if (err == nil) != (stdErr == nil) || len(want) != len(elements) && err == nil {
			t.Fatalf("%s: %d elements, %v; encoding/json %d, %v", b, len(elements), err, len(want), stdErr)
		}
		for i := range elements {
			if !bytes.Equal(elements[i], want[i]) {
				t.Fatalf("element %d: %s, want %s", i, elements[i], want[i])
			}
		}
	})
}

func BenchmarkReadEnvelope(b *testing.B) {
	_, raw, _ := seal(b, shipment.Event{
		ID: "0193b6a0-7b1e-7c3a-9b1e-0193b6a07b1e", Type: "label.printed", Subject: "576461413038785752", Time: time.Unix(1_800_000_000, 0),
		Data: json.RawMessage(`{"parcel":"576461413038785752-1","job":"j1","label":1,"of":1,"printer":"zebra-1","evidence":"E3"}`),
	},
		wire.Position{Epoch: 1, Hash: wire.Genesis}, time.UTC)
	b.Run("strict", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := wire.ReadEnvelope(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			var env wire.Envelope
			if err := json.Unmarshal(raw, &env); err != nil {
				b.Fatal(err)
			}
		}
	})
}
