package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/page"
	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/printer"
	"waybill/shipment"
)

func (s *server) page(w http.ResponseWriter, r *http.Request) { s.render(w, r, page.Render) }
func (s *server) live(w http.ResponseWriter, r *http.Request) { s.render(w, r, page.RenderLive) }

func (s *server) render(w http.ResponseWriter, r *http.Request, draw func(io.Writer, page.View) error) {
	o, err := s.Desk.Overview(r.Context(), page.MaxQueue)
	var body bytes.Buffer
	var b desk.BenchView
	if err == nil && s.Desk.Packs() {
		if b, err = s.Desk.Bench(r.Context(), r.URL.Query().Get("bench")); fault.Is(err, fault.NotFound) {
			guard.Problem(w, http.StatusNotFound, err.Error())
			return
		}
		if len(s.Desk.Benches()) > 1 { // what is said at another bench is not for this one
			o.Told = b.Notice()
		}
	}
	var v page.View
	if err == nil {
		v = s.view(o)
		if s.Desk.Packs() {
			v.Bench = s.bench(b)
		}
	}
	if err == nil {
		err = draw(&body, v)
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "packer's page could not be drawn", "err", err)
		guard.Problem(w, http.StatusInternalServerError, "The page could not be drawn: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(body.Bytes())
}

func (s *server) view(o desk.Overview) page.View {
	v := page.View{Station: string(s.Station), HotFolder: s.HotFolder, Now: o.Now, Band: band(o)}
	for _, st := range o.Orders {
		stage, kind := stageWords(st)
		v.Queue = append(v.Queue, page.Row{
			Order: string(st.Order.ID), Name: st.Order.ShipTo.Name, Carrier: s.carrierName(st.Carrier),
			Stage: stage, StageKind: kind, Since: st.Since.In(o.Now.Location()), ShipBy: st.Order.ShipBy.In(o.Now.Location()),
		})
	}
	if st, ok := current(o); ok {
		v.Current = s.parcel(st, o)
	}
	v.Attention = troubles(o.Attention)
	v.Attention = append(v.Attention, pausedTroubles(o.Holds)...)
	v.Attention = append(v.Attention, awayTroubles(o.Flights, o.Devices)...)
	for _, j := range o.Raw {
		v.Attention = append(v.Attention, rawTrouble(j))
	}
	for _, r := range o.Refusals {
		v.Attention = append(v.Attention, page.Trouble{
			ID: fmt.Sprintf("file-%s-%d", r.From, r.Line), Kind: page.Check, Title: "File refused", File: r.From,
			Why: "Nothing was printed.", Todo: "Mend the file in failed/ and drop it again.", When: r.At, Fields: fields(r.Problems),
		})
	}
	for _, d := range o.Devices {
		v.Devices = append(v.Devices, page.Device{
			Kind: d.Kind, Name: d.Name, State: page.State(d.State), Words: d.Words, Todo: d.Todo, Since: d.Since.In(o.Now.Location()), Detail: d.Detail,
			Picture: picture(d),
		})
		if d.Other.Device() != "" {
			v.Attention = append([]page.Trouble{otherMachine(d)}, v.Attention...)
		}
		if d.OtherScanner.Key() != "" {
			v.Attention = append([]page.Trouble{otherScanner(d)}, v.Attention...)
		}
	}
	count := func(t shipment.EventType) int { return o.Tally[string(t)] }
	v.Counts = page.Counts{
		Taken: count(shipment.OrderAcceptedType), Printed: count(shipment.LabelPrintedType), Scanned: count(shipment.ParcelScannedType),
		HandedOver: count(shipment.ParcelHandedOverType), Refused: count(shipment.OrderRejectedType),
		Waiting: o.Stages[agent.ToPack] + o.Stages[agent.Labelling] + o.Stages[agent.Printing] + o.Stages[agent.Held],
	}
	for _, h := range o.Open {
		v.Handoffs = append(v.Handoffs, page.Handoff{Carrier: s.carrierName(h.Carrier), Scanned: h.Count, Since: h.Opened.In(o.Now.Location())})
	}
	return v
}

// picture returns the name of the picture for what a device reports: its words
// are those of one of the conditions.
func picture(d desk.Device) string {
	for _, c := range d.Conditions {
		if words, _ := printer.Condition(c).Words(); words == d.Words {
			return c
		}
	}
	return ""
}

// otherMachine asks whether a machine that answers in place of another is used.
func otherMachine(d desk.Device) page.Trouble {
	why := d.Detail
	if !strings.Contains(why, d.Other.Words()) {
		why = "It says that it is " + d.Other.Words() + ". " + why
	}
	return page.Trouble{
		ID: "machine-" + d.Name, Kind: page.Stop, Title: "Is this another printer for " + d.Name + "?", When: d.Since,
		Why: why, Todo: "Put the right printer back, or use this one from now on.",
		UseURL: "/printers/" + url.PathEscape(d.Name) + "/use", Machine: d.Other.Device(),
	}
}

// otherScanner asks whether a scanner that answers in place of another is used.
func otherScanner(d desk.Device) page.Trouble {
	return page.Trouble{
		ID: "scanner-" + d.Name, Kind: page.Stop, Title: "Is this another scanner for " + d.Name + "?", When: d.Since,
		Why:    strings.ToUpper(d.Detail[:1]) + d.Detail[1:] + ". Its scans do not count.",
		Todo:   "Put the right scanner back, or use this one from now on.",
		UseURL: "/scanners/" + url.PathEscape(d.Name) + "/use", Machine: d.OtherScanner.Key(), UseWord: "scanner",
	}
}

// current returns the order in hand: the one the packer was told of last, else
// the latest.
func current(o desk.Overview) (agent.State, bool) {
	for _, st := range o.Orders {
		if string(st.Order.ID) == o.Told.Order {
			return st, true
		}
	}
	if len(o.Orders) == 0 {
		return agent.State{}, false
	}
	return o.Orders[0], true
}

func band(o desk.Overview) page.Band {
	for _, d := range o.Devices {
		if d.Kind == "printer" && (d.State == "blocked" || d.State == "away") {
			return page.Band{
				Kind: page.Stop, Word: d.Words, Line: "Printer " + d.Name + ": " + d.Words + ". Labels wait; nothing is lost.", Todo: d.Todo, At: d.Since,
				Picture: picture(d),
			}
		}
	}
	if b, waits := labelToTake(o); waits && (o.Told.Tone == desk.Good || o.Told.Tone == desk.Quiet) {
		return b
	}
	b := page.Band{Word: o.Told.Word, Line: o.Told.Message, At: o.Told.At}
	switch o.Told.Tone {
	case desk.Good:
		b.Kind = page.OK
	case desk.Warn:
		b.Kind = page.Check
	case desk.Bad:
		b.Kind = page.Stop
	case desk.Quiet:
		b.Kind, b.Line = page.Ready, "Drop an order, or scan a label."
	}
	return b
}

// labelToTake returns the band of a printer that waits for its label to be taken,
// which is no fault and yet what the packer's hand has to do next.
func labelToTake(o desk.Overview) (page.Band, bool) {
	for _, d := range o.Devices {
		if d.State == "busy" && picture(d) == string(printer.LabelWaiting) {
			return page.Band{
				Kind: page.Working, Word: d.Words, Line: "Printer " + d.Name + " holds a label out.", Todo: d.Todo, At: d.Since, Picture: picture(d),
			}, true
		}
	}
	return page.Band{}, false
}

var stages = map[agent.Stage]struct {
	word string
	kind page.Kind
}{
	agent.Refused:     {"Refused", page.Stop},
	agent.Held:        {"Held", page.Check},
	agent.ToPack:      {"To pack", page.Waiting},
	agent.Labelling:   {"Making label", page.Working},
	agent.Printing:    {"Printing", page.Working},
	agent.Unconfirmed: {"Label?", page.Stop},
	agent.Unprinted:   {"Not printed", page.Stop},
	agent.Printed:     {"Printed", page.OK},
	agent.Checked:     {"Checked", page.OK},
	agent.HandedOver:  {"Handed over", page.OK},
	agent.Voided:      {"Voided", page.Check},
}

func stageWords(st agent.State) (string, page.Kind) {
	w := stages[st.Stage()]
	return w.word, w.kind
}

func (s *server) carrierName(id shipment.CarrierID) string {
	if c, ok := s.Carriers.Carrier(id); ok {
		return c.Name
	}
	return string(id)
}

func (s *server) parcel(st agent.State, o desk.Overview) *page.Parcel {
	to := st.Order.ShipTo
	place := make([]string, 0, 3)
	for _, part := range []string{to.City, to.Region, to.Country} {
		if part != "" {
			place = append(place, part)
		}
	}
	p := &page.Parcel{
		Order: string(st.Order.ID), Name: to.Name, Place: strings.Join(place, ", "),
		Carrier: s.carrierName(st.Carrier), Service: strings.TrimPrefix(st.ServiceName, s.carrierName(st.Carrier)+" "), ShipBy: st.Order.ShipBy.In(o.Now.Location()),
	}
	p.Stage, p.StageKind = stageWords(st)
	p.Look = append(fields(st.Warnings), fields(st.Unfit)...)
	for _, box := range st.Parcels {
		p.Look = append(p.Look, fields(box.Warnings)...)
	}
	for _, it := range st.Order.Items {
		p.Items = append(p.Items, page.Item{SKU: it.SKU, Title: it.Title, Quantity: it.Quantity})
	}
	if len(st.Parcels) > 0 {
		first := st.Parcels[0]
		p.Number = s.Carriers.Group(st.Carrier, string(first.TrackingNumber))
		if first.Job != "" {
			p.PreviewURL = "/v1/orders/" + url.PathEscape(string(st.Order.ID)) + "/label.png"
		}
		p.Steps = steps(st, first)
	}
	return p
}

// steps draws a parcel's way over the desk.
func steps(st agent.State, p agent.Parcel) []page.Step {
	done := func(word string, reached bool) page.Step {
		if reached {
			return page.Step{Word: word, Kind: page.OK}
		}
		return page.Step{Word: word}
	}
	label := done("Label printed", p.Label == printer.Confirmed)
	switch {
	case st.Stage() == agent.Unconfirmed:
		label = page.Step{Word: "Label?", Kind: page.Stop}
	case st.Stage() == agent.Printing:
		label = page.Step{Word: "Printing", Kind: page.Working}
	}
	checked := done("Label scanned", !p.Scanned.IsZero())
	checked.At = p.Scanned
	handed := done("Handed over", !p.HandedOver.IsZero())
	handed.At = p.HandedOver
	return []page.Step{{Word: "Order taken", Kind: page.OK, At: st.Taken}, done("Number assigned", p.TrackingNumber != ""), label, checked, handed}
}

// manyAlike is how many orders with the same trouble are told as one.
const manyAlike = 4

// troubles tells what needs a person. Orders that wait for the same reason are
// told together: forty lines of one sentence hide the forty-first.
func troubles(list []agent.State) []page.Trouble {
	alike := map[string][]agent.State{}
	key := func(st agent.State) string {
		if st.Why == nil {
			return "" // a label asks for its own answer
		}
		return string(st.Stage()) + st.Why.Message
	}
	for _, st := range list {
		alike[key(st)] = append(alike[key(st)], st)
	}
	var out []page.Trouble
	for _, st := range list {
		k := key(st)
		same := alike[k]
		if k == "" || len(same) < manyAlike {
			out = append(out, trouble(st))
			continue
		}
		if same[0].Order.ID != st.Order.ID {
			continue // told with the first
		}
		t := trouble(st)
		t.Title, t.File, t.Fields = fmt.Sprintf("%d orders %s", len(same), st.Stage()), "", nil
		if t.OverrideURL != "" { // a person answers for one address at a time
			t.OverrideURL, t.Todo = "", "Mend the orders and send them again, or answer for each address: POST /v1/orders/{id}/override-address."
		}
		for _, o := range same[:manyAlike] {
			t.Fields = append(t.Fields, page.Field{Name: string(o.Order.ID), Why: o.From})
		}
		if more := len(same) - manyAlike; more > 0 {
			t.Fields = append(t.Fields, page.Field{Name: "…", Why: fmt.Sprintf("and %d more", more)})
		}
		out = append(out, t)
	}
	return out
}

func trouble(st agent.State) page.Trouble {
	t := page.Trouble{ID: "order-" + string(st.Order.ID), Kind: page.Check, File: st.From, When: st.Since}
	switch st.Stage() {
	case agent.Refused:
		t.Title, t.Why, t.Fields = "Order "+string(st.Order.ID)+" refused", "Nothing was printed.", fields(st.Why.Problems)
		t.Todo = "Mend the order and send it again."
		if st.Overridable() {
			t.Todo = "Mend the order and send it again, or answer for the address: your name and reason are kept."
			t.OverrideURL = "/orders/" + url.PathEscape(string(st.Order.ID)) + "/override-address"
		}
	case agent.Held:
		t.Title, t.Why = "Order "+string(st.Order.ID)+" held", st.Why.Message
		if st.Why.Code == agent.NoNumber {
			t.Todo = "Nothing: it goes on by itself when the hub answers."
		}
	case agent.Unconfirmed:
		t.Kind, t.Title = page.Stop, "Did the label of order "+string(st.Order.ID)+" come out?"
		for _, p := range st.Parcels {
			if p.Label == printer.Unconfirmed {
				t.Why, t.Doubtful = p.Reason, p.Doubtful
				t.ResolveURL = "/jobs/" + url.PathEscape(string(p.Job)) + "/resolve"
			}
		}
		t.Todo = "Scan the label if it is there, or answer here."
		if t.Doubtful > 1 { // of several copies a scan cannot say which it was
			t.Todo = "Count its labels at the printer, and answer here."
		}
	case agent.Unprinted:
		t.Kind, t.Title, t.Todo = page.Stop, "The label of order "+string(st.Order.ID)+" cannot be printed", "Mend what is said, then ask for a reprint."
		for _, p := range st.Parcels {
			switch p.Label {
			case printer.Failed:
				t.Why = p.Reason
			case printer.Cancelled:
				t.Kind, t.Title = page.Check, "The label of order "+string(st.Order.ID)+" was not printed"
				t.Why, t.Todo = p.Reason, "Ask for a reprint when it is wanted after all, or void the order."
			case printer.Queued, printer.Sending, printer.Sent, printer.Confirmed, printer.Unconfirmed:
			}
		}
	case agent.ToPack, agent.Labelling, agent.Printing, agent.Printed, agent.Checked, agent.HandedOver, agent.Voided:
	}
	return t
}

func fields(ps shipment.Problems) []page.Field {
	list := make([]page.Field, 0, len(ps))
	for _, p := range ps {
		name := p.Field
		if p.Line > 0 {
			name = strings.TrimSpace(fmt.Sprintf("%s (line %d)", name, p.Line))
		}
		list = append(list, page.Field{Name: name, Why: p.Message})
	}
	return list
}
