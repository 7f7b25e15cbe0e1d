package page_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// dockScene is a pick-up with two scanners at work and three parcels missing.
func dockScene() page.Dock {
	p := page.Pickup{
		ID: "0192a6c0", Carrier: "UPS", Trailer: "7ABC123", Dock: "north", Since: noon.Add(-40 * time.Minute), Scanned: 143, Expected: 146, MissingCount: 3, Coming: 1,
		Scanners: []page.DockScanner{
			{Name: "dock-left", Count: 27, Order: "576461413038785752", At: noon.Add(-4 * time.Second), Last: page.DockScan{Number: "1Z999AA10123456784", Entry: 143}},
			{Name: "dock-right", Count: 23, Order: "576461413038785001", At: noon.Add(-9 * time.Second), Last: page.DockScan{Number: "1Z999AA10123456793", Entry: 142}},
		},
		Last: &page.DockScan{Number: "1Z999AA10123456784", Shown: "1Z 999 AA1 01 2345 6784", Order: "576461413038785752", Entry: 143},
		Missing: []page.MissingParcel{
			{Number: "1Z 999 AA1 01 2345 6819", Order: "576461413038785777", Name: "Zoë <b>Ångström", Where: "scanned 13:12 at bench-2"},
			{Number: "1Z 999 AA1 01 2345 6828", Order: "576461413038785778", Name: "Li Wei", Where: "label printed 13:40 on zebra, never scanned"},
			{Number: "1Z 999 AA1 01 2345 6800", Order: "576461413038785779", Name: "J. Ruiz", Where: "scanned 13:44 at bench-1", Stop: "The order was cancelled after its label was made."},
		},
	}
	other := page.Pickup{ID: "0192a6c1", Carrier: "FedEx", Dock: "south", Scanned: 12, Expected: 40}
	return page.Dock{
		Station: "bench-1", Now: noon, Pickups: []page.Pickup{p, other}, Chosen: &p,
		Told:     page.Band{Kind: page.OK, Word: "Handed over", Line: "Order 576461413038785752, Ana Pérez: leaves with UPS Ground.", At: noon.Add(-4 * time.Second)},
		Carriers: []page.Choice{{ID: "fedex", Name: "FedEx"}, {ID: "ups", Name: "UPS"}},
		Services: []page.ServiceChoice{{ID: "ups_ground", Name: "UPS Ground", Carrier: "ups"}, {ID: "fedex_ground", Name: "FedEx Ground", Carrier: "fedex"}},
		Alarms:   []page.DockAlarm{{ID: "cutoff/2026-11-20/usps", Text: "USPS: 2 parcels with a label were not handed over by 11:30."}},
		Days:     []page.DayLine{{Carrier: "UPS", Pickups: 2, Count: 310, Left: 3, Cutoff: "17:30"}, {Carrier: "USPS", Pickups: 1, Count: 88, Left: 2, Cutoff: "11:30", Missed: true}},
		Closed:   []page.ClosedPickup{{ID: "0192a6bf", Carrier: "UPS", What: "dock north", Closed: "10:02", Driver: "R. Silva", Count: 167, Left: 1}},
	}
}

