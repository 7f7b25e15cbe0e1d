package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"waybill/agent/api"
	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/hubname"
	"waybill/internal/task"
	"waybill/sync/journal"
	"waybill/sync/uplink"
)

// hubs are where the station's events go: to its own hub first, which is asked for
// numbers and whatever else comes from a hub, and to the further ones. Each has an
// uplink of its own, and none waits for another.
type hubs struct {
	all     []*receiver
	holding sync.Mutex // held while it is told whether numbers may be given out
}

// A receiver is one of the hubs.
type receiver struct {
	link   configs.HubLink
	client *uplink.Client
	up     *uplink.Uplink
	state  atomic.Pointer[uplink.State] // as it was told last; nil: not yet
	away   atomic.Pointer[time.Time]    // since when it does not answer; nil: it does, or has not been asked yet
}

func (h *hubs) own() *receiver { return h.all[0] }

// tasks returns what brings events to the hubs, and keeps the station's tokens there.
func (h *hubs) tasks(log *slog.Logger) []task.Task {
	var tasks []task.Task
	for _, r := range h.all {
		tasks = append(tasks, r.up, hubKeeper(r.link).Task(r.client, log))
	}
	return tasks
}

// openHubs makes the uplinks, and has the journal keep every event until each of the
// hubs has it, from before the first old one is taken out.
func (st *station) openHubs(ctx context.Context) error {
	var names []string
	for _, link := range st.cfg.HubLinks() {
		client, err := hubClient(link)
		if err != nil {
			return usage(err)
		}
		r := &receiver{link: link, client: client}
		r.up = uplink.New(uplink.Options{
			Client: client, Source: st.journal, MaxBackoff: link.MaxBackoff, Spread: startSpread, Log: st.log,
			OnState: func(s uplink.State) { st.hubState(r, s) },
		})
		st.hubs.all, names = append(st.hubs.all, r), append(names, client.Name())
	}
	if err := st.renameHubs(ctx); err != nil {
		return err
	}
	done, err := st.journal.SetUpstreams(ctx, names...)
	if err != nil {
		return err
	}
	if len(done) > 0 {
		st.log.InfoContext(ctx, "Events do not go to every hub any more that they went to; it has all of them, or never had any.", "hubs", names, "former", done)
	}
	all, err := st.journal.Upstreams(ctx)
	if err != nil {
		return err
	}
	for _, u := range all {
		if !u.Former {
			continue
		}
		st.log.WarnContext(ctx, "A hub to which events do not go any more lacks some; they are kept until a person decides.",
			"hub", u.Name, "missing", u.Missing, "refused", u.Parked, "oldest", u.Oldest)
		st.news.put(formerNews(u))
	}
	return nil
}

