package main

import (
	"context"
	"fmt"
	"time"

	"waybill/agent/desk"
	"waybill/shipment"
	"waybill/sync/journal"
)

// salvageTold is how long the page tells of a journal that was damaged. The doctor
// and waybill journal verify always do.
const salvageTold = 7 * 24 * time.Hour

// openJournal opens the station's journal. One that is damaged is built anew from
// what can be read, which the log tells and the new history records first.
func (st *station) openJournal(ctx context.Context, o journal.Options) error {
	j, s, err := journal.OpenSalvaging(ctx, o)
	if err != nil {
		return err
	}
	st.journal = j
	if s != nil {
		st.log.ErrorContext(ctx, "The journal was damaged. It was set aside and built anew from what could be read.",
			"cause", s.Cause, "set_aside", s.SetAside, "epoch", s.Epoch, "events", s.Events, "documents", s.Documents,
			"missing_events", fmt.Sprint(s.Missing), "lost_documents", s.LostCount)
	}
	list, err := j.Salvages(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	last := list[len(list)-1]
	if err := recordSalvage(ctx, j, last, time.Now()); err != nil {
		return err
	}
	if time.Since(last.At) < salvageTold {
		st.news.put(salvageNews(last))
	}
	return nil
}

// recordSalvage has the new history begin with what became of the old one. The start
// that salvaged may have ended before, so every start looks whether it has.
func recordSalvage(ctx context.Context, j *journal.Journal, s journal.Salvage, at time.Time) error {
	fact := shipment.JournalSalvaged{Cause: s.Cause, Events: s.Events, Documents: s.Documents, Lost: s.LostCount}
	for _, m := range s.Missing {
		fact.Missing = append(fact.Missing, shipment.EventRange(m))
	}
	e, err := shipment.NewEvent(at, "", fact)
	if err != nil {
		return err
	}
	return j.Update(ctx, func(tx *journal.Tx) error {
		head, err := tx.Head()
		if err != nil || head.Epoch != s.Epoch || head.Sequence > 0 {
			return err
		}
		return tx.Append(e)
	})
}

// salvageNews tells the page what became of a damaged journal.
func salvageNews(s journal.Salvage) desk.Device {
	return desk.Device{
		Kind: "file", Name: "damaged journal", State: "blocked",
		Words:  "The journal was damaged and built anew",
		Detail: salvageWords(s),
		Todo:   "Call IT: waybill journal verify says what is missing. Before an order is printed that may have been printed before, look for its parcel.",
	}
}

func salvageWords(s journal.Salvage) string {
	missing := int64(0)
	for _, m := range s.Missing {
		missing += m.To - m.From + 1
	}
	words := fmt.Sprintf("on %s: %d events kept, %d known to be missing, %d documents kept", s.At.Format("2006-01-02 15:04 MST"), s.Events, missing, s.Documents)
	switch {
	case s.LostCount > 0:
		words += fmt.Sprintf(", %d lost", s.LostCount)
	case !s.Whole:
		words += ", others may be lost"
	}
	return words + "; the damaged file is " + s.SetAside
}

// checkJournal looks at the journal as it stands. One that is damaged keeps no station
// from starting, and is told.
func checkJournal(ctx context.Context, path string) []finding {
	r, err := journal.OpenReadOnly(ctx, path)
	if err != nil {
		return nil // it is not there yet, or checkNumbers tells what is wrong with it
	}
	defer r.Close()
	list, err := r.Salvages(ctx)
	if err != nil {
		return []finding{{"journal", "fault", err.Error(), "Start the station once: a damaged journal is set aside and built anew from what can be read."}}
	}
	if len(list) == 0 {
		return []finding{{"journal", "ok", path, ""}}
	}
	return []finding{{"journal", "warning", "it was damaged " + salvageWords(list[len(list)-1]), "waybill journal verify names what is missing. Look at the disk: it damages files."}}
}
