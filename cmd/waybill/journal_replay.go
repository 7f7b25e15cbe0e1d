package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"waybill/configs"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// journalReplayCmd is `waybill journal replay`.
type journalReplayCmd struct {
	journalFile `embed:""`
	To          string `help:"The hub's address; with --config, the station's own hub if left out." placeholder:"URL"`
	Token       string `help:"The station's token at that hub; left out, what the station of --config shows its own hubs." env:"WAYBILL_HUB_TOKEN"`
	From        int64  `help:"The first sequence to send." default:"1"`
	Compare     bool   `help:"Send nothing: replay the events here, and hold the state that comes of them against the one that is stored."`
	Epoch       int64  `help:"The epoch of --from; 0 for the first, or with a --from above 1 for the current one." default:"0"`
}

// Help is shown under waybill journal replay --help.
func (*journalReplayCmd) Help() string {
	return `The station may run meanwhile, and what it has still to send is not touched.

Examples:
  waybill journal replay --config station.yaml --compare
  WAYBILL_HUB_TOKEN=… waybill journal replay --config station.yaml --to https://hub.example.com --from 1`
}

type replayReport struct {
	Sent      int64         `json:"sent"`
	Accepted  int64         `json:"accepted"`
	Duplicate int64         `json:"duplicate"`
	Rejected  int64         `json:"rejected"`
	Refusals  []wire.Result `json:"refusals,omitempty"` // the first ones
}

const (
	replayBatch    = 500
	replayBytes    = 512 << 10
	replayRefusals = 100
)

// Run sends events again.
func (c *journalReplayCmd) Run(con *console) error {
	if c.From < 1 || c.Epoch < 0 {
		return usage(errors.New("--from starts at 1, --epoch at 0"))
	}
	if c.Compare {
		r, err := c.open(con)
		if err != nil {
			return err
		}
		defer r.Close()
		return compare(con, r)
	}
	client, err := c.client()
	if err != nil {
		return usage(err)
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	pos := wire.Position{Epoch: c.Epoch, Sequence: c.From - 1}
	switch {
	case pos.Epoch == 0 && c.From == 1:
		pos.Epoch = 1 // the whole history
	case pos.Epoch == 0:
		head, err := r.Head(con.ctx)
		if err != nil {
			return err
		}
		pos.Epoch = head.Epoch
	}
	var rep replayReport
	for {
		recs, err := r.After(con.ctx, pos, replayBatch, replayBytes)
		if err != nil {
			return err
		}
		if len(recs) == 0 {
			break
		}
		d, err := client.Send(con.ctx, recs)
		if err != nil {
			return fmt.Errorf("replay after sequence %d of epoch %d: %w (go on with --epoch %d --from %d)",
				pos.Sequence, pos.Epoch, err, recs[0].Epoch, recs[0].Sequence)
		}
		rep.add(recs, d.Results)
		pos = recs[len(recs)-1].Position
	}
	if err := writeJSON(con.out, rep); err != nil {
		return err
	}
	if rep.Rejected > 0 {
		return errReported
	}
	return nil
}

// linkTo returns the station's way to a hub of its own, be it a further one, or to
// another, to which it shows no token.
func linkTo(cfg configs.Station, url string) configs.HubLink {
	for _, link := range cfg.HubLinks() {
		if url == "" || strings.TrimSuffix(url, "/") == strings.TrimSuffix(link.URL, "/") {
			return link
		}
	}
	other := cfg.Hub
	other.URL, other.TokenFile, other.Enrolled = url, "", ""
	return other
}

// client speaks to the hub of --to or, without it, to the station's own. A token
// that is given goes before the station's; the station's goes to its own hubs
// only.
func (c *journalReplayCmd) client() (*uplink.Client, error) {
	if c.To == "" && c.Config == "" {
		return nil, errors.New("replay: name the hub by --to or the station by --config")
	}
	link := configs.HubLink{URL: c.To}
	if c.Config != "" {
		cfg, err := configs.LoadStation(c.Config)
		if err != nil {
			return nil, err
		}
		link = linkTo(cfg, c.To)
	}
	if c.Token == "" {
		return hubClient(link)
	}
	u, err := url.Parse(link.URL)
	if err != nil {
		return nil, err
	}
	link.TokenFile = ""
	way, err := hubLink(link)
	if err != nil {
		return nil, err
	}
	way.Credentials = nil
	return uplink.NewClient(uplink.ClientOptions{Hub: u, Link: way, Token: c.Token, MaxBytesPerSecond: link.MaxRate * 1000})
}

func (rep *replayReport) add(recs []wire.Record, results []wire.Result) {
	for i, r := range results {
		rep.Sent++
		switch r.Status {
		case wire.Accepted:
			rep.Accepted++
		case wire.Duplicate:
			rep.Duplicate++
		case wire.Rejected:
			rep.Rejected++
			if len(rep.Refusals) < replayRefusals {
				r.ID, r.Sequence = recs[i].ID, recs[i].Sequence
				rep.Refusals = append(rep.Refusals, r)
			}
		}
	}
}
