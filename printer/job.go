package printer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A JobID names a print job for ever.
type JobID string

// A LabelState is where one label of a job stands; docs/states.md draws it.
type LabelState string

// The states of a label. Sending is durable before the first byte leaves.
const (
	Queued      LabelState = "queued"
	Sending     LabelState = "sending"     // bytes may have left
	Sent        LabelState = "sent"        // every byte left; waiting for evidence
	Confirmed   LabelState = "confirmed"   // on paper, by the evidence given
	Unconfirmed LabelState = "unconfirmed" // nobody can say; a person decides
	Failed      LabelState = "failed"      // it cannot be printed, and certainly was not
	Cancelled   LabelState = "cancelled"   // taken back before any byte left
)

// Final reports whether the label needs nothing more from the spool.
func (s LabelState) Final() bool {
	switch s {
	case Confirmed, Failed, Cancelled:
		return true
	case Queued, Sending, Sent, Unconfirmed:
	}
	return false
}

// Evidence is how well a label is known to be on paper.
type Evidence string

// The classes of evidence, weakest first. The empty Evidence is none at all.
const (
	NoEvidence Evidence = ""
	E0         Evidence = "E0" // the bytes left this machine
	E1         Evidence = "E1" // the printer answered after the label
	E2         Evidence = "E2" // the printer is idle and reports no fault
	E3         Evidence = "E3" // the printer's odometer advanced
	E4         Evidence = "E4" // a scanner or a person saw the label

	// Stored says that the label is safe in a file. It is all that a printer
	// made of files can promise, and says nothing about paper.
	Stored Evidence = "stored"
)

// A Label is one label of a job.
type Label struct {
	K        int        `json:"k"` // counted from 1
	State    LabelState `json:"state"`
	Evidence Evidence   `json:"evidence,omitempty"`
	Baseline *int64     `json:"baseline,omitempty"` // odometer before its first dot; nil where the printer does not count
	Behind   int64      `json:"behind,omitempty"`   // how many of Baseline were on the press when it was sent, and have not been proved since
	Device   string     `json:"device,omitempty"`   // the machine that took it, as Identity.Device names it
	Ticket   string     `json:"ticket,omitempty"`   // its account at a Tracker; back in the queue, of the last try
	Shared   bool       `json:"shared,omitempty"`   // the machine's count alone proves little: others print on it, or one of two in flight has vanished
	Reason   string     `json:"reason,omitempty"`   // why it is unconfirmed or failed
	At       time.Time  `json:"at,omitzero"`        // when it entered its state
	Seen     time.Time  `json:"seen,omitzero"`      // when the printer was last seen with it in flight, to a few seconds
}

// A Job is a run of equal labels for one printer role. It is journalled label
// by label, so that a job cut short resumes at the right one.
type Job struct {
	ID       JobID     `json:"id"`
	Ref      string    `json:"ref"`           // what it is for: a parcel, or where it is raw what its sender calls it
	Raw      bool      `json:"raw,omitempty"` // another program's label, of no parcel
	Role     string    `json:"role"`          // which printer may take it, such as "shipping"
	Printer  string    `json:"printer"`       // the printer that took it; empty while queued
	Language string    `json:"language"`
	Content  []byte    `json:"content"` // one label, in Language
	SHA256   string    `json:"sha256"`  // of Content, in hex
	Labels   []Label   `json:"labels"`
	Created  time.Time `json:"created"`

	Priority Priority `json:"priority,omitempty"`
	Only     string   `json:"only,omitempty"` // the printer a person moved it to; empty for any of the role
	Form     Form     `json:"form,omitzero"`  // what it is drawn for
}

// Sound returns why the bytes of the job's label are not those that were queued;
// nil where they are.
func (j Job) Sound() error {
	if len(j.Content) == 0 {
		return errors.New("the bytes of this label are missing or damaged in the journal; order the label once more, which makes it anew")
	}
	if sum := sha256.Sum256(j.Content); j.SHA256 != "" && hex.EncodeToString(sum[:]) != j.SHA256 {
		return errors.New("the bytes of this label are not those that were queued; order the label once more, which makes it anew")
	}
	return nil
}

// InFlight returns the labels whose sending has begun and that have no outcome,
// in order. They are on one printer.
func (j Job) InFlight() []Label { return j.in(Sending, Sent) }

// Queued returns the labels that are queued, in order.
func (j Job) Queued() []Label { return j.in(Queued) }

