package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// aStationsDay writes a journal with two parcels, scans, a device and a clock
// that was set back, and returns its path. The journal stays open, as a
// station's does.
func aStationsDay(t *testing.T) (path string) {
	t.Helper()
	path, _ = anOpenDay(t)
	return path
}

// anOpenDay is aStationsDay with the journal.
func anOpenDay(t *testing.T) (path string, j *journal.Journal) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	up := time.Hour
	j, err := journal.Open(t.Context(), journal.Options{
		Path: path, Station: "bench-1", Location: time.FixedZone("", -8*3600),
		Now: func() time.Time { return at }, Uptime: func() journal.Uptime { return journal.Uptime{BootID: "b", Since: up} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	add := func(subject shipment.OrderID, set time.Duration, fact shipment.Fact) {
		t.Helper()
		at, up = at.Add(time.Minute+set), up+time.Minute
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			e, err := shipment.NewEvent(at, subject, fact)
			if err != nil {
				return err
			}
			return tx.Append(e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []struct {
		id     shipment.OrderID
		number shipment.TrackingNumber
	}{{"o1", "1Z999AA10123456784"}, {"o2", "1Z999AA10123456793"}} {
		add(o.id, 0, shipment.OrderAccepted{Order: shipment.Order{ID: o.id, Items: []shipment.Item{{SKU: "A", Quantity: 1}}}})
		add(o.id, 0, shipment.TrackingAssigned{Parcel: shipment.ParcelID(o.id + "-1"), Carrier: "ups", TrackingNumber: o.number})
		add(o.id, 0, shipment.LabelPrinted{Parcel: shipment.ParcelID(o.id + "-1"), Printer: "left", Evidence: "E3"})
	}
	add("", -2*time.Hour, shipment.DeviceChanged{Kind: "scanner", Name: "dock", State: "ready"})
	add("", 0, shipment.ScanRefused{ScanEvidence: shipment.ScanEvidence{Scanner: "dock", Raw: "hello", Code: "unknown", Message: "nothing we know", Operator: "A-7"}})
	add("o1", 0, shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: "1Z999AA10123456784", Carrier: "ups", Handoff: "h1"})
	add("", 0, shipment.HandoffClosed{Handoff: "h1", Carrier: "ups", Parcels: []shipment.ParcelID{"o1-1"}})
	return path, j
}

// TestJournalListFilters lists beside a journal that is open for writing.
func TestJournalListFilters(t *testing.T) {
	path := aStationsDay(t)
	for _, tt := range []struct {
		args string
		want string // the sequences
	}{
		{"", "1 2 3 4 5 6 7 8 9 10"},
		{"--order o2", "4 5 6"},
		{"--parcel o1-1", "2 3 9 10"},
		{"--parcel 1Z999AA10123456784", "2 3 9 10"},
		{"--parcel 1z999aa10123456784 --type label.printed", "3"},
		{"--device dock", "7 8"},
		{"--device left --limit 1", "6"},
		{"--operator A-7", "8"},
		{"--type label.printed --type scan.refused", "3 6 8"},
		{"--type waybill.label.printed.v1", "3 6"},
		{"--type handoff.merged", ""},
		{"--since 2026-11-20T09:04:00Z --until 2026-11-20T09:06:00Z", "4 5"},
		{"--until 2026-11-20T08:00:00Z", "7 8 9 10"}, // the clock was set back; the order is not the clock's
		{"--limit 2", "9 10"},
		{"--limit 0 --subject o1", "1 2 3 9"},
		{"--since 1h", ""},
	} {
		code, out, errOut := waybill(t, append([]string{"journal", "list", "--path", path}, strings.Fields(tt.args)...)...)
		var got []string
		for line := range strings.Lines(out) {
			var l journalLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			got = append(got, json.Number(strings.TrimSpace(string(mustJSON(t, l.Sequence)))).String())
		}
		if code != 0 || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: exit %d, %v, want %s: %s", tt.args, code, got, tt.want, errOut)
		}
	}
}

// TestJournalListFindsParcelsOfPickUps holds that a parcel is found in every list
// in which a pick-up's event has it, by its ID and by its number.
func TestJournalListFindsParcelsOfPickUps(t *testing.T) {
	path, j := anOpenDay(t) // with events 1 to 10
	ids := func(id shipment.ParcelID) []shipment.ParcelID { return []shipment.ParcelID{id} }
	numbers := map[shipment.ParcelID]shipment.TrackingNumber{"A-1": "1Z0000000000000001"}
	for _, fact := range []shipment.Fact{
		shipment.HandoffMerged{Handoff: "h2", Added: ids("A-1"), TrackingNumbers: numbers},
		shipment.HandoffMerged{Handoff: "h2", Twice: ids("B-1")},
		shipment.HandoffMerged{Handoff: "h2", Late: ids("C-1")},
		shipment.HandoffMerged{Handoff: "h2", Back: ids("D-1")},
		shipment.HandoffTakenOver{Handoff: "h2", Parcels: append(ids("A-1"), "E-1")},
		shipment.HandoffClosed{Handoff: "h2", Parcels: ids("B-1"), Missing: ids("F-1")},
	} {
		err := j.Update(t.Context(), func(tx *journal.Tx) error {
			e, err := shipment.NewEvent(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), "", fact)
			if err != nil {
				return err
			}
			return tx.Append(e)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for parcel, want := range map[string]string{
		"A-1": "11 15", "a-1": "11 15", "1z0000000000000001": "11 15", "B-1": "12 16", "C-1": "13", "D-1": "14", "E-1": "15", "F-1": "16", "G-1": "",
	} {
		code, out, errOut := waybill(t, "journal", "list", "--path", path, "--parcel", parcel)
		var got []string
		for line := range strings.Lines(out) {
			var l journalLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			got = append(got, strconv.FormatInt(l.Sequence, 10))
		}
		if code != 0 || strings.Join(got, " ") != want {
			t.Errorf("--parcel %s: exit %d, %v, want %s: %s", parcel, code, got, want, errOut)
		}
	}
}

// TestJournalFilterRefuses holds that a filter which cannot mean anything says
// so, instead of listing nothing.
func TestJournalFilterRefuses(t *testing.T) {
	path := aStationsDay(t)
	for args, says := range map[string]string{
		"list --since yesterday":                            "2026-11-20T14:30",
		"list --type lable.printed":                         "did you mean label.printed?",
		"list --type waybill.label.printed.v2":              "did you mean label.printed?",
		"list --type scan.refused --type parcel.handedover": `"parcel.handedover": there is no such type of event; did you mean parcel.handed_over?`,
		"list --type xyz":                                   "have order.accepted, ",
		"list --parked --type lable.printed":                "did you mean label.printed?",
		"export --type lable.printed":                       "did you mean label.printed?",
		"export --format epcis --type lable.printed":        "did you mean label.printed?",
		"list --since 2026-11-21 --until 2026-11-20":        "the later time goes to --until",
		"list --limit=-1":                                   "must not be negative",
	} {
		code, out, errOut := waybill(t, append([]string{"journal"}, append(strings.Fields(args), "--path", path)...)...)
		if code != 2 || !strings.Contains(errOut, says) || out != "" {
			t.Errorf("%s: exit %d: %s%s", args, code, out, errOut)
		}
	}
}

// TestJournalListParked holds that every filter holds for what the hubs refused.
func TestJournalListParked(t *testing.T) {
	path, j := anOpenDay(t)
	head, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	recs, err := j.After(t.Context(), wire.Position{}, 100, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var refused []wire.Result
	for _, i := range []int{1, 3, 6, 8, 9, 10} {
		refused = append(refused, wire.Result{ID: recs[i-1].ID, Reason: "no room"})
	}
	for hub, some := range map[string][]wire.Result{"a.example": refused, "b.example": refused[:1]} {
		if err := j.SetCursor(t.Context(), hub, head, some...); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"":                                        "1 1 3 6 8 9 10",
		"--limit 2":                               "9 10",
		"--limit 0":                               "1 1 3 6 8 9 10",
		"--type waybill.label.printed.v1":         "3 6",
		"--order o1":                              "1 1 3 9",
		"--parcel 1Z999AA10123456784":             "3 9 10",
		"--parcel o1-1 --type label.printed":      "3",
		"--device dock":                           "8",
		"--device left --order o2":                "6",
		"--operator A-7":                          "8",
		"--operator A-8":                          "",
		"--until 2026-11-20T08:00:00Z":            "8 9 10",
		"--since 2026-11-20T09:02:00Z":            "3 6",
		"--parcel o1-1 --limit 1":                 "10",
		"--since 1h":                              "",
		"--until 2026-11-20T09:01:30Z --order o1": "1 1 9",
	} {
		code, out, errOut := waybill(t, append([]string{"journal", "list", "--parked", "--path", path}, strings.Fields(args)...)...)
		var got []string
		for line := range strings.Lines(out) {
			var l parkedLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			got = append(got, strconv.FormatInt(l.Sequence, 10))
		}
		if code != 0 || strings.Join(got, " ") != want {
			t.Errorf("%s: exit %d, %v, want %s: %s", args, code, got, want, errOut)
		}
	}
	code, out, errOut := waybill(t, "journal", "list", "--parked", "--table", "--path", path, "--order", "o2")
	if code != 0 || !strings.Contains(out, "SEQUENCE  PARKED") || !strings.Contains(out, "a.example  label.printed  o2     no room") {
		t.Errorf("exit %d: %s%s", code, out, errOut)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJournalListTable(t *testing.T) {
	code, out, errOut := waybill(t, "journal", "list", "--path", aStationsDay(t), "--table")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, want := range []string{
		"SEQUENCE  TIME", "2026-11-20 01:01:00.000 -08:00  order.accepted", "o1-1 tracking_number=1Z999AA10123456784",
		"scanner=dock operator=A-7 code=unknown message=nothing we know", "set back 2h0m0s",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	if strings.Count(out, "set ") != 1 {
		t.Errorf("the clock was set once:\n%s", out)
	}
}

// TestJournalExportEPCIS holds what the command adds to the document: names by
// flag and by configuration, the filter, and words where nothing is configured.
func TestJournalExportEPCIS(t *testing.T) {
	path := aStationsDay(t)
	document := func(args ...string) (steps, errOut string, text string) {
		t.Helper()
		code, out, errOut := waybill(t, append([]string{"journal", "export", "--format", "epcis"}, args...)...)
		var d struct {
			Type      string
			EpcisBody struct {
				EventList []struct{ BizStep string }
			}
		}
		if err := json.Unmarshal([]byte(out), &d); code != 0 || err != nil || d.Type != "EPCISDocument" {
			t.Fatalf("exit %d, %v: %s%s", code, err, out, errOut)
		}
		for _, e := range d.EpcisBody.EventList {
			steps += e.BizStep + " "
		}
		return steps, errOut, out
	}
	steps, errOut, text := document("--path", path)
	if steps != "commissioning commissioning packing loading shipping " {
		t.Errorf("%s", steps)
	}
	if !strings.Contains(errOut, "epcis.base_uri") || !strings.Contains(text, "https://waybill.invalid/obj/ups.1Z999AA10123456784") {
		t.Errorf("%s%s", errOut, text)
	}
	if steps, _, _ := document("--path", path, "--order", "o2"); steps != "commissioning " {
		t.Errorf("of o2: %s", steps)
	}
	// What came before the first event told is known all the same.
	if steps, _, text := document("--path", path, "--type", "handoff.closed"); steps != "shipping " || !strings.Contains(text, "ups.1Z999AA10123456784") {
		t.Errorf("of the pick-up: %s\n%s", steps, text)
	}
	dir := filepath.Dir(path)
	config := filepath.Join(dir, "station.yaml")
	if err := os.WriteFile(config, []byte("data: .\nepcis:\n  base_uri: https://example.com/wb\n  read_point: \"0614141000012\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errOut, text = document("--config", config)
	if errOut != "" || !strings.Contains(text, "https://example.com/wb/obj/ups.1Z999AA10123456784") || !strings.Contains(text, "https://id.gs1.org/414/0614141000012") {
		t.Errorf("%s%s", errOut, text)
	}
	if code, _, errOut := waybill(t, "journal", "export", "--format", "epcis", "--path", path, "--read-point", "123"); code != 2 || !strings.Contains(errOut, "13 digits") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// TestJournalDamage holds that a file that is no journal, or not any more, is
// told in words that a person can act on.
func TestJournalDamage(t *testing.T) {
	path := aStationsDay(t)
	dir := t.TempDir()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		bytes []byte
		code  int
		says  string
	}{
		{"nothing of ours", []byte("order,name\n1,Ada\n"), 1, "damaged"},
		{"empty", nil, 2, "nothing in it"},
		{"zeros", make([]byte, 8192), 1, "damaged"},
		{"a copy without its -wal file", whole, 2, "-wal"},
	} {
		file := filepath.Join(dir, tt.name)
		if err := os.WriteFile(file, tt.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := waybill(t, "journal", "list", "--path", file)
		if code != tt.code || out != "" || !strings.Contains(errOut, tt.says) {
			t.Errorf("%s: exit %d: %s%s", tt.name, code, out, errOut)
		}
	}
	if code, _, errOut := waybill(t, "journal", "list", "--path", filepath.Join(dir, "none")); code != 2 || !strings.Contains(errOut, "started once") {
		t.Errorf("no file: exit %d: %s", code, errOut)
	}
}
