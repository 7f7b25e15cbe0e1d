package wire

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestEncodeIsMarshal holds our own encoder to the general one, byte for byte: the
// bytes are what the chain of hashes is over.
func TestEncodeIsMarshal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[ -~]{0,12}`), rapid.String(), rapid.SampledFrom([]string{
			"", "a\"b", `c\d`, "<e>", "f&g", "\u2028", "\u2013", "\x7f", "\x00", "\xff", "José 山田",
		}))
		env := Envelope{
			SpecVersion: "1.0", ID: text.Draw(t, "id"), Source: Source("desk-1"), Type: text.Draw(t, "type"), Subject: text.Draw(t, "subject"),
			Time:            Timestamp(time.UnixMilli(rapid.Int64Range(-1<<47, 1<<47).Draw(t, "time"))),
			DataContentType: text.Draw(t, "content type"),
			Epoch:           rapid.Int64().Draw(t, "epoch"), Sequence: rapid.Int64().Draw(t, "sequence"),
			PrevHash: Genesis, TZOffset: text.Draw(t, "offset"),
			Monotonic: rapid.Int64().Draw(t, "monotonic"), BootID: text.Draw(t, "boot"),
			Purged: rapid.SampledFrom([]string{"", "", Genesis}).Draw(t, "purged"),
		}
		switch rapid.IntRange(0, 3).Draw(t, "kind of data") {
		case 1:
			env.Data, _ = json.Marshal(map[string]string{text.Draw(t, "name"): text.Draw(t, "value")})
		case 2:
			env.Data, _ = json.MarshalIndent(map[string]any{"a": text.Draw(t, "value"), "n": []int{1, 2}}, " ", "\t")
		case 3:
			env.Data = json.RawMessage(text.Draw(t, "anything"))
		}
		want, wantErr := json.Marshal(env)
		got, err := env.encode()
		if diff := cmp.Diff(string(want), string(got)); diff != "" || (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, want %v (-want +got):\n%s", err, wantErr, diff)
		}
	})
}

// FuzzCompact holds what is taken as it is to what the general encoder makes of it.
func FuzzCompact(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":[true,false,null,-0.5e+3,"x\n"]}`, `{}`, `[]`, `""`, `0`, `-0`, `01`, `1.`, `1e`, `{"a":}`, `{"a"}`, `[1,]`, `[,1]`, `{"a":1,}`, `{,}`,
		` 1`, `1 `, `"\u0041"`, `"<"`, "\"\u2028\"", `"é–"`, `tru`, `nulll`, `[[[[[[[[[[1]]]]]]]]]]`, `"\`, `"`, `{"a":1}}`, "\"\x7f\"", "\"\xff\"",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !compact(data) {
			return
		}
		if want, err := json.Marshal(json.RawMessage(data)); err != nil || string(want) != string(data) {
			t.Errorf("%q is taken as it is; the general encoder: %q, %v", data, want, err)
		}
	})
}

// TestCompactIsCommon holds that what events have is taken as it is: otherwise the
// general encoder does all the work.
func TestCompactIsCommon(t *testing.T) {
	for _, s := range []string{
		`{"parcel":"576461413038785752-1","job":"0193-4af2","label":1,"of":1,"printer":"left","evidence":"E3"}`,
		`{"name":"José 山田","lines":["a\\b","\"c\""],"weight_kg":-1.25e-3,"none":null,"yes":true,"no":false,"empty":{},"list":[[],0,10]}`,
	} {
		if !json.Valid([]byte(s)) {
			t.Errorf("%s is no JSON", s)
		}
		if !compact([]byte(s)) {
			t.Errorf("%s is left to the general encoder", s)
		}
	}
}

// BenchmarkEncode holds it against the general one.
func BenchmarkEncode(b *testing.B) {
	env := Envelope{
		SpecVersion: "1.0", ID: "01934af2-0000-7000-8000-000000000001", Source: Source("desk-1"), Type: "waybill.label.printed.v1", Subject: "576461413038785752",
		Time: Timestamp(time.UnixMilli(1763629920123)), DataContentType: "application/json", Epoch: 1, Sequence: 123456, PrevHash: Genesis, TZOffset: "+01:00",
		Monotonic: 123456789012345, BootID: "0123456789abcdef",
		Data: json.RawMessage(`{"parcel":"576461413038785752-1","job":"0193-4af2","label":1,"of":1,"printer":"left","evidence":"E3"}`),
	}
	for name, f := range map[string]func() ([]byte, error){"own": env.encode, "general": func() ([]byte, error) { return json.Marshal(env) }} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
