package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"waybill/configs"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
)

// hubQuarantineCmd is `waybill hub quarantine`.
type hubQuarantineCmd struct {
	List    hubQuarantineListCmd    `cmd:"" help:"List events that contradict what the hub has of their station."`
	Release hubQuarantineReleaseCmd `cmd:"" help:"Let events tell their stories all the same."`
	Discard hubQuarantineDiscardCmd `cmd:"" help:"Take events off the list of those to decide on; their bytes are kept."`
}

// Help is shown under waybill hub quarantine --help.
func (*hubQuarantineCmd) Help() string {
	return `A station that runs from an old copy of its disk records other events in places
where the hub has some already. These are set aside: no shipment tells of them
until somebody has looked at them. The hub may run meanwhile.

Examples:
  waybill hub quarantine list --config hub.yaml
  waybill hub quarantine release --config hub.yaml --by Kim --note "parcels seen" 3f9c2a7b10de
  waybill hub quarantine discard --config hub.yaml --by Kim --station bench-1 --epoch 2`
}

// asideStore is what these commands need of the hub's store.
type asideStore interface {
	Quarantine(ctx context.Context, station shipment.StationID, all bool, limit int) ([]tracking.SetAside, error)
	Decide(ctx context.Context, d tracking.Decide) (tracking.Decision, error)
	io.Closer
}

func openAside(con *console, file string) (asideStore, error) {
	cfg, err := configs.LoadHub(file)
	if err != nil {
		return nil, usage(err)
	}
	s, err := store.Open(con.ctx, cfg.Data, store.Options{Log: con.log})
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	return s, nil
}

// maxAside is more than a store keeps of a hundred stations.
const maxAside = 1_000_000

// hubQuarantineListCmd is `waybill hub quarantine list`.
type hubQuarantineListCmd struct {
	Config  string `required:"" placeholder:"FILE" help:"The hub's configuration."`
	Station string `help:"Only those of this station."`
	All     bool   `help:"Those decided on, too."`
	JSON    bool   `help:"Write JSON lines, with the events' bytes."`
}

// Help is shown under waybill hub quarantine list --help.
func (*hubQuarantineListCmd) Help() string {
	return "Examples:\n  waybill hub quarantine list --config hub.yaml\n  waybill hub quarantine list --config hub.yaml --station bench-1 --all --json"
}

type asideLine struct {
	Name     string         `json:"name"` // what release and discard call it
	Received wire.Timestamp `json:"received"`
	tracking.SetAside
}

