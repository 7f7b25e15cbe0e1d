package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"waybill/agent/api"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// journalRetryCmd is `waybill journal retry`.
type journalRetryCmd struct {
	stationLink `embed:""`
	IDs         []string `arg:"" optional:"" name:"ID" help:"The events, as waybill journal list --parked names them."`
	All         bool     `help:"Every event that a hub has refused for good."`
}

// Help is shown under waybill journal retry --help.
func (*journalRetryCmd) Help() string {
	return `Sends events that a hub has refused for good once more, each to the hub that refused
it, after what was wrong with them, or with the hub, was mended. Those that it takes now
are set aside no longer; of the others the new reason is kept. One JSON line for each;
exit code 1 where one is refused again. A station that runs does it itself.

Examples:
  waybill journal list --config station.yaml --parked
  waybill journal retry --config station.yaml 01934af2-0000-7000-8000-0000000000aa
  waybill journal retry --config station.yaml --all`
}

// A retried is what became of the events, as the station answers.
type retried struct {
	Results []api.Retried `json:"results"`
	Error   string        `json:"error"` // of a hub that could not be asked, beside the results of others
}

// Run sends the events again.
func (c *journalRetryCmd) Run(con *console) error {
	if c.All == (len(c.IDs) > 0) {
		return usage(errors.New("journal retry: name events, or say --all"))
	}
	cfg, err := configs.LoadStation(c.Config)
	if err != nil {
		return usage(err)
	}
	j, err := openThere(con, cfg)
	var done retried
	switch {
	case errors.Is(err, journal.ErrInUse): // the station runs, and has the journal
		err = c.ask(con, http.MethodPost, "/v1/parked/retry", map[string][]string{"ids": append([]string{}, c.IDs...)}, &done)
		if err == nil && done.Error != "" {
			err = errors.New("journal retry: " + done.Error)
		}
	case err == nil:
		done.Results, err = c.send(con, cfg, j)
		err = errors.Join(err, j.Close())
	case fault.Is(err, fault.NotFound):
		return usage(fmt.Errorf("journal retry: %w", err))
	}
	refused, enc := 0, json.NewEncoder(con.out)
	enc.SetEscapeHTML(false)
	for _, r := range done.Results {
		if r.Status == wire.Rejected {
			refused++
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	if err == nil && refused > 0 {
		err = fmt.Errorf("journal retry: %d of %d events are refused again, and it is said why", refused, len(done.Results))
	}
	return err
}

func (c *journalRetryCmd) send(con *console, cfg configs.Station, j *journal.Journal) ([]api.Retried, error) {
	var to []retrier
	for _, link := range cfg.HubLinks() {
		client, err := hubClient(link)
		if err != nil {
			return nil, usage(err)
		}
		to = append(to, retrier{client.Name(), func(ctx context.Context, ids []string) ([]wire.Result, error) {
			return uplink.Retry(ctx, client, j, client.Name(), ids)
		}})
	}
	return retryAt(con.ctx, j.Reader, to, c.IDs)
}
