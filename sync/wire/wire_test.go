package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

func seal(t testing.TB, e shipment.Event, prev wire.Position, local *time.Location) (wire.Envelope, []byte, wire.Position) {
	t.Helper()
	env, raw, err := wire.Seal("desk-1", e, prev, wire.Clock{Local: local})
	if err != nil {
		t.Fatal(err)
	}
	return env, raw, wire.Position{Epoch: env.Epoch, Sequence: env.Sequence, Hash: wire.Hash(raw)}
}

// TestAChainIsSealedAsItEverWas holds the bytes of a short history. They must
// never change: stations in the field have hashed them.
func TestAChainIsSealedAsItEverWas(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	at := time.Date(2026, 11, 20, 17, 12, 0, 987_654_321, shanghai)
	prev := wire.Position{Epoch: 1, Hash: wire.Genesis}
	var got bytes.Buffer
	for i, fact := range []shipment.Fact{
		shipment.OrderAccepted{Order: shipment.Order{ID: "576461413038785752", ShipTo: shipment.Address{Name: "José <Pepe> & 山田", Country: "US"}, Items: []shipment.Item{{SKU: "A", Quantity: 2}}}, From: "one.json"},
		shipment.TrackingAssigned{Parcel: "576461413038785752-1", Carrier: "ups", TrackingNumber: "1Z999AA10123456784", Origin: "order"},
		shipment.LabelPrinted{Parcel: "576461413038785752-1", Job: "j", Label: 1, Of: 1, Printer: "left", Evidence: "E3", SHA256: wire.Genesis},
	} {
		e, err := shipment.NewEvent(at, "576461413038785752", fact)
		if err != nil {
			t.Fatal(err)
		}
		e.ID = "01934af2-0000-7000-8000-00000000000" + string(rune('1'+i))
		var raw []byte
		_, raw, prev = seal(t, e, prev, shanghai)
		got.Write(raw)
		got.WriteByte('\n')
	}
	got.WriteString(prev.Hash + "\n")
	golden := filepath.Join("testdata", "chain.golden")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHashIsSHA256(t *testing.T) {
	if got := wire.Hash([]byte("abc")); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(got)
	}
	if len(wire.Genesis) != 64 || strings.Trim(wire.Genesis, "0") != "" {
		t.Error(wire.Genesis)
	}
}

func TestTimestamp(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-20T09:12:00Z":             "2026-11-20T09:12:00.000Z",
		"2026-11-20T09:12:00.1239Z":        "2026-11-20T09:12:00.123Z",
		"2026-11-20T17:12:00.5+08:00":      "2026-11-20T09:12:00.500Z",
		"2026-12-31T23:59:59.999999-03:30": "2027-01-01T03:29:59.999Z",
		"2026-11-20 09:12:00Z":             "",
		"2026-11-20":                       "",
		"1763629920":                       "",
		"9999-12-31T23:59:59-01:00":        "", // year 10000 cannot be written
		"0000-01-01T00:00:00+01:00":        "", // nor can the year before 0
		"":                                 "",
	} {
		var ts wire.Timestamp
		err := ts.UnmarshalText([]byte(text))
		if (err != nil) != (want == "") {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if err != nil {
			continue
		}
		got, err := ts.MarshalText()
		if err != nil || string(got) != want {
			t.Errorf("%q: got %s %v, want %s", text, got, err, want)
		}
	}
}

func TestOffsetIsTheStations(t *testing.T) {
	for want, local := range map[string]*time.Location{
		"+00:00": time.UTC, "+02:00": time.FixedZone("CEST", 7200),
		"-03:30": time.FixedZone("NST", -12600), "+14:00": time.FixedZone("LINT", 14*3600),
	} {
		env, _, _ := seal(t, shipment.Event{ID: "e", Type: "x.done", Time: time.Unix(1_800_000_000, 0)}, wire.Position{Epoch: 1, Hash: wire.Genesis}, local)
		if env.TZOffset != want {
			t.Errorf("got %s, want %s", env.TZOffset, want)
		}
	}
}

func valid() wire.Envelope {
	return wire.Envelope{
		SpecVersion: "1.0", ID: "e", Source: "/stations/desk-1", Type: "waybill.label.printed.v1",
		Time: wire.Timestamp(time.Unix(1_800_000_000, 0)), Epoch: 1, Sequence: 1, PrevHash: wire.Genesis,
	}
}

