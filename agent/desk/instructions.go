package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// What the hub has said about orders: the last word about each, whether its order
// is here or not, since it may come later; and the last of all, which is how far the
// station has come.
const (
	kindInstruction journal.Kind = "hub_instruction"
	kindHeard       journal.Kind = "hub_instructions_heard"
)

const heardLast = "last"

// HeardInstruction returns the last word of the hub that the station has; found is
// false where it has none.
func (d *Desk) HeardInstruction(ctx context.Context) (last wire.Instruction, found bool, err error) {
	err = d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		found, err = tx.Get(kindHeard, heardLast, &last)
		return err
	})
	if err != nil {
		return last, false, fmt.Errorf("instructions of the hub: %w", err)
	}
	return last, found, nil
}

// Instruct takes in words of the hub, in their order, and how far that is: all of it
// or nothing. Taking the same again changes nothing. An order of which a label is
// being made or printed is stopped at the dock.
func (d *Desk) Instruct(ctx context.Context, list []wire.Instruction) error {
	if len(list) == 0 {
		return nil
	}
	newest := map[shipment.OrderID]int{} // of several words about an order the last one counts
	for i, in := range list {
		if !in.Action.Known() {
			return &fault.Error{
				Op: fmt.Sprintf("instruction %d of the hub", in.Sequence), Kind: fault.Permanent,
				Err: fmt.Errorf("%q is nothing that this version can do", in.Action), Hint: "Bring the station up to date.",
			}
		}
		newest[in.Order.Canonical()] = i
	}
	var told []Notice
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		told = nil
		stops := map[shipment.OrderID]guestStop{}
		var heard wire.Instruction
		if _, err := tx.Get(kindHeard, heardLast, &heard); err != nil {
			return err
		}
		for i, in := range list {
			id := in.Order.Canonical()
			if newest[id] != i && in.Action != wire.ActionCancel { // a cancellation is never passed over
				continue
			}
			n, fresh, err := d.hear(tx, id, in, heard)
			if err != nil {
				return fmt.Errorf("order %q: %w", id, err)
			}
			told = append(told, n...)
			if in.Action != wire.ActionRelease && in.Sequence > heard.Sequence {
				stops[id] = guestStop{in, fresh}
			}
		}
		n, err := d.stopGuests(tx, stops)
		if err != nil {
			return err
		}
		told = append(told, n...)
		return tx.Put(kindHeard, heardLast, list[len(list)-1].Bare(), journal.Index{})
	})
	if err != nil {
		return fmt.Errorf("instructions of the hub: %w", err)
	}
	for _, n := range told {
		if n.Tone == Warn {
			d.o.Log.WarnContext(ctx, "The hub says something else of an order that it has cancelled. Nothing comes after a cancellation, so that was not taken.", "order", n.Order)
		}
		d.say(n)
	}
	return nil
}

// A word whose free text is still there is found by its state when the time for that
// has come.
const worded = "worded"

func putInstruction(tx *journal.Tx, id shipment.OrderID, in wire.Instruction) error {
	x := journal.Index{}
	if in.Reason != "" || in.By != "" {
		x.State = worded
	}
	return tx.Put(kindInstruction, string(id), in, x)
}

// hear takes in a word, where it counts beside what the station heard of the order
// before. last is how far it had come. fresh is whether it was said after that.
func (d *Desk) hear(tx *journal.Tx, id shipment.OrderID, in, last wire.Instruction) (told []Notice, fresh bool, err error) {
	var before wire.Instruction
	found, err := tx.Get(kindInstruction, string(id), &before)
	fresh = !found || in.Sequence > before.Sequence || time.Time(in.At).After(time.Time(before.At))
	switch {
	case err != nil:
		return nil, false, err
	case !found:
	case before.Action == wire.ActionCancel && in.Action != wire.ActionCancel: // whatever its number: the hub's store has lost it
		return []Notice{{
			Topic: "order", Tone: Warn, Word: "Stays cancelled", Order: string(id), At: d.o.Now(), Dock: true,
			Message: fmt.Sprintf("Order %s was %s. It stays so, though the hub now says %s. If it is to ship after all, it comes under another order_id.",
				id, instructionOf(before).Words(), in.Action),
		}}, fresh, nil
	case !counts(before, in, last):
		return nil, fresh, nil
	}
	if err := putInstruction(tx, id, in); err != nil {
		return nil, false, err
	}
	told, err = d.instruct(tx, id, in)
	return told, fresh, err
}

// counts reports whether a word counts after another about the same order. One whose
// number the station has had before comes from the hub's list that is read again. Its
// store may have been restored from before, and what the station heard since then may
// be newer. A stop is never lifted by that.
func counts(before, in, last wire.Instruction) bool {
	if last.Sequence == 0 { // it went with a damaged journal, and was no less than this
		last = before
	}
	return in.Sequence > last.Sequence || strictness(in.Action) >= strictness(before.Action) ||
		before.Action == wire.ActionHold && time.Time(in.At).After(time.Time(before.At))
}