// TestDockIsWellFormed holds that the page of the dock says what it is given,
// and that no name on it becomes markup.
func TestDockIsWellFormed(t *testing.T) {
	t.Parallel()
	closed := dockScene()
	closed.Chosen.Closed, closed.Chosen.Driver = noon, "M. Okafor"
	for name, tt := range map[string]struct {
		v     page.Dock
		wants []string
	}{
		"open": {dockScene(), []string{"Handed over", ">143<", "of 146", "never scanned", "dock-right", "USPS: 2 parcels", `<a href="/v1/handoffs/0192a6bf/manifest.pdf">PDF</a>`, `data-number="1Z999AA10123456793" data-entry="142"`, "Take back 576461413038785752 ", `id="sign"`, "Zoë &lt;b&gt;Ångström"}},
		"stop": {func() page.Dock {
			d := dockScene()
			d.Told = page.Band{Kind: page.Stop, Word: "Stop", Line: "This is a parcel of FedEx."}
			return d
		}(), []string{`class="band b-stop`}},
		"closed":  {closed, []string{"taken by M. Okafor, 3 left behind", "manifest.pdf"}},
		"nothing": {page.Dock{Now: noon}, []string{"No pick-up is open"}},
		"badges": {
			page.Dock{Now: noon, Hands: []page.DockHand{{Scanner: "gun", Name: "A <n>", Since: "08:02"}, {Scanner: "wand", Name: "Bo", Since: "19 Nov 21:04", Lapsed: true}}},
			[]string{"<b>gun</b> A &lt;n&gt; <span class=\"ago\">since 08:02</span>", "<b>wand</b> nobody: scan a badge <span class=\"ago\">Bo was last seen 19 Nov 21:04</span>"},
		},
		"away": {
			page.Dock{Now: noon, Away: []page.DockDevice{{Name: "gun <1>", Words: "Scanner away", Todo: "Plug it in again; it works on by itself.", Since: noon.Add(-10 * time.Minute)}}},
			[]string{"Scanner away: gun &lt;1&gt;, since 13:53. Plug it in again; it works on by itself."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var whole bytes.Buffer
			if err := page.RenderDock(&whole, tt.v); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.wants {
				if !strings.Contains(whole.String(), want) {
					t.Errorf("does not say %q", want)
				}
			}
			if strings.Contains(whole.String(), " style=") || strings.Contains(whole.String(), " onclick") {
				t.Error("has a style or script that the policy forbids")
			}
			var live bytes.Buffer
			if err := page.RenderDockLive(&live, tt.v); err != nil {
				t.Fatal(err)
			}
			decoder := xml.NewDecoder(&live)
			decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
			for {
				if _, err := decoder.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A dockStation serves one Dock and takes what the page sends.
type dockStation struct {
	mu   sync.Mutex
	v    page.Dock
	sent chan string

	problem string // why the hub does not answer

	events chan string // what the page is told of scans
}

func newDockStation(t *testing.T, v page.Dock) (*dockStation, string) {
	t.Helper()
	s := &dockStation{v: v, sent: make(chan string, 10), events: make(chan string)}
	mux := http.NewServeMux()
	show := func(draw func(io.Writer, page.Dock) error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			w.Header().Set("Content-Security-Policy", csp)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := draw(w, s.v); err != nil {
				t.Error(err)
			}
		}
	}
	mux.HandleFunc("GET /dock", show(page.RenderDock))
	mux.HandleFunc("GET /dock/live", show(page.RenderDockLive))
	mux.HandleFunc("GET /v1/hub/handoffs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"handoffs":[{"id":"0192a6c9","carrier":"ups","station":"dock-1","dock":"north","count":12,"opened":"2026-11-20T11:05:00Z"}],"as_of":"2026-11-20T12:03:00Z","problem":"`+s.problem+`"}`)
	})
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
			select {
			case said := <-s.events:
				fmt.Fprintf(w, "event: scan\ndata: %s\n\n", said)
			case <-r.Context().Done():
				return
			}
		}
	})
	mux.Handle("GET /assets/", page.Assets())
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Idempotency-Key") == "" {
			t.Errorf("%s: key %q, error %v", r.URL, r.Header.Get("Idempotency-Key"), err)
		}
		s.sent <- r.URL.Path + " " + string(body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"0192a6c0"}`)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return s, srv.URL
}

// TestTheDriverSigns walks through scan, undo, signature and a close with
// missing parcels, which needs a press of its own.
func TestTheDriverSigns(t *testing.T) {
	s, url := newDockStation(t, dockScene())
	ctx := browsertest.Open(t, 1024, 768)
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock"))
	browsertest.See(ctx, t, `document.getElementById('sign') !== null`)
	browsertest.Do(ctx, t, js(`document.getElementById('number').value = '1Z999AA10123456784'; document.getElementById('typed').requestSubmit()`))
	if got := next(t, ctx, s.sent); got != `/v1/scans {"data":"1Z999AA10123456784","role":"dock","handoff":"0192a6c0"}` {
		t.Errorf("scan: %s", got)
	}
	browsertest.Do(ctx, t, js(`document.getElementById('undo').click()`))
	undone := `/v1/handoffs/0192a6c0/undo {"tracking_number":"1Z999AA10123456784","entry":143,"reason":"undone on the page of the dock"}`
	if got := next(t, ctx, s.sent); got != undone {
		t.Errorf("undo: %s", got)
	}
	browsertest.Do(ctx, t, js(`document.querySelectorAll('.scanners .undo')[1].click()`))
	if got := next(t, ctx, s.sent); !strings.Contains(got, `{"tracking_number":"1Z999AA10123456793","entry":142,`) {
		t.Errorf("undo of the other scanner: %s", got)
	}
	browsertest.Do(ctx, t, js(`
		const paper = document.getElementById('sign'), box = paper.getBoundingClientRect();
		paper.setPointerCapture = () => {};
		const go = (type, x, y) => paper.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
		go('pointerdown', 0.1, 0.5); go('pointermove', 0.5, 0.25); go('pointerup', 0.5, 0.25);
		document.getElementById('driver').value = 'M. Okafor';
		document.getElementById('close').requestSubmit();`))
	browsertest.See(ctx, t, `!document.getElementById('confirm').hidden && document.querySelector('#confirm b').textContent === '3 missing. Leave them behind?' && document.activeElement.className === 'back'`)
	select {
	case got := <-s.sent:
		t.Errorf("closed before it was confirmed: %s", got)
	default:
	}
	browsertest.Do(ctx, t, js(`document.querySelector('#confirm .danger').click()`))
	path, body, _ := strings.Cut(next(t, ctx, s.sent), " ")
	var said struct {
		Driver    string `json:"driver"`
		Missing   int    `json:"confirm_missing"`
		Signature struct{ Strokes [][][2]int }
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil || path != "/v1/handoffs/0192a6c0/close" || said.Driver != "M. Okafor" || said.Missing != 3 {
		t.Errorf("closed by %s %s, error %v", path, body, err)
	}
	if len(said.Signature.Strokes) != 1 || len(said.Signature.Strokes[0]) != 2 || said.Signature.Strokes[0][0] != [2]int{60, 100} {
		t.Errorf("signed %v", said.Signature.Strokes)
	}
}

// TestAScannerAndASoundAtTheDock holds that a scanner which acts as a keyboard is
// caught wherever the focus is, also while a name is being written, and that
// a scan at the dock sounds.
func TestAScannerAndASoundAtTheDock(t *testing.T) {
	s, url := newDockStation(t, dockScene())
	ctx := browsertest.Open(t, 1024, 768)
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock"))
	browsertest.See(ctx, t, `document.getElementById('sign') !== null && !document.getElementById('sound').hidden`)
	for id, name := range map[string]string{"undo": "", "driver": "M. Ok"} {
		browsertest.Do(ctx, t, js(`{ const el = document.getElementById('`+id+`'); el.focus(); el.value = '`+name+`'; }`), keys("1Z999AA10123456784", "Enter", 6))
		if got := next(t, ctx, s.sent); got != `/v1/scans {"data":"1Z999AA10123456784","role":"dock","handoff":"0192a6c0"}` {
			t.Errorf("with the focus in %s: %s", id, got)
		}
	}
	browsertest.See(ctx, t, `document.getElementById('driver').value === 'M. Ok'`)
	browsertest.Do(ctx, t, js(`
		window.tones = [];
		AudioContext.prototype.createOscillator = ((make) => function () { const o = make.call(this); window.tones.push(o); return o; })(AudioContext.prototype.createOscillator);`), chromedp.Click("#sound"))
	browsertest.See(ctx, t, `document.getElementById('sound').textContent.includes('Sound on') && window.tones.length === 1`)
	for _, said := range []string{`{"place":"","signal":"bad"}`, `{"place":"dock","signal":"bad"}`} {
		select {
		case s.events <- said:
		case <-time.After(browsertest.Patience):
			t.Fatal("the page does not listen to events")
		}
	}
	browsertest.See(ctx, t, `window.tones.length === 3 && window.tones[1].frequency.value === 165`)
}

// TestWhatIsNoScanIsKept holds that half a scan at the dock goes to the station with
// its bytes and the reason, under a key of its own: whole, it is another scan.
func TestWhatIsNoScanIsKept(t *testing.T) {
	s, url := newDockStation(t, dockScene())
	ctx := browsertest.Open(t, 1024, 768)
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock?handoff=0192a6c0"))
	browsertest.See(ctx, t, `document.getElementById('sign') !== null`)
	browsertest.Do(ctx, t, js(`window.used = []; window.fetched = fetch; window.fetch = (...a) => { if (a[0] === '/v1/scans') window.used.push(a[1].headers['Idempotency-Key']); return window.fetched(...a); }`))
	browsertest.Do(ctx, t, js(`document.activeElement.blur()`), keys("1Z999AA1012345", "", 5))
	if got := next(t, ctx, s.sent); got != `/v1/scans {"data":"1Z999AA1012345","role":"dock","handoff":"0192a6c0","damaged":"no Enter at its end; if it repeats, set the scanner to send Enter after each scan"}` {
		t.Errorf("kept %s", got)
	}
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('without Enter')`)
	browsertest.Do(ctx, t, js(`document.getElementById('number').value = '1Z999AA1012345'; document.getElementById('typed').requestSubmit()`))
	if got := next(t, ctx, s.sent); got != `/v1/scans {"data":"1Z999AA1012345","role":"dock","handoff":"0192a6c0"}` {
		t.Errorf("sent %s", got)
	}
	browsertest.See(ctx, t, `window.used.length === 2 && window.used[0] !== window.used[1]`)
}