// Unconfirmed returns the labels that a person has to decide about, in order.
func (j Job) Unconfirmed() []Label { return j.in(Unconfirmed) }

// in returns the labels in one of states, in order.
func (j Job) in(states ...LabelState) []Label {
	var found []Label
	for _, l := range j.Labels {
		if slices.Contains(states, l.State) {
			found = append(found, l)
		}
	}
	return found
}

// Next returns the first label that is not final.
func (j Job) Next() (Label, bool) {
	for _, l := range j.Labels {
		if !l.State.Final() {
			return l, true
		}
	}
	return Label{}, false
}

// Done reports whether every label is final.
func (j Job) Done() bool {
	_, more := j.Next()
	return !more
}

// With returns the job with changed in the places of its labels of the same K.
// j is not changed.
func (j Job) With(changed ...Label) Job {
	labels := slices.Clone(j.Labels)
	for _, l := range changed {
		for i := range labels {
			if labels[i].K == l.K {
				labels[i] = l
			}
		}
	}
	j.Labels = labels
	return j
}

// moves lists the states a label may go to from each state.
var moves = map[LabelState][]LabelState{
	Queued:      {Sending, Failed, Cancelled, Confirmed}, // Confirmed: see Follows
	Sending:     {Sent, Confirmed, Unconfirmed, Queued},  // Queued: the printer says that nothing was printed
	Sent:        {Confirmed, Unconfirmed, Queued},
	Unconfirmed: {Confirmed, Queued, Cancelled}, // Queued and Cancelled: only on a person's word
}

// Move returns l in state to. It never changes l: on an error the caller still
// holds the last good state.
func (l Label) Move(to LabelState, at time.Time) (Label, error) {
	for _, ok := range moves[l.State] {
		if ok == to {
			l.State, l.At = to, at
			if to == Queued {
				l.Evidence, l.Baseline, l.Behind, l.Device, l.Shared, l.Reason = NoEvidence, nil, 0, "", false, ""
			}
			return l, nil
		}
	}
	return l, fmt.Errorf("label %d: no way from %s to %s", l.K, l.State, to)
}

// Follows reports why after cannot come after j; nil where it can: each label as
// its moves allow, and labels in flight on one printer stay with it.
func (j Job) Follows(after Job) error {
	if len(j.Labels) != len(after.Labels) {
		return fmt.Errorf("%d labels became %d", len(j.Labels), len(after.Labels))
	}
	if flying := j.InFlight(); len(flying) > 0 && j.Printer != after.Printer {
		return fmt.Errorf("label %d is in flight on %q, not on %q", flying[0].K, j.Printer, after.Printer)
	}
	for i, l := range after.Labels {
		was := j.Labels[i]
		if was.State == l.State {
			continue
		}
		if l.State == Sending && j.Only != "" && j.Only != after.Printer {
			return fmt.Errorf("label %d goes to %q, not to %q: it was moved", l.K, j.Only, after.Printer)
		}
		counted := l.Evidence == E3 && l.Baseline != nil && j.Printer != "" && j.Printer == after.Printer
		if was.State == Queued && l.State == Confirmed && !counted {
			// A person has said that it did not come out. The count of the printer
			// that had it knows better, as long as nobody has sent it again.
			return fmt.Errorf("label %d: from queued to confirmed by %q; only the count of the printer that had it may say so", l.K, l.Evidence)
		}
		if _, err := was.Move(l.State, l.At); err != nil {
			return err
		}
	}
	return nil
}

// A Verdict is what an interrupted label turned out to be.
type Verdict int

// The verdicts on an interrupted label.
const (
	CannotTell Verdict = iota // a person decides
	Printed                   // it is on paper
	NotPrinted                // it never was; it may be sent again
	StillComes                // the printer has it and will print it
)

// Judge says what became of one label whose sending was interrupted, from the
// odometer's baseline and what the printer says now. counted is false where the
// printer gave no odometer reading.
func Judge(l Label, odometer int64, counted bool, s Status) Verdict {
	switch {
	case l.Baseline == nil || !counted:
		return CannotTell
	case odometer >= *l.Baseline+1:
		return Printed
	case odometer < *l.Baseline: // another printer, or its counter was reset
		return CannotTell
	case s.Has(NoAnswer) || s.Has(Offline):
		return CannotTell
	case s.Waiting > 0 || s.Remaining > 0 || s.Partial || !s.Clear():
		return StillComes
	default:
		return NotPrinted
	}
}
