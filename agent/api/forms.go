package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"waybill/agent/desk"
	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/printer"
)

// resolveForm takes the page's answer to "did the label come out?".
func (s *server) resolveForm(w http.ResponseWriter, r *http.Request) {
	var count *int
	outcome := r.PostFormValue(page.OutcomeField)
	switch outcome {
	case page.OutcomePrinted, page.OutcomeNotPrinted:
	case page.OutcomeSome:
		n, err := strconv.Atoi(r.PostFormValue(page.CountField))
		if err != nil {
			guard.Problem(w, http.StatusUnprocessableEntity, "How many came out must be a number.")
			return
		}
		count = &n
	default:
		guard.Problem(w, http.StatusUnprocessableEntity, "The answer must be printed or not_printed, or some with their number.")
		return
	}
	if _, err := s.resolve(r.Context(), desk.Once{}, printer.JobID(r.PathValue("id")), desk.Resolution{Printed: outcome == page.OutcomePrinted, Count: count}); err != nil {
		guard.Problem(w, status(err), err.Error())
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// resumeForm takes the page's word that a paused printer or role may go on.
func (s *server) resumeForm(of func(name string) printer.Hold) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := of(r.PathValue("name"))
		if err := s.Desk.ReleaseLabels(r.Context(), h.Printer, h.Role); err != nil {
			guard.Problem(w, status(err), err.Error())
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// stopWaitingForm takes the page's word that nobody waits for a label any longer.
func (s *server) stopWaitingForm(w http.ResponseWriter, r *http.Request) {
	if _, err := s.Desk.StopWaiting(r.Context(), printer.JobID(r.PathValue("id"))); err != nil {
		guard.Problem(w, status(err), err.Error())
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// awayTroubles tells of labels that are on their way to a printer that is away. A
// person may end the wait; the desk does so by itself, but later.
func awayTroubles(flights []printer.Job, devices []desk.Device) []page.Trouble {
	var list []page.Trouble
	for _, j := range flights {
		i := slices.IndexFunc(devices, func(d desk.Device) bool { return d.Kind == "printer" && d.Name == j.Printer && d.State == "away" })
		if i < 0 {
			continue
		}
		list = append(list, page.Trouble{
			ID: "away-" + string(j.ID), Kind: page.Check, When: j.InFlight()[0].At,
			Title:   fmt.Sprintf("The label of %s was on its way to printer %s, which is away", j.Ref, j.Printer),
			Why:     "It goes nowhere else by itself: it may be on paper. When the printer answers, it is asked.",
			Todo:    "Will it not come back? Switch it off, stop waiting, and say whether the label came out.",
			StopURL: "/jobs/" + url.PathEscape(string(j.ID)) + "/stop-waiting",
		})
	}
	return list
}

// holdables are what can be paused, by the word in their paths.
func holdables() map[string]func(name string) printer.Hold {
	return map[string]func(name string) printer.Hold{
		"printers": func(name string) printer.Hold { return printer.Hold{Printer: name} },
		"roles":    func(name string) printer.Hold { return printer.Hold{Role: name} },
	}
}

// pausedTroubles tells of what people have paused, so that nobody wonders why
// nothing prints.
func pausedTroubles(holds []printer.Hold) []page.Trouble {
	list := make([]page.Trouble, 0, len(holds))
	for _, h := range holds {
		t := page.Trouble{Kind: page.Check, Why: h.Reason, When: h.At, Todo: "Its labels wait; nothing is lost. Resume when it may print again."}
		if h.By != "" {
			t.Why = fmt.Sprintf("%s (%s)", h.Reason, h.By)
		}
		if h.Printer != "" {
			t.ID, t.Title, t.ResumeURL = "pause-printer-"+h.Printer, "Printer "+h.Printer+" is paused", "/printers/"+url.PathEscape(h.Printer)+"/resume"
		} else {
			t.ID, t.Title, t.ResumeURL = "pause-role-"+h.Role, "Labels for "+h.Role+" are paused", "/roles/"+url.PathEscape(h.Role)+"/resume"
		}
		list = append(list, t)
	}
	return list
}