// TestAPickUpIsTakenOverOnThePage walks from the list of other stations' pick-ups
// to one's own, and holds that a name is asked for.
func TestAPickUpIsTakenOverOnThePage(t *testing.T) {
	v := dockScene()
	v.Hub = true
	s, url := newDockStation(t, v)
	s.problem = "no route"
	ctx := browsertest.Open(t, 1024, 768)
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock"))
	browsertest.See(ctx, t, `document.getElementById('look') !== null`)
	browsertest.Do(ctx, t, js(`document.getElementById('look').click()`))
	browsertest.See(ctx, t, `document.getElementById('others').textContent.includes('UPS at station dock-1, dock north: 12 handed over')`)
	browsertest.See(ctx, t, `document.getElementById('away').textContent.includes('only the hub can give a pick-up over')`)
	browsertest.Do(ctx, t, js(`document.querySelector('#others button').click()`))
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('Say who you are first')`)
	browsertest.Do(ctx, t, js(`document.getElementById('taker').value = 'S. Ito'; document.querySelector('#others button').click()`))
	if got := next(t, ctx, s.sent); got != `/v1/handoffs/0192a6c9/take-over {"from":"dock-1","by":"S. Ito"}` {
		t.Errorf("sent %s", got)
	}
	// The page goes there by itself.
	browsertest.See(ctx, t, `location.search === '?handoff=0192a6c9' && document.querySelector('button.seen') !== null`)
	browsertest.Do(ctx, t, js(`document.querySelector('button.seen').click()`))
	if got := next(t, ctx, s.sent); got != `/v1/alarms/acknowledge {"id":"cutoff/2026-11-20/usps"}` {
		t.Errorf("sent %s", got)
	}
}

// TestOneServiceAndACorrection opens a pick-up of one service on the page, and
// another that corrects a closed one, onto which a scan counts and from which it
// takes back, as the focus says.
func TestOneServiceAndACorrection(t *testing.T) {
	v := dockScene()
	v.Chosen.Corrects = "0192a6bf"
	s, url := newDockStation(t, v)
	ctx := browsertest.Open(t, 1024, 768)
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock?handoff=0192a6c0"))
	browsertest.See(ctx, t, `document.getElementById('returned') !== null`)

	browsertest.Do(ctx, t, js(`document.getElementById('stayed').focus()`), keys("1Z999AA10123456784", "Enter", 6))
	if got := next(t, ctx, s.sent); got != `/v1/handoffs/0192a6c0/undo {"tracking_number":"1Z999AA10123456784","reason":"did not leave; said on the page of the dock"}` {
		t.Errorf("sent %s", got)
	}
	browsertest.See(ctx, t, `document.getElementById('stayed').value === ''`)
	browsertest.Do(ctx, t, js(`document.getElementById('stayed').value = '1Z999AA10123456793'; document.getElementById('why').value = 'still on the shelf'; document.getElementById('returned').requestSubmit()`))
	if got := next(t, ctx, s.sent); got != `/v1/handoffs/0192a6c0/undo {"tracking_number":"1Z999AA10123456793","reason":"still on the shelf"}` {
		t.Errorf("sent %s", got)
	}
	browsertest.Do(ctx, t, js(`document.getElementById('carrier').focus()`), keys("1Z999AA10123456784", "Enter", 6))
	if got := next(t, ctx, s.sent); got != `/v1/scans {"data":"1Z999AA10123456784","role":"dock","handoff":"0192a6c0"}` {
		t.Errorf("sent %s", got)
	}

	browsertest.Do(ctx, t, js(`{ const c = document.getElementById('carrier'); c.value = 'ups'; c.dispatchEvent(new Event('change')); }`))
	browsertest.See(ctx, t, `[...document.getElementById('service').options].filter((o) => !o.disabled).map((o) => o.value).join() === ',ups_ground'`)
	browsertest.Do(ctx, t, js(`document.getElementById('service').value = 'ups_ground'; document.getElementById('open').requestSubmit()`))
	if got := next(t, ctx, s.sent); got != `/v1/handoffs {"carrier":"ups","service":"ups_ground"}` {
		t.Errorf("sent %s", got)
	}
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock"), chromedp.WaitVisible("button.correct"))
	browsertest.Do(ctx, t, js(`document.querySelector('button.correct').click()`))
	if got := next(t, ctx, s.sent); got != `/v1/handoffs {"corrects":"0192a6bf"}` {
		t.Errorf("sent %s", got)
	}
}

// TestThePageWaitsForAScan holds that the page does not load anew, for the pick-up
// that a scan has opened, while another scan is typed into it.
func TestThePageWaitsForAScan(t *testing.T) {
	s, url := newDockStation(t, page.Dock{Now: noon})
	ctx := browsertest.Open(t, 1024, 768)
	browsertest.Do(ctx, t, chromedp.Navigate(url+"/dock"))
	browsertest.See(ctx, t, `document.querySelector('.none') !== null`)
	browsertest.Do(ctx, t, js(`window.sameLoad = true; document.getElementById('number').value = '1Z999'`))
	s.mu.Lock()
	s.v = dockScene()
	s.mu.Unlock()
	browsertest.See(ctx, t, `window.sameLoad && document.getElementById('scanned')?.textContent === '143' && document.getElementById('number').value === '1Z999'`)
	browsertest.Do(ctx, t, js(`document.getElementById('number').value = ''`))
	browsertest.Do(ctx, t, chromedp.WaitVisible("#sign")) // only the page loaded anew has one
}

// TestDockTellsWhatWasTakenBackElsewhere holds that a closed pick-up says so, and of a
// long list how many there are.
func TestDockTellsWhatWasTakenBackElsewhere(t *testing.T) {
	t.Parallel()
	v := dockScene()
	v.Chosen.Closed, v.Chosen.BackCount = noon, 51
	v.Chosen.Back = []page.DockConflict{{Number: "1Z 999 AA1", Order: "O-7", What: "taken back 13:41 at station dock-2 by Sam"}}
	var out strings.Builder
	if err := page.RenderDockLive(&out, v); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`taken back at another station <span class="n">51</span>`, "O-7", "taken back 13:41 at station dock-2 by Sam"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestDockShots takes pictures of the page of the dock, for people to look at. It
// runs only where WAYBILL_SHOTS names a folder for them.
func TestDockShots(t *testing.T) {
	dir := os.Getenv("WAYBILL_SHOTS")
	if dir == "" {
		t.Skip("set WAYBILL_SHOTS to a folder to take pictures of the page")
	}
	stop := dockScene()
	stop.Told = page.Band{Kind: page.Stop, Word: "Stop", Line: "Stop: this is a parcel of FedEx, and the pick-up here is UPS. Put it with FedEx.", At: noon}
	stop.Alarms, stop.Days = nil, nil
	moved := dockScene()
	moved.Hub, moved.Days = true, nil
	open, badges := dockScene(), dockScene()
	for _, v := range []page.Dock{open, stop, moved, badges} {
		v.Chosen.Missing[0].Name = "Zoë Ångström" // TestDockIsWellFormed has the hostile one
	}
	moved.Chosen.From, moved.Chosen.Scanners[1].Name = "dock-1", "gun at station dock-1"
	moved.Chosen.ConflictCount, moved.Chosen.Conflicts = 1, []page.DockConflict{{Number: "1Z 999 AA1 01 2345 6802", Order: "576461413038785702", What: "scanned 13:40 by gun at station dock-1: scanned here too; it counts once"}}
	moved.Alarms = []page.DockAlarm{{ID: "handoff/0192a6c0", Text: "UPS: parcel 576461413038785702-1 was scanned here and at another station. It counts once; see that there is one parcel."}}
	away := dockScene()
	away.Away = []page.DockDevice{{Name: "dock-right", Words: "Scanner away", Todo: "Plug it in again; it works on by itself.", Since: noon.Add(-2 * time.Minute)}}
	badges.Alarms, badges.Days = nil, nil
	badges.Hands = []page.DockHand{{Scanner: "dock-left", Name: "Ana Kowalska", Since: "08:02"}, {Scanner: "dock-right", Name: "Bo Lind", Since: "19 Nov 21:04", Lapsed: true}}
	ctx := browsertest.Open(t, 1280, 800)
	for name, v := range map[string]page.Dock{"dock-badges": badges, "dock-away": away, "dock-moved": moved, "dock": open, "dock-stop": stop, "dock-empty": {Now: noon, Station: "bench-1", Told: page.Band{Word: "Scan a parcel"}}} {
		_, url := newDockStation(t, v)
		for suffix, size := range map[string][2]int64{"": {1280, 800}, "-tablet": {1024, 768}} {
			browsertest.Do(ctx, t, chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(url+"/dock"))
			browsertest.See(ctx, t, `document.readyState === 'complete'`)
			if v.Hub { // and what is asked for further down
				browsertest.Do(ctx, t, js(`document.getElementById('look').click()`))
				browsertest.See(ctx, t, `document.getElementById('others').children.length > 0`)
				browsertest.Do(ctx, t, js(`if (innerWidth > 1100) document.querySelector('.elsewhere').scrollIntoView({ block: 'end' })`))
			}
			if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), browsertest.Shot(ctx, t), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