// renameHubs has the journal go on with a hub that it knows by its address as that was
// written once, with a capital or the port that its scheme implies.
func (st *station) renameHubs(ctx context.Context) error {
	all, err := st.journal.Upstreams(ctx)
	if err != nil {
		return err
	}
	for _, r := range st.hubs.all {
		for _, u := range all {
			if !isHub(u.Name, r.link.URL) {
				continue
			}
			if err := st.journal.RenameUpstream(ctx, u.Name, r.client.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// formerNews tells the page of a hub that lacks events and is not sent to.
func formerNews(u journal.Upstream) desk.Device {
	return desk.Device{
		Kind: "file", Name: "former hub " + u.Name, State: "blocked",
		Words: "A former hub lacks events", Detail: formerWords(u), Todo: "Go on packing; tell IT. " + formerRemedy(u),
	}
}

// formerWords says what a former hub lacks.
func formerWords(u journal.Upstream) string {
	var parts []string
	switch {
	case u.Missing > 0 && u.Position.Epoch == 0:
		parts = append(parts, fmt.Sprintf("it is not known which of %d events reached it, since the journal was damaged and built anew", u.Missing))
	case u.Missing > 0:
		parts = append(parts, fmt.Sprintf("%d events, from %d/%d on, never reached it", u.Missing, u.Position.Epoch, u.Position.Sequence+1))
	}
	if u.Parked > 0 {
		parts = append(parts, fmt.Sprintf("it refused %d", u.Parked))
	}
	return u.Name + ": " + strings.Join(parts, ", and ") + "; they are kept, and so is everything after them"
}

// formerRemedy says what a person may decide.
func formerRemedy(u journal.Upstream) string {
	return "To have it get them, list it under further_hubs; if nobody needs them there: waybill station forget-hub " + u.Name + "."
}

// forgetHub says that a former hub is not waited for any more.
func (st *station) forgetHub(ctx context.Context, hub string) (api.FormerHub, error) {
	u, err := forgetFormer(ctx, st.journal, hub)
	if err != nil {
		return api.FormerHub{}, err
	}
	st.log.WarnContext(ctx, "A former hub is not waited for any more.", "hub", u.Name, "missing", u.Missing, "refused", u.Parked)
	st.news.put(desk.Device{Kind: "file", Name: "former hub " + u.Name, State: "ready", Detail: "not waited for any more"})
	return formerHub(u), nil
}

// forgetFormer forgets the former hub that a person names, by its name or address.
func forgetFormer(ctx context.Context, j *journal.Journal, hub string) (journal.Upstream, error) {
	all, err := j.Upstreams(ctx)
	if err != nil {
		return journal.Upstream{}, err
	}
	if at := hubAt(all, hub); at >= 0 {
		hub = all[at].Name
	}
	return j.ForgetUpstream(ctx, hub)
}

// hubAt returns which of the hubs somebody means: the one of exactly that name, or else
// the first that may be meant; -1: none.
func hubAt(all []journal.Upstream, said string) int {
	if at := slices.IndexFunc(all, func(u journal.Upstream) bool { return u.Name == said }); at >= 0 {
		return at
	}
	return slices.IndexFunc(all, func(u journal.Upstream) bool { return isHub(u.Name, said) })
}

// isHub reports whether somebody means the hub of that name by an address, or by a name.
func isHub(name, said string) bool {
	scheme, _, found := strings.Cut(said, "://")
	if !found {
		scheme, said = "https", "https://"+said
	}
	return hubname.Of(scheme+"://"+name) == hubname.Of(said)
}

func formerHub(u journal.Upstream) api.FormerHub {
	f := api.FormerHub{Hub: u.Name, Missing: u.Missing, Parked: u.Parked}
	if !u.Oldest.IsZero() {
		f.Oldest = new(u.Oldest)
	}
	return f
}

// hubState tells how things stand with one of the hubs.
func (st *station) hubState(r *receiver, s uplink.State) {
	r.noteAway(s.Reachable || s.LastError == "", time.Now())
	r.state.Store(&s)
	dev := desk.Device{Kind: "hub", Name: s.Hub, State: "ready"}
	switch {
	case !s.Reachable:
		dev.State, dev.Words, dev.Todo = "away", "Hub away", "Go on packing; everything is kept and sent when it is back."
	case s.LastError != "":
		dev.State, dev.Words, dev.Todo = "blocked", "Hub takes nothing", "Go on packing; everything is kept. Tell whoever runs the hub: "+s.LastError
	}
	if s.Condition != "" {
		dev.State, dev.Words, dev.Todo = "blocked", "Hub takes nothing", s.Remedy
	}
	st.tellNumbers()
	dev.Detail = hubDetail(s, time.Now())
	st.news.put(dev)
}

// tellNumbers tells whether numbers may be given out, where the hubs tell. A journal
// that went back has forgotten which it gave out, and any hub may be the one that knows
// what came after.
func (st *station) tellNumbers() {
	st.hubs.holding.Lock()
	defer st.hubs.holding.Unlock()
	all := true
	for _, r := range st.hubs.all {
		s := r.state.Load()
		if s == nil {
			all = false
			continue
		}
		why, known := s.HoldNumbers()
		if why != "" {
			st.news.holdNumbers(why)
			return
		}
		all = all && known
	}
	if all {
		st.news.holdNumbers("")
	}
}

// uplinkFigures returns how things stood with the hubs when that was told last.
func (st *station) uplinkFigures() []api.Uplink {
	figures := make([]api.Uplink, 0, len(st.hubs.all))
	for i, r := range st.hubs.all {
		u := api.Uplink{Hub: r.client.Name(), Further: i > 0}
		if s := r.state.Load(); s != nil {
			u.Reachable, u.CatchingUp, u.Pending, u.OldestUnsent, u.Parked = s.Reachable, s.CatchingUp, s.Pending, s.OldestUnsent, s.Parked
			u.LastAck, u.ClockAhead, u.ClockWithin, u.LastError, u.Remedy = s.LastAck, s.ClockSkew, s.ClockWithin, s.LastError, s.Remedy
		}
		figures = append(figures, u)
	}
	return figures
}

// hubDetail says what a person may want to know of the way to the hub beyond
// whether it works.
func hubDetail(s uplink.State, now time.Time) string {
	var parts []string
	if !s.Reachable && s.LastError != "" {
		parts = append(parts, s.LastError)
	}
	if s.Parked > 0 {
		parts = append(parts, fmt.Sprintf("%d events refused by the hub; waybill journal list --parked says why, waybill journal retry sends them again", s.Parked))
	}
	if s.Pending > 0 {
		waiting := fmt.Sprintf("%d events waiting, oldest %s", s.Pending, now.Sub(s.OldestUnsent).Round(time.Second))
		if s.CatchingUp {
			waiting += "; what happens now is sent beside them"
		}
		parts = append(parts, waiting)
	}
	if s.ClockSkew.Abs()-s.ClockWithin > maxSkew {
		parts = append(parts, clockWords(s.ClockSkew, s.ClockWithin)+"; set this machine's clock")
	}
	return strings.Join(parts, "; ")
}

// clockWords says by how much the station's clock is ahead of the hub's.
func clockWords(ahead, within time.Duration) string {
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	return fmt.Sprintf("this machine's clock is %v %s the hub's, give or take %v", ahead.Abs(), way, within)
}
