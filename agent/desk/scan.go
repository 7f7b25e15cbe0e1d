package desk

import (
	"context"
	"fmt"
	"strings"

	"waybill/agent"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

// A ScanResult is the desk's answer to a scan.
type ScanResult struct {
	Signal  scanner.Signal
	Code    string
	Message string
	Order   shipment.OrderID
	Parsed  scan.Scan
}

// Scan answers one trigger pull. It returns only once what it decided is
// durable, so that the good beep is never a promise.
func (d *Desk) Scan(ctx context.Context, in scanner.Scan) (ScanResult, error) {
	at := d.o.Now()
	if in.Bad != "" {
		r := ScanResult{Signal: scanner.Bad, Code: "damaged", Message: "Damaged scan (" + in.Bad + "). Scan again."}
		d.say(scanNotice(r, at))
		return r, nil
	}
	parsed := d.o.Senders[in.Scanner].Parse(d.o.Rules.Carriers, in.Data())
	r := ScanResult{Parsed: parsed}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		s, p, found, err := findParcel(tx, parsed)
		if err != nil {
			return err
		}
		if !found {
			a, err := d.refuseScan(tx, in, parsed)
			r.answer(a)
			return err
		}
		step := agent.Scanned{Number: p.TrackingNumber, Symbology: parsed.Symbology, Scanner: in.Scanner, Role: in.Role, At: at}
		if step.Job, _, err = getJob(&tx.ReadTx, p.Job); err != nil {
			return err
		}
		// Opened for this scan only if the scan then moves the parcel; the
		// transaction is undone otherwise.
		session, opened, err := d.openSession(tx, in.Role, s, at)
		if err != nil {
			return err
		}
		step.Handoff = session.ID
		s, effects := s.Step(step)
		if moved(effects) {
			if err := d.onto(tx, session, opened, s, p, at); err != nil {
				return err
			}
		}
		a, err := d.keep(tx, s, effects)
		r.answer(a)
		r.Order = s.Order.ID
		return err
	})
	if err != nil {
		r.answer(agent.Answer{Signal: scanner.Unkept, Code: "not_stored", Message: "The scan could not be stored. Do not let the parcel go; call for help."})
		d.say(scanNotice(r, at))
		return r, fmt.Errorf("scan of %q: %w", in.Raw, err)
	}
	d.say(scanNotice(r, at))
	return r, nil
}

func (r *ScanResult) answer(a agent.Answer) {
	r.Signal, r.Code, r.Message = a.Signal, a.Code, a.Message
}

// findParcel returns the parcel whose number the scan carries.
func findParcel(tx *journal.Tx, parsed scan.Scan) (agent.State, agent.Parcel, bool, error) {
	for _, number := range parsed.Numbers() {
		id, found, err := tx.Find(kindOrder, "number:"+string(number))
		if err != nil {
			return agent.State{}, agent.Parcel{}, false, err
		}
		if !found {
			continue
		}
		s, err := getOrder(&tx.ReadTx, shipment.OrderID(id))
		if err != nil {
			return s, agent.Parcel{}, false, err
		}
		p, ok := s.Parcel(number)
		if !ok { // of a label that was voided; the order knows
			p = agent.Parcel{TrackingNumber: number}
		}
		return s, p, true, nil
	}
	return agent.State{}, agent.Parcel{}, false, nil
}

// maxRaw is how much of a scan that means nothing is kept.
const maxRaw = 512

func (d *Desk) refuseScan(tx *journal.Tx, in scanner.Scan, parsed scan.Scan) (agent.Answer, error) {
	a := agent.Answer{Signal: scanner.Bad, Code: "unknown", Message: d.unknownMessage(parsed)}
	raw := in.Raw
	if len(raw) > maxRaw {
		raw = raw[:maxRaw]
	}
	return a, d.record(tx, "", shipment.ScanRefused{
		Scanner: in.Scanner, Role: string(in.Role), Raw: string(raw), Code: a.Code, Message: a.Message,
	})
}

// unknownMessage says what was scanned, where that can be told: the packer who
// hit the product's barcode needs other words than the one with a stranger's
// parcel in hand.
func (d *Desk) unknownMessage(parsed scan.Scan) string {
	if parsed.Code != nil {
		return fmt.Sprintf("This is a Waybill label, of order %.40s, but not of this desk: another warehouse's, it seems. Put the parcel aside and ask.", parsed.Code.Order)
	}
	if what := productOrOrder(parsed); what != "" {
		return fmt.Sprintf("%.40q is %s, no tracking number. Scan the tracking number on the label.", parsed.Data, what)
	}
	if len(parsed.Matches) > 0 {
		name := string(parsed.Matches[0].Carrier)
		if c, ok := d.o.Rules.Carriers.Carrier(parsed.Matches[0].Carrier); ok {
			name = c.Name
		}
		return fmt.Sprintf("%.40s looks like a number of %s, but no parcel of this desk has it.", parsed.Data, name)
	}
	if e := parsed.Error; e != nil {
		return whyNot(parsed.Data, *e)
	}
	return fmt.Sprintf("%.40q is no parcel of this desk. Scan the tracking number on the label.", parsed.Data)
}

// whyNot says what is wrong with a scan, and what to do: what the error knows,
// or else to scan the tracking number.
func whyNot(data string, e scan.Error) string {
	todo := "Scan the tracking number on the label."
	if e.Remedy != "" {
		todo = strings.ToUpper(e.Remedy[:1]) + e.Remedy[1:] + "."
	}
	return fmt.Sprintf("%.40q is no parcel of this desk: %s. %s", data, e.Message, todo)
}

// productOrOrder says what the scan is where it is a product's barcode, or looks
// more like something else than like a parcel's number.
func productOrOrder(parsed scan.Scan) string {
	if parsed.Kind == scan.GS1 && len(parsed.GS1) > 0 && parsed.GS1[0].AI == "01" {
		return "the barcode of a product"
	}
	sure := len(parsed.Matches) > 0 && parsed.Matches[0].Valid && parsed.Matches[0].Confidence != carrier.Low
	if len(parsed.LooksLike) == 0 || sure {
		return ""
	}
	switch parsed.LooksLike[0] {
	case "manifest":
		return "the code of a hand-off manifest, it seems"
	case "web_address":
		return "a web address"
	case "phone_number":
		return "a phone number, it seems"
	case "order_number":
		return "an order number, it seems"
	}
	return "the barcode of a product, it seems"
}

// moved reports whether the effects hand a parcel over.
func moved(effects []agent.Effect) bool {
	for _, e := range effects {
		if r, ok := e.(agent.Record); ok && r.Fact.EventType() == shipment.ParcelHandedOverType {
			return true
		}
	}
	return false
}
