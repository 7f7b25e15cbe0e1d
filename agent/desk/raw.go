package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent/intake"
	"waybill/internal/fault"
	"waybill/labels/rawzpl"
	"waybill/labels/zpl"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A Raw is labels in ZPL that another program wants printed. Whether it may is
// for the caller to know.
type Raw struct {
	Key    string // the caller's, required: sent again with it, nothing prints twice
	Role   string // which printers; must be among Options.RawRoles
	Ref    string // what the caller calls it
	Copies int    // of each label, over what ^PQ asks for; 0 is 1
	ZPL    []byte
}

// A RawTaken is what came of a Raw.
type RawTaken struct {
	Jobs  []printer.Job // one for each label, in order
	Notes []rawzpl.Note // what of the labels is not sent
	Again bool          // it came before; nothing was done
}

// maxRawCopies bounds what one mistyped number can print.
const maxRawCopies = rawzpl.MaxLabels

// PrintRaw queues labels of another program. What the labels may not hold is an
// error of kind fault.Invalid that wraps rawzpl.Refusals. What it returns is
// durable.
func (d *Desk) PrintRaw(ctx context.Context, r Raw) (RawTaken, error) {
	if r.Key == "" {
		return RawTaken{}, &fault.Error{Op: "Idempotency-Key", Kind: fault.Invalid, Err: errors.New("required, so that the same sent again prints nothing twice"), Hint: "Send a text of your own, a new one for each request."}
	}
	sum, err := r.digest()
	if err != nil {
		return RawTaken{}, err
	}
	return d.printRaw(ctx, Once{Key: r.Key, BodySHA256: sum}, r)
}

// digest covers all that is asked for.
func (r Raw) digest() (string, error) {
	said, err := json.Marshal([]any{r.Role, r.Ref, max(1, r.Copies), r.ZPL})
	if err != nil {
		return "", fmt.Errorf("labels in ZPL: %w", err)
	}
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:]), nil
}

func (d *Desk) printRaw(ctx context.Context, once Once, r Raw) (RawTaken, error) {
	if before, err := d.rawBefore(ctx, once, r); err != nil || before.Again {
		return before, err
	}
	if !slices.Contains(d.o.RawRoles, r.Role) {
		return RawTaken{}, &fault.Error{
			Op: "role", Kind: fault.Invalid, Err: fmt.Errorf("no printer of the role %q takes ZPL", r.Role),
			Hint: "Roles with one: " + strings.Join(d.o.RawRoles, ", ") + ".",
		}
	}
	read, notes, err := rawzpl.Read(r.ZPL)
	if err != nil {
		return RawTaken{}, &fault.Error{Op: "labels in ZPL", Kind: fault.Invalid, Err: err}
	}
	now := d.o.Now()
	taken := RawTaken{Notes: notes}
	total := 0
	for _, l := range read {
		total += l.Copies
	}
	if r.Copies > maxRawCopies/total {
		return RawTaken{}, &fault.Error{Op: "copies", Kind: fault.Invalid, Err: fmt.Errorf("%d of each of %d labels in one request", r.Copies, total), Hint: fmt.Sprintf("Ask for at most %d labels.", maxRawCopies)}
	}
	for _, l := range read {
		taken.Jobs = append(taken.Jobs, d.rawJob(r, l, now))
	}
	request := Request{}
	for _, j := range taken.Jobs {
		request.Jobs = append(request.Jobs, j.ID)
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		before, again, err := claim(tx, once, request)
		if err != nil {
			return err
		}
		if again {
			taken.Again = true
			taken.Jobs, err = d.jobsOf(ctx, &tx.ReadTx, before)
			return err
		}
		if err := d.o.Journal.RoomForMore(); err != nil {
			return err
		}
		for _, j := range taken.Jobs {
			if err := d.putJob(tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return RawTaken{}, err
	}
	if !taken.Again {
		d.o.Queued()
		d.say(Notice{Topic: "label", At: now})
	}
	return taken, nil
}

// rawBefore returns what came of the very same request before. It is asked first:
// whoever sends a request again must not hear that nothing was printed because
// the station takes less now than it did then.
func (d *Desk) rawBefore(ctx context.Context, once Once, r Raw) (RawTaken, error) {
	var taken RawTaken
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		before, found, err := claimed(tx, once, Request{})
		if err != nil || !found {
			return err
		}
		taken.Again = true
		taken.Jobs, err = d.jobsOf(ctx, tx, before)
		return err
	})
	if err != nil {
		return RawTaken{}, err
	}
	if taken.Again {
		if _, notes, err := rawzpl.Read(r.ZPL); err == nil {
			taken.Notes = notes
		}
	}
	return taken, nil
}

