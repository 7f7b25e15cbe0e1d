package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// errEnough ends a walk over events early.
var errEnough = errors.New("enough")

// newestListed is how many events are listed where nobody says.
const newestListed = 100

// journalListCmd is `waybill journal list`.
type journalListCmd struct {
	journalFile `embed:""`
	eventFilter `embed:""`
	Limit       *int `help:"How many, counted from the newest; 0 for all. 100 if left out, and with --parked all." placeholder:"N"`
	Parked      bool `help:"Only events that a hub has refused for good, each with the reason."`
	JSON        bool `help:"Write JSON lines, which is what list writes where its output is no terminal." xor:"form"`
	Table       bool `help:"Write a table, which is what list writes on a terminal." xor:"form"`
}

// Help is shown under waybill journal list --help.
func (*journalListCmd) Help() string {
	return `Examples:
  waybill journal list --config station.yaml --subject 576461413038785752
  waybill journal list --config station.yaml --since 2h --device dock --type scan.refused
  waybill journal list --config station.yaml --parcel 1Z999AA10123456784 --table

The order is that in which things happened; no clock is asked for it. CLOCK tells
where the station's wall clock was set, forward or back.

What the hub has refused, and why; the filters are the same:
  waybill journal list --config station.yaml --parked --since 24h`
}

type journalLine struct {
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	ID       string             `json:"id"`
	Time     wire.Timestamp     `json:"time"`
	TZOffset string             `json:"tzoffset,omitempty"`
	Type     shipment.EventType `json:"type"`
	Subject  shipment.OrderID   `json:"subject,omitempty"`
	StepMS   int64              `json:"clock_step_ms,omitempty"` // by how much the wall clock was set since the line before
	Data     json.RawMessage    `json:"data,omitempty"`
}

// A listed is one event on its way out; the error is of its own bytes.
type listed struct {
	rec wire.Record
	env wire.Envelope
	err error
}

// Run lists the newest events.
func (c *journalListCmd) Run(con *console) error {
	limit := newestListed
	if c.Parked {
		limit = 0
	}
	if c.Limit != nil {
		limit = *c.Limit
	}
	if limit < 0 {
		return usage(errors.New("--limit must not be negative"))
	}
	q, err := c.query(time.Now())
	if err != nil {
		return usage(err)
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	q.Limit = limit
	if c.Parked {
		return c.parked(con, r, q)
	}
	q.Newest = limit > 0
	out := bufio.NewWriter(con.out)
	write, done := c.writer(out, con.out)
	var newest []listed
	err = r.View(con.ctx, func(tx *journal.ReadTx) error {
		if err := c.known(tx, q); err != nil {
			return err
		}
		return c.walk(tx, q, func(rec wire.Record, env wire.Envelope, damage error) error {
			if !q.Newest {
				return write(listed{rec, env, damage})
			}
			newest = append(newest, listed{rec, env, damage})
			return nil
		})
	})
	for _, l := range slices.Backward(newest) {
		if err == nil {
			err = write(l)
		}
	}
	return errors.Join(err, done(), out.Flush())
}

// writer returns what writes one event, and what ends the output.
func (c *journalListCmd) writer(out io.Writer, terminal io.Writer) (write func(listed) error, done func() error) {
	damaged := 0
	var before wire.Envelope
	step := func(env wire.Envelope) time.Duration {
		defer func() { before = env }()
		if d := env.ClockStep(before); before.ID != "" && d.Abs() >= wire.ClockStep {
			return d
		}
		return 0
	}
	end := func() error {
		if damaged > 0 {
			return fmt.Errorf("%d events cannot be read (waybill journal verify says what is damaged)", damaged)
		}
		return nil
	}
	if c.JSON || (!c.Table && !isTerminal(terminal)) {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return func(l listed) error {
			if l.err != nil {
				damaged++
				return enc.Encode(map[string]any{"epoch": l.rec.Epoch, "sequence": l.rec.Sequence, "error": l.err.Error()})
			}
			return enc.Encode(journalLine{
				l.rec.Epoch, l.rec.Sequence, l.rec.ID, l.env.Time, l.env.TZOffset, l.rec.Type, l.rec.Subject, step(l.env).Milliseconds(), l.env.Data,
			})
		}, end
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SEQUENCE\tTIME\tEVENT\tORDER\tWHAT\tCLOCK")
	return func(l listed) error {
		place := placeInWords(l.rec.Epoch, l.rec.Sequence)
		if l.err != nil {
			damaged++
			_, err := fmt.Fprintf(w, "%s\t\tDAMAGED\t\t%s\t\n", place, shipment.Visible(l.err.Error()))
			return err
		}
		clock := ""
		if d := step(l.env); d != 0 {
			clock = fmt.Sprintf("set %+v", d.Round(time.Millisecond))
			clock = strings.Replace(clock, "set -", "set back ", 1)
			if d > 0 {
				clock = "set forward " + d.Round(time.Millisecond).String()
			}
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", place, localTime(l.env), l.rec.Type, shipment.Visible(string(l.rec.Subject)), shipment.Visible(inShort(l.env.Data)), clock)
		return err
	}, func() error { return errors.Join(w.Flush(), end()) }
}

// localTime is the time that the station's clock showed.
func localTime(env wire.Envelope) string {
	at := time.Time(env.Time)
	if offset, err := time.Parse("-07:00", env.TZOffset); err == nil {
		_, seconds := offset.Zone()
		at = at.In(time.FixedZone("", seconds))
	}
	return at.Format("2006-01-02 15:04:05.000 -07:00")
}

// inShort says the most telling of an event's data.
func inShort(data json.RawMessage) string {
	var all map[string]any
	if json.Unmarshal(data, &all) != nil {
		return ""
	}
	var words []string
	for _, key := range []string{
		"parcel", "tracking_number", "carrier", "service", "handoff", "printer", "scanner", "scale", "kind", "name", "state",
		"evidence", "weight_g", "operator", "by", "code", "reason", "message", "from",
	} {
		switch v := all[key].(type) {
		case string:
			if v != "" {
				words = append(words, key+"="+v)
			}
		case float64:
			words = append(words, key+"="+strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return strings.Join(words, " ")
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