// strictness orders actions by how much they stop.
func strictness(a wire.Action) int {
	return slices.Index([]wire.Action{wire.ActionRelease, wire.ActionHold, wire.ActionCancel}, a)
}

// instruct tells an order what the hub says of it, where it is here.
func (d *Desk) instruct(tx *journal.Tx, id shipment.OrderID, in wire.Instruction) ([]Notice, error) {
	s, err := getOrder(&tx.ReadTx, id)
	if errors.Is(err, errUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	step := agent.Instructed{Instruction: instructionOf(in), Learned: d.o.Now()}
	for _, p := range s.Parcels {
		job, found, err := getJob(&tx.ReadTx, p.Job)
		if err != nil {
			return nil, err
		}
		if found {
			step.Jobs = append(step.Jobs, job)
		}
	}
	s, effects := s.Step(step)
	if len(effects) == 0 {
		return nil, nil
	}
	n := Notice{Topic: "order", Order: string(id), At: d.o.Now()}
	switch left := s.Left(); {
	case in.Action == wire.ActionRelease:
	case left > 0:
		n.Tone, n.Word, n.Dock = Bad, "Take it back", true
		n.Message = fmt.Sprintf("Order %s was %s. It was scanned onto a pick-up: if the truck is still here, take it off and scan UNDO.", id, instructionOf(in).Words())
	default:
		n.Tone, n.Word, n.Dock = Bad, "Stopped", true
		n.Message = fmt.Sprintf("Order %s was %s. It stays here.", id, instructionOf(in).Words())
		if away := awayWords(s); away != "" {
			n.Message = fmt.Sprintf("Order %s was %s. %s", id, instructionOf(in).Words(), away)
		}
	}
	return []Notice{n}, d.keep(tx, s, effects)
}

func instructionOf(in wire.Instruction) agent.Instruction {
	return agent.Instruction{Sequence: in.Sequence, Action: string(in.Action), Reason: in.Reason, By: in.By, At: time.Time(in.At)}
}

// instructedBefore returns the hub's last word about an order.
func instructedBefore(tx *journal.ReadTx, id shipment.OrderID) (agent.Instruction, bool, error) {
	var in wire.Instruction
	found, err := tx.Get(kindInstruction, string(id.Canonical()), &in)
	return instructionOf(in), found, err
}

// cancelledBefore reports whether the hub has cancelled an order before this content
// of it came. It is refused, once, and nothing of it prints.
func (d *Desk) cancelledBefore(tx *journal.Tx, before *agent.State, in agent.Arrival) (s agent.State, cancelled bool, err error) {
	word, found, err := instructedBefore(&tx.ReadTx, in.Order.ID)
	if err != nil || !found || word.Action != agent.HubCancel {
		return s, false, err
	}
	problem := word.CancelledBefore()
	s = agent.State{
		Order: in.Order, From: in.From, Digest: in.Digest, Taken: in.At, Since: in.At, Told: &word,
		Why: &agent.Why{Stage: agent.Refused, Code: problem.Code, Message: problem.Message, Problems: shipment.Problems{problem}},
	}
	if before != nil {
		if !before.Replaceable() || before.Digest == in.Digest && before.Stage() == agent.Voided {
			return s, false, nil // what is known of it says what is to be said
		}
		if before.Digest == in.Digest && before.Stage() == agent.Refused && before.Why.Code == problem.Code {
			return *before, true, nil // told already
		}
		s = s.Replacing(*before)
	}
	return s, true, d.keep(tx, s, []agent.Effect{agent.Record{Fact: shipment.OrderRejected{From: in.From, Problems: s.Why.Problems}}})
}

// heldBefore has an order that was just decided hear what the hub has said of it.
func heldBefore(tx *journal.Tx, s agent.State, effects []agent.Effect, taken agent.Taken, at time.Time) (agent.State, []agent.Effect, error) {
	if taken != agent.Accepted && taken != agent.OnHold {
		return s, effects, nil
	}
	word, found, err := instructedBefore(&tx.ReadTx, s.Order.ID)
	if err != nil || !found || word.Action == agent.HubRelease {
		return s, effects, err
	}
	s, more := s.Step(agent.Instructed{Instruction: word, Learned: at})
	return s, append(effects, more...), nil
}

// guestStopped returns the hub's word that keeps another station's parcel from
// leaving here, or nothing.
func guestStopped(tx *journal.Tx, id shipment.OrderID) (code, message string, err error) {
	word, found, err := instructedBefore(&tx.ReadTx, id)
	if err != nil || !found {
		return "", "", err
	}
	code, message = agent.StopGuest(id, word)
	return code, message, nil
}

// redactInstruction takes the free text out of the hub's last word about an order;
// what the word does stays.
func redactInstruction(tx *journal.Tx, id shipment.OrderID) error {
	var in wire.Instruction
	found, err := tx.Get(kindInstruction, string(id.Canonical()), &in)
	if err != nil || !found {
		return err
	}
	return putInstruction(tx, id.Canonical(), in.Bare())
}
