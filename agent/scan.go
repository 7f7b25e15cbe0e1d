package agent

import (
	"fmt"
	"slices"
	"time"

	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// scanned decides about a scan of one of the order's numbers: what it proves,
// and whether the parcel may leave.
func (s State) scanned(in Scanned) (State, []Effect) {
	p, ok := s.Parcel(in.Number)
	if !ok && slices.Contains(s.Gone, in.Number) {
		return s, in.refuse(s.goneWords(in.Number))
	}
	if !ok {
		return s, in.refuse("unknown_number", fmt.Sprintf("%s is no parcel of order %s", in.Number, s.Order.ID))
	}
	switch {
	case s.Void != "":
		return s, in.refuse(s.voidCode(), fmt.Sprintf("Stop: %s was voided (%s). Put it aside.", p.name(), s.VoidWords()))
	case s.Why != nil:
		return s, in.refuse(string(s.Why.Stage), fmt.Sprintf("Stop: order %s is %s: %s", s.Order.ID, s.Why.Stage, s.Why.Message))
	case !p.HandedOver.IsZero():
		return s, s.handedOver(p, in)
	case s.unpacked(p.K):
		return s, in.refuse("not_packed", fmt.Sprintf("Stop: what is in %s was not checked yet. Take it to the bench.", p.name()))
	case p.Reprints > 0 && (p.Label == printer.Queued || p.Label == printer.Sending || p.Label == printer.Sent):
		// Both labels bear the same number, so that no scan can say which of them was
		// read. Until it is known what became of the new one, the old one is void.
		return s, in.refuse("reprinting", fmt.Sprintf("Stop: a new label of %s is being printed. Wait for it, put it over this one, then scan again.", p.name()))
	case p.Reprints > 0 && (p.Label == printer.Failed || p.Label == printer.Cancelled):
		return s, in.refuse("unprinted", fmt.Sprintf("Stop: the label of %s was to be printed again, and none came out. Print it again, put it over this one, then scan.", p.name()))
	case p.Job == "" || p.Label == printer.Queued || p.Label == printer.Failed || p.Label == printer.Cancelled:
		return s, in.refuse("never_printed", fmt.Sprintf("Stop: the desk never printed a label for %s. Put it aside and ask.", p.name()))
	}
	if in.Role == scanner.Dock {
		if no := s.staysHere(p, in); no != nil {
			return s, in.refuse(no.Code, no.Message)
		}
	}
	var effects []Effect
	if p.Scanned.IsZero() {
		p.Scanned, p.ScannedBy = in.At, in.Scanner
		effects = append(effects, Record{shipment.ParcelScanned{
			Parcel: p.ID, TrackingNumber: in.Number,
		}})
	} else if in.Role == scanner.Bench {
		return s, []Effect{Answer{scanner.Warn, "already_checked", fmt.Sprintf("Order %s was checked at %s already.", s.Order.ID, in.clock(p.Scanned))}}
	}
	answer := Answer{scanner.Good, "checked", fmt.Sprintf("Order %s, %s: the label is right.", s.Order.ID, s.Order.ShipTo.Name)}
	if in.Role == scanner.Dock {
		p.HandedOver, p.Handoff, p.HandedBy = in.At, in.Handoff, in.Scanner
		effects = append(effects, Record{s.leaves(p, in)})
		answer = Answer{scanner.Good, "handed_over", fmt.Sprintf("Order %s, %s: leaves with %s.", s.Order.ID, s.Order.ShipTo.Name, s.ServiceName)}
	}
	s = s.with(p, in.At)
	// Whoever reads a label holds it: the strongest evidence there is.
	if after, changed := seen(in.Job, in.At); changed {
		var more []Effect
		s, more = s.labelMoved(LabelMoved{Before: in.Job, After: after, At: in.At})
		effects = append(append(effects, Keep{after}), more...)
	}
	return s, append(effects, answer)
}

// seen confirms the labels of job that nobody could tell about. Labels the
// spool still works on are left to it: it will hear the same from the printer.
// Of several copies a scan cannot say which it was: those are asked about.
func seen(job printer.Job, at time.Time) (printer.Job, bool) {
	changed := false
	if len(job.Labels) != 1 {
		return job, false
	}
	for _, l := range job.Labels {
		if l.State != printer.Unconfirmed {
			continue
		}
		if next, err := l.Move(printer.Confirmed, at); err == nil {
			next.Evidence, next.Reason = printer.E4, ""
			job, changed = job.With(next), true
		}
	}
	return job, changed
}

func (in Scanned) refuse(code, message string) []Effect {
	return []Effect{
		Record{shipment.ScanRefused{}}, // what is kept of a scan is entered where it came in
		Answer{scanner.Bad, code, message},
	}
}