// rawJob returns the job of one label and its copies.
func (d *Desk) rawJob(r Raw, l rawzpl.Label, now time.Time) printer.Job {
	content := zpl.Reprinted(l.Content)
	sum := sha256.Sum256(content)
	job := printer.Job{
		ID: printer.JobID(d.o.NewID()), Ref: r.Ref, Raw: true, Role: r.Role, Language: "zpl",
		Content: content, SHA256: hex.EncodeToString(sum[:]), Created: now,
	}
	for k := range max(1, r.Copies) * l.Copies {
		job.Labels = append(job.Labels, printer.Label{K: k + 1, State: printer.Queued, At: now})
	}
	return job
}

// takeRaw takes in a file of labels in ZPL. Its name is its key: the same file
// dropped again prints nothing.
func (d *Desk) takeRaw(ctx context.Context, doc intake.Document) ([]intake.Outcome, error) {
	e := doc.Entries[0]
	out := intake.Outcome{Line: e.Line, Status: intake.Accepted}
	refuse := func(ps ...shipment.Problem) ([]intake.Outcome, error) {
		e.Problems, out.Problems, out.Status = ps, ps, intake.Rejected
		return []intake.Outcome{out}, d.refuseInput(ctx, doc, e)
	}
	switch {
	case e.Unreadable():
		return refuse(e.Problems...)
	case d.o.RawFiles == "":
		return refuse(shipment.Problem{Line: 1, Field: "zpl", Code: "raw_not_allowed", Message: "labels in ZPL from the hot folder are not allowed here; to allow them, set intake.scopes to [print:raw] in the station's configuration"})
	}
	taken, err := d.printRaw(ctx, Once{Key: doc.Name, BodySHA256: doc.SHA256, file: true}, Raw{Role: d.o.RawFiles, Ref: doc.Name, ZPL: doc.Content})
	var refusals rawzpl.Refusals
	switch {
	case errors.As(err, &refusals):
		return refuse(rawProblems(refusals)...)
	case fault.Is(err, fault.Conflict):
		return refuse(shipment.Problem{Line: 1, Field: "file", Code: "name_used", Message: err.Error()})
	case fault.Is(err, fault.Invalid):
		return refuse(shipment.Problem{Line: 1, Field: "zpl", Code: "invalid", Message: err.Error()})
	case err != nil:
		return nil, err
	}
	for _, j := range taken.Jobs {
		out.Jobs = append(out.Jobs, string(j.ID))
	}
	for _, n := range taken.Notes {
		out.Problems = append(out.Problems, shipment.Problem{Line: 1, Field: "zpl", Code: "left_out", Message: fmt.Sprintf("%s at byte %d is left out: %s", n.Command, n.Offset, n.Why)})
	}
	if taken.Again {
		out.Status = intake.AlreadyTaken
		out.Problems = shipment.Problems{{Line: 1, Field: "file", Code: "already_taken", Message: "a file of this name with this content came before; nothing is printed; to print it again, drop it under another name"}}
	}
	return []intake.Outcome{out}, nil
}

func rawProblems(rs rawzpl.Refusals) shipment.Problems {
	ps := make(shipment.Problems, 0, len(rs))
	for _, r := range rs {
		ps = append(ps, shipment.Problem{Line: 1, Field: "zpl", Code: "raw_refused", Message: r.String()})
	}
	return ps
}