// Run lists the events.
func (c *hubQuarantineListCmd) Run(con *console) (err error) {
	s, err := openAside(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	events, err := s.Quarantine(con.ctx, shipment.StationID(c.Station), c.All, maxAside)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, e := range events {
			if err := json.NewEncoder(con.out).Encode(asideLine{e.Hash[:min(12, len(e.Hash))], wire.Timestamp(e.Received), e}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(events) == 0 {
		fmt.Fprintln(con.out, "Nothing waits for a decision.")
		return nil
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EVENT\tSTATION\tPLACE\tWHAT\tORDER\tRECEIVED\tDECISION\tREASON")
	for _, e := range events {
		fmt.Fprintf(w, "%.12s\t%s\t%d/%d\t%s\t%s\t%s\t%s\t%s\n", e.Hash, e.Station, e.Epoch, e.Sequence, whatOf(e), e.Subject,
			e.Received.Format(time.DateTime), decisionOf(e), e.Reason)
	}
	return w.Flush()
}

// whatOf returns the type of an event that was set aside, as the other lists
// write it.
func whatOf(e tracking.SetAside) string {
	env, err := wire.ReadEnvelope(e.Raw)
	if err != nil {
		return "?"
	}
	if t, ours := env.EventType(); ours {
		return string(t)
	}
	return env.Type
}

func decisionOf(e tracking.SetAside) string {
	text := string(e.Decision)
	if e.By != "" {
		text += " by " + e.By
	}
	return text
}

// decideFlags say which events somebody decides on, and who.
type decideFlags struct {
	Events  []string `arg:"" optional:"" name:"event" help:"What list calls them, or their IDs."`
	Config  string   `required:"" placeholder:"FILE" help:"The hub's configuration."`
	By      string   `required:"" help:"Who decides; it is kept."`
	Note    string   `help:"Why; it is kept."`
	Station string   `help:"All that wait for a decision of this station."`
	Epoch   int64    `help:"Of this epoch alone."`
}

// hubQuarantineReleaseCmd is `waybill hub quarantine release`.
type hubQuarantineReleaseCmd struct {
	decideFlags `embed:""`
}

// Help is shown under waybill hub quarantine release --help.
func (*hubQuarantineReleaseCmd) Help() string {
	return `An event that fits its station's history by now is taken like any other; one that
does not tells its story beside it. Release what really happened: parcels that were
packed while the station ran from an old copy of its disk.

Example:
  waybill hub quarantine release --config hub.yaml --by Kim --note "parcels seen" 3f9c2a7b10de`
}

// Run releases the events.
func (c *hubQuarantineReleaseCmd) Run(con *console) error { return c.decide(con, tracking.Released) }

// hubQuarantineDiscardCmd is `waybill hub quarantine discard`.
type hubQuarantineDiscardCmd struct {
	decideFlags `embed:""`
}

// Help is shown under waybill hub quarantine discard --help.
func (*hubQuarantineDiscardCmd) Help() string {
	return `Nothing is deleted: the events stay in the list under --all, and can be released
later.

Example:
  waybill hub quarantine discard --config hub.yaml --by Kim --station bench-1 --epoch 2`
}

// Run discards the events.
func (c *hubQuarantineDiscardCmd) Run(con *console) error { return c.decide(con, tracking.Discarded) }

// decide decides on every event that is meant, in the order of their places.
func (c *decideFlags) decide(con *console, what tracking.Decision) (err error) {
	if (len(c.Events) == 0) == (c.Station == "") {
		return usage(errors.New("hub quarantine: name events, or a station with --station"))
	}
	if c.Epoch != 0 && c.Station == "" {
		return usage(errors.New("hub quarantine: --epoch is of a station; name it with --station"))
	}
	s, err := openAside(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	meant, err := c.meant(con.ctx, s)
	if err != nil {
		return err
	}
	for _, e := range meant {
		done, err := s.Decide(con.ctx, tracking.Decide{Station: e.Station, Hash: e.Hash, Decision: what, By: c.By, Note: c.Note})
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "%.12s  %s %d/%d  %s\n", e.Hash, e.Station, e.Epoch, e.Sequence, done)
	}
	return nil
}

// meant returns the events that the flags name.
func (c *decideFlags) meant(ctx context.Context, s asideStore) ([]tracking.SetAside, error) {
	all, err := s.Quarantine(ctx, shipment.StationID(c.Station), len(c.Events) > 0, maxAside)
	if err != nil {
		return nil, err
	}
	var out []tracking.SetAside
	found := map[string]int{}
	for _, e := range all {
		is := len(c.Events) == 0 && (c.Epoch == 0 || e.Epoch == c.Epoch)
		for _, name := range c.Events {
			if e.ID == name || len(name) >= 8 && strings.HasPrefix(e.Hash, strings.ToLower(name)) {
				is = true
				found[name]++
			}
		}
		if is {
			out = append(out, e)
		}
	}
	for _, name := range c.Events {
		switch found[name] {
		case 0:
			return nil, fmt.Errorf("hub quarantine: %q is not among the events set aside ('waybill hub quarantine list --all' shows them; name at least 8 characters)", name)
		case 1:
		default:
			return nil, fmt.Errorf("hub quarantine: %q stands for %d events set aside (name more characters)", name, found[name])
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("hub quarantine: nothing of station %q waits for a decision ('waybill hub quarantine list --all' shows what was decided)", c.Station)
	}
	return out, nil
}
