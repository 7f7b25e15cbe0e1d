package desk_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A patchy hub does not give some pick-ups.
type patchy struct {
	station shipment.StationID
	news    []string // pick-ups that it tells of
	errs    map[string]error
	asked   string // for which ones, in their order
	heard   string
}

func (p *patchy) HandoffNews(_ context.Context, _ shipment.StationID, _ wire.NewsQuestion) (told wire.Handoffs, err error) {
	for i, id := range p.news {
		told.Handoffs = append(told.Handoffs, wire.Handoff{ID: id, Station: p.station, Change: int64(i + 1), Takeovers: make([]wire.Takeover, 1)})
	}
	return told, nil
}

func (p *patchy) HeardHandoffs(_ context.Context, _ shipment.StationID, h wire.Heard) error {
	for _, of := range h.News {
		p.heard += of.ID
	}
	return nil
}

func (p *patchy) Handoff(_ context.Context, id string) (wire.Handoff, error) {
	p.asked += id
	return wire.Handoff{ID: id, Station: p.station, Takeovers: make([]wire.Takeover, 1)}, p.errs[id]
}

// TestAHubThatGoesAwayIsAskedNoMore holds that two pick-ups in a row which are not given
// end it, whether the hub tells of them or they are open, and that one keeps nothing back.
func TestAHubThatGoesAwayIsAskedNoMore(t *testing.T) {
	t.Parallel()
	gone := errHubAway
	odd := &fault.Error{Op: "its answer", Kind: fault.Permanent, Err: errors.New("is odd")}
	for name, tt := range map[string]struct {
		errs         map[string]error
		asked, heard string
		away         bool
	}{
		"one":                 {map[string]error{"b": gone}, "abcde", "acde", true},
		"now and then":        {map[string]error{"b": gone, "d": gone}, "abcde", "ace", true},
		"it went":             {map[string]error{"b": gone, "c": gone, "d": gone}, "abc", "a", true},
		"after another error": {map[string]error{"a": odd, "c": gone, "d": gone}, "abcd", "b", true},
		"odd":                 {map[string]error{"b": odd, "c": odd}, "abcde", "ade", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			ids := strings.Split("abcde", "")
			if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
				for _, id := range ids {
					if err := tx.Put("handoff", id, handoff.Session{ID: id, Carrier: "usps", Hands: 1}, journal.Index{State: "open:usps"}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for _, hub := range []*patchy{{news: ids}, {}} {
				hub.station, hub.errs = r.journal.Station(), tt.errs
				err := r.MeetHub(t.Context(), hub)
				if err == nil || fault.Is(err, fault.Transient) != tt.away {
					t.Errorf("error %v", err)
				}
				if hub.asked != tt.asked || len(hub.news) > 0 && hub.heard != tt.heard {
					t.Errorf("asked for %q, want %q; heard %q, want %q", hub.asked, tt.asked, hub.heard, tt.heard)
				}
			}
		})
	}
}