func TestCheck(t *testing.T) {
	for says, change := range map[string]func(e *wire.Envelope){
		"":            func(*wire.Envelope) {},
		"specversion": func(e *wire.Envelope) { e.SpecVersion = "0.3" },
		"id":          func(e *wire.Envelope) { e.ID = "" },
		"source":      func(e *wire.Envelope) { e.Source = "/stations/" },
		"source ":     func(e *wire.Envelope) { e.Source = "desk-1" },
		"type":        func(e *wire.Envelope) { e.Type = "" },
		"epoch":       func(e *wire.Envelope) { e.Epoch = 0 },
		"sequence":    func(e *wire.Envelope) { e.Sequence = -1 },
		"time":        func(e *wire.Envelope) { e.Time = wire.Timestamp{} },
	} {
		e := valid()
		change(&e)
		err := e.Check()
		if (err == nil) != (says == "") || (err != nil && !strings.HasPrefix(err.Error(), strings.TrimSpace(says))) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}

func TestNames(t *testing.T) {
	e := valid()
	if e.Station() != "desk-1" || wire.Source("desk-1") != e.Source {
		t.Errorf("station %q", e.Station())
	}
	for typ, want := range map[string]shipment.EventType{
		"waybill.label.printed.v1": shipment.LabelPrintedType, "waybill.x.v1": "x",
		"waybill.label.printed.v2": "", "com.example.x.v1": "", "": "",
	} {
		e.Type = typ
		got, ok := e.EventType()
		if ok != (want != "") || (ok && got != want) {
			t.Errorf("%q: %q %v", typ, got, ok)
		}
	}
}

func TestPositionsAreOrdered(t *testing.T) {
	ps := []wire.Position{{}, {Epoch: 1}, {Epoch: 1, Sequence: 1}, {Epoch: 1, Sequence: 9}, {Epoch: 2}, {Epoch: 2, Sequence: 1}}
	for i, p := range ps {
		for k, q := range ps {
			if p.After(q) != (i > k) {
				t.Errorf("%+v after %+v: %v", p, q, p.After(q))
			}
		}
	}
}

// TestSealing holds that whatever is sealed is taken, says what the event said,
// and that no two events of a chain have the same hash.
func TestSealing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		prev := wire.Position{Epoch: rapid.Int64Range(1, 9).Draw(rt, "epoch"), Hash: wire.Genesis}
		seen := map[string]bool{prev.Hash: true}
		for i := range rapid.IntRange(1, 5).Draw(rt, "events") {
			data, err := json.Marshal(map[string]string{"text": rapid.String().Draw(rt, "text")})
			if err != nil {
				rt.Fatal(err)
			}
			e := shipment.Event{
				ID: rapid.StringN(1, 40, -1).Draw(rt, "id"), Type: "label.printed",
				Subject: shipment.OrderID(rapid.String().Draw(rt, "subject")),
				Time:    time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(rt, "ms")), Data: data,
			}
			env, raw, err := wire.Seal("desk-1", e, prev, wire.Clock{
				Local:  time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(rt, "offset")*60),
				BootID: rapid.StringMatching("[0-9a-f]{0,16}").Draw(rt, "boot"), Uptime: time.Duration(rapid.Int64Min(0).Draw(rt, "uptime")),
			})
			if err != nil {
				rt.Fatal(err)
			}
			var back wire.Envelope
			if err := json.Unmarshal(raw, &back); err != nil {
				rt.Fatal(err)
			}
			if back.Check() != nil || back.ID != env.ID || back.Monotonic != env.Monotonic || back.BootID != env.BootID || back.Subject != string(e.Subject) || !time.Time(back.Time).Equal(e.Time) ||
				back.PrevHash != prev.Hash || back.Sequence != int64(i+1) || back.Epoch != prev.Epoch || bytes.ContainsAny(raw, "\r\n") {
				rt.Fatalf("sealed %+v, read %+v from %s", env, back, raw)
			}
			prev = wire.Position{Epoch: env.Epoch, Sequence: env.Sequence, Hash: wire.Hash(raw)}
			if seen[prev.Hash] {
				rt.Fatalf("hash %s twice", prev.Hash)
			}
			seen[prev.Hash] = true
		}
	})
}

// FuzzEnvelope holds that an envelope that is taken can be written and read
// again, and is the same.
func FuzzEnvelope(f *testing.F) {
	_, raw, _ := seal(f, shipment.Event{ID: "e", Type: "x.done", Time: time.Unix(1_800_000_000, 0), Data: json.RawMessage(`{"a":[1,null,"<"]}`)},
		wire.Position{Epoch: 1, Hash: wire.Genesis}, time.UTC)
	f.Add(raw)
	f.Add([]byte(`{"specversion":"1.0","id":"e","source":"/stations/s","type":"t","time":"9999-12-31T23:59:59-14:00","epoch":1,"sequence":1}`))
	f.Add([]byte(`{"specversion":"1.0","ID":"\ud800","source":"/stations/s","type":"t","time":"2026-11-20T09:12:00,5Z","epoch":1,"sequence":1,"data":null,"x":{}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var env wire.Envelope
		if json.Unmarshal(b, &env) != nil || env.Check() != nil {
			return
		}
		once, err := json.Marshal(env)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", env, err)
		}
		var back wire.Envelope
		if err := json.Unmarshal(once, &back); err != nil {
			t.Fatalf("%s cannot be read: %v", once, err)
		}
		if err := back.Check(); err != nil {
			t.Fatalf("%s is not taken: %v", once, err)
		}
		twice, err := json.Marshal(back)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s becomes %s, %v", once, twice, err)
		}
	})
}
