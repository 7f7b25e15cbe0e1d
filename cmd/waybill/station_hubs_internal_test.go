package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/api"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// hubsOf returns a station with an uplink to each address, none of which runs.
func hubsOf(t *testing.T, own string, further ...string) *station {
	t.Helper()
	cfg := configs.DefaultStation()
	cfg.Hub.URL, cfg.Data = own, t.TempDir()
	for _, u := range further {
		cfg.FurtherHubs = append(cfg.FurtherHubs, configs.FurtherHub{URL: u})
	}
	j := openJournal(t, filepath.Join(cfg.Data, "journal.db"))
	t.Cleanup(func() { _ = j.Close() })
	st := &station{cfg: cfg, journal: j, news: newDeviceNews(), log: slog.New(slog.DiscardHandler)}
	if err := st.openHubs(t.Context()); err != nil {
		t.Fatal(err)
	}
	return st
}

// What a journal that was rebuilt does not know of a hub, nobody says.
func TestWordsOfAFormerHub(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]journal.Upstream{
		"hub: 7 events, from 1/4 on, never reached it; they are kept, and so is everything after them":                                                    {Name: "hub", Position: wire.Position{Epoch: 1, Sequence: 3}, Missing: 7},
		"hub: 7 events, from 1/4 on, never reached it, and it refused 2; they are kept, and so is everything after them":                                  {Name: "hub", Position: wire.Position{Epoch: 1, Sequence: 3}, Missing: 7, Parked: 2},
		"hub: it is not known which of 7 events reached it, since the journal was damaged and built anew; they are kept, and so is everything after them": {Name: "hub", Missing: 7},
	} {
		if diff := cmp.Diff(want, formerWords(u)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// Whichever hub knows another history of the station, no number is given out; they are
// given out again once every hub has had its say.
func TestAnyHubHoldsNumbers(t *testing.T) {
	t.Parallel()
	ok := uplink.State{Reachable: true, LastAck: time.Now()}
	forked := uplink.State{Reachable: true, Condition: uplink.ConditionForked, Remedy: "begin an epoch"}
	away := uplink.State{}
	for name, tt := range map[string]struct {
		own, further uplink.State
		told, held   bool
	}{
		"both well":          {ok, ok, true, false},
		"own forked":         {forked, ok, true, true},
		"further forked":     {ok, forked, true, true},
		"own away":           {away, ok, false, false},
		"further away":       {ok, away, false, false},
		"one of both forked": {away, forked, true, true},
	} {
		st := hubsOf(t, "http://127.0.0.1:1", "http://127.0.0.1:2")
		st.hubState(st.hubs.all[0], tt.own)
		st.hubState(st.hubs.all[1], tt.further)
		if _, hold := st.news.take(); (hold != nil) != tt.told || hold != nil && (*hold != "") != tt.held {
			t.Errorf("%s: %v", name, hold)
		}
	}
}

// An event that both hubs refused is sent to both again, and one that is away keeps the
// other from nothing.
func TestRetryGoesToWhoRefused(t *testing.T) {
	t.Parallel()
	st := hubsOf(t, "http://127.0.0.1:1", "http://127.0.0.1:2")
	appendOrders(t, st.journal, 3, 0)
	recs, err := st.journal.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	no := func(i int) wire.Result { return wire.Result{ID: recs[i].ID, Status: wire.Rejected, Reason: "was bad"} }
	for hub, refused := range map[string][]wire.Result{"127.0.0.1:1": {no(0), no(1)}, "127.0.0.1:2": {no(1), no(2)}} {
		if err := st.journal.SetCursor(t.Context(), hub, recs[2].Position, refused...); err != nil {
			t.Fatal(err)
		}
	}
	takes := func(ctx context.Context, ids []string) ([]wire.Result, error) {
		var all []wire.Result
		for _, id := range ids {
			all = append(all, wire.Result{ID: id, Status: wire.Accepted})
		}
		return all, nil
	}
	away := func(context.Context, []string) ([]wire.Result, error) { return nil, errors.New("away") }
	to := []retrier{{"127.0.0.1:1", takes}, {"127.0.0.1:2", takes}}
	want := func(hub string, i int) api.Retried {
		return api.Retried{Hub: hub, Result: wire.Result{ID: recs[i].ID, Status: wire.Accepted}}
	}
	got, err := retryAt(t.Context(), st.journal.Reader, to, nil)
	if diff := cmp.Diff([]api.Retried{want("127.0.0.1:1", 0), want("127.0.0.1:1", 1), want("127.0.0.1:2", 1), want("127.0.0.1:2", 2)}, got); diff != "" || err != nil {
		t.Errorf("all: %v (-want +got)\n%s", err, diff)
	}
	got, err = retryAt(t.Context(), st.journal.Reader, to, []string{recs[2].ID})
	if diff := cmp.Diff([]api.Retried{want("127.0.0.1:2", 2)}, got); diff != "" || err != nil {
		t.Errorf("one: %v (-want +got)\n%s", err, diff)
	}
	if got, err = retryAt(t.Context(), st.journal.Reader, to, []string{recs[2].ID, "stranger"}); !fault.Is(err, fault.NotFound) || got != nil || !strings.Contains(err.Error(), "stranger") {
		t.Errorf("a stranger: %v, %v", got, err)
	}
	to[0].retry = away
	got, err = retryAt(t.Context(), st.journal.Reader, to, nil)
	if len(got) != 2 || got[0].Hub != "127.0.0.1:2" || err == nil || !strings.Contains(err.Error(), "hub 127.0.0.1:1: away") {
		t.Errorf("one is away: %v, %v", got, err)
	}
}

// What a person calls a hub.
func TestIsHub(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		"hub.example.com:9640": true, "https://Hub.example.com:9640/": true, "hub.example.com": false, "": false, "https://hub.example.com:9640/other": false,
	} {
		if got := isHub("hub.example.com:9640", said); got != want {
			t.Errorf("%q: %t", said, got)
		}
	}
	for said, want := range map[string]bool{
		"https://hub.example.com": true, "hub.example.com": true, "hub.example.com:443": true, "http://hub.example.com": false, "hub.example.com:80": false,
	} {
		if got := isHub("HUB.example.com:443", said); got != want {
			t.Errorf("%q, of the name as it was written once: %t", said, got)
		}
	}
}

// A journal that was restored begins an epoch that no hub knows.
func TestMostOfWhatHubsKnow(t *testing.T) {
	t.Parallel()
	position := func(epochs ...wire.EpochPosition) wire.StationPosition { return wire.StationPosition{Epochs: epochs} }
	got := mostOf(position(wire.EpochPosition{Epoch: 1, Highest: 9}, wire.EpochPosition{Epoch: 2, Highest: 4}),
		position(wire.EpochPosition{Epoch: 3, Highest: 1}, wire.EpochPosition{Epoch: 2, Highest: 7}))
	want := position(wire.EpochPosition{Epoch: 1, Highest: 9}, wire.EpochPosition{Epoch: 2, Highest: 7}, wire.EpochPosition{Epoch: 3, Highest: 1})
	if diff := cmp.Diff(want.Epochs, got.Epochs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// replay --to a hub that is not the station's shows it no token of the station.
func TestReplayElsewhereShowsNoToken(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	cfg.Hub.URL, cfg.Hub.Enrolled = "https://own.example", "data/hub"
	cfg.FurtherHubs = []configs.FurtherHub{{URL: "https://further.example", TokenFile: "further.token"}}
	for to, want := range map[string]string{
		"": filepath.Join("data", "hub", "token"), "https://own.example/": filepath.Join("data", "hub", "token"),
		"https://further.example": "further.token", "https://other.example": "",
	} {
		if got, _ := linkTo(cfg, to).Token(); got != want {
			t.Errorf("%q: token of %q, want %q", to, got, want)
		}
	}
}

// One hub under two addresses is found out by the name of its store.
func TestDoctorKnowsAHubUnderTwoAddresses(t *testing.T) {
	t.Parallel()
	one, other := newTestHub(t, nil), newTestHub(t, nil)
	for further, want := range map[string]bool{strings.Replace(one.URL, "127.0.0.1", "localhost", 1): true, other.URL: false} {
		cfg := configs.DefaultStation()
		cfg.Hub.URL, cfg.FurtherHubs = one.URL, []configs.FurtherHub{{URL: further}}
		found := slices.ContainsFunc(checkHubs(t.Context(), cfg), func(f finding) bool {
			return f.What == "hub (further_hubs[0])" && f.State == "warning" && strings.Contains(f.Detail, "the same as hub.url")
		})
		if found != want {
			t.Errorf("%s: %t; %+v", further, found, checkHubs(t.Context(), cfg))
		}
	}
}

// The hub of exactly that name goes before one that may be meant, too.
func TestForgetsTheHubThatIsNamed(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"Hub.example.com:443": "Hub.example.com:443", "hub.example.com:443": "hub.example.com:443", "https://other.example/": "OTHER.example",
	} {
		j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"))
		appendOrders(t, j, 3, 0)
		recs, err := j.After(t.Context(), wire.Position{}, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Hub.example.com:443", "OTHER.example", "hub.example.com:443"} {
			if err := j.SetCursor(t.Context(), name, recs[0].Position); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := j.SetUpstreams(t.Context(), "new.example"); err != nil {
			t.Fatal(err)
		}
		if u, err := forgetFormer(t.Context(), j, said); err != nil || u.Name != want {
			t.Errorf("%s: %q, %v; want %q", said, u.Name, err, want)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A hub whose address is written in another way is the same hub: it goes on where it
// stood, and nothing is a former hub's.
func TestAHubWrittenInAnotherWay(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	cfg.Hub.URL, cfg.Data = "http://hub.example.com", t.TempDir()
	j := openJournal(t, filepath.Join(cfg.Data, "journal.db"))
	t.Cleanup(func() { _ = j.Close() })
	appendOrders(t, j, 3, 0)
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "Hub.example.com:80", recs[1].Position, wire.Result{ID: recs[0].ID, Reason: "no"}); err != nil {
		t.Fatal(err)
	}
	st := &station{cfg: cfg, journal: j, news: newDeviceNews(), log: slog.New(slog.DiscardHandler)}
	all, err := j.Upstreams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines, err := hubLines(cfg, all)
	if err != nil || len(lines) != 1 || lines[0].Hub != "hub.example.com" || lines[0].Role != "own" || lines[0].Lacks != 1 {
		t.Errorf("before the start: %+v, %v", lines, err)
	}
	if err := st.openHubs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err = j.Upstreams(t.Context()); err != nil || len(all) != 1 || all[0].Name != "hub.example.com" || all[0].Missing != 1 || all[0].Parked != 1 || all[0].Former {
		t.Errorf("%+v, %v", all, err)
	}
}
