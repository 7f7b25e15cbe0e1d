package virtual

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A State is how the printer is, for people and tests.
type State struct {
	On           bool     `json:"on"`
	Paused       bool     `json:"paused"`
	Waiting      int      `json:"waiting"`       // formats in the buffer
	Buffered     int      `json:"buffered"`      // bytes of them
	Full         bool     `json:"full"`          // it does not read on
	Remaining    int      `json:"remaining"`     // labels of the running format
	Printing     bool     `json:"printing"`      // one is on its way
	LabelWaiting bool     `json:"label_waiting"` // a peeled one, for a hand
	Partial      bool     `json:"partial"`       // a format has begun and not ended
	Odometer     int64    `json:"odometer"`
	Labels       int      `json:"labels"`        // whole ones, in the printer's life
	Before       int      `json:"labels_before"` // of them, before the process was started
	Clients      int      `json:"clients"`
	Received     int      `json:"received"` // bytes, since it was started
	Language     Language `json:"language"`
	Reprint      bool     `json:"reprint"` // ^JZ
	PrintMode    string   `json:"print_mode"`
	Stored       []string `json:"stored"`  // names of graphics and formats in its memory
	Unknown      []string `json:"unknown"` // commands and variables that mean nothing to it
	Scheduled    int      `json:"scheduled"`
	Faults       Faults   `json:"faults"`
}

// State returns how the printer is now.
func (p *Printer) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := State{
		On: !p.off, Paused: p.paused, Waiting: len(p.queue), Buffered: p.queued, Full: p.full(),
		Remaining: p.current.left(), Printing: p.busy, LabelWaiting: p.waiting,
		Partial: p.partial(), Clients: len(p.conns), Received: p.received,
		Language: p.set.language, Reprint: p.set.reprint, PrintMode: string(rune(p.set.mode)),
		Stored: []string{}, Unknown: append([]string{}, p.unknown...),
		Scheduled: len(p.schedule.steps), Faults: p.faults.clone(),
	}
	for _, o := range p.memory {
		s.Stored = append(s.Stored, o.name)
	}
	if p.record != nil {
		s.Odometer, s.Labels, s.Before = p.record.odometer(), p.record.whole, p.before
	}
	return s
}

// maxOrder bounds the body of a control request.
const maxOrder = 8 << 20

// Control returns the handler of the control port; docs/virtual-printer.md is
// its manual.
func (p *Printer) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.State()) })
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.Faults()) })
	mux.HandleFunc("GET /alerts", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.Notices()) })
	mux.HandleFunc("GET /labels", p.serveLabels)
	mux.HandleFunc("GET /labels/{file}", p.serveLabel)
	mux.HandleFunc("GET /wait", p.serveWait)
	mux.HandleFunc("GET /schedule", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.Scheduled()) })
	mux.HandleFunc("DELETE /schedule", func(w http.ResponseWriter, _ *http.Request) {
		p.Unschedule()
		answer(w, p.Scheduled())
	})
	p.orders(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Whatever web page a browser on this machine shows could send orders
		// otherwise, under a name that it has made to mean this machine, too.
		if r.Method != http.MethodGet && r.Header.Get("Origin") != "" {
			http.Error(w, "a web page may not do this; use a program such as curl", http.StatusForbidden)
			return
		}
		if !near(r.Host) {
			http.Error(w, fmt.Sprintf("this printer is not known as %q; call it by its address, or by a name without a dot", r.Host), http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// near reports whether a host is an address, or a name that no stranger can have
// pointed here: one without a dot is localhost's, the machine's, or that of a
// container beside this one.
func near(host string) bool {
	name := host
	if n, _, err := net.SplitHostPort(host); err == nil {
		name = n
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil || !strings.Contains(name, ".")
}

// orders adds the requests that change something.
func (p *Printer) orders(mux *http.ServeMux) {
	order := func(path string, do func(body []byte) (any, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOrder))
			var v any
			if err == nil {
				v, err = do(body)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer(w, v)
		})
	}
	state := func(err error) (any, error) { return p.State(), err }
	order("/faults", func(body []byte) (any, error) {
		var err error
		p.SetFaults(func(f *Faults) {
			changed := f.clone()
			if err = decode(body, &changed); err == nil {
				err = changed.check()
			}
			if err == nil {
				*f = changed
			}
		})
		return p.Faults(), err
	})
	order("/pause", func(body []byte) (any, error) {
		button := struct {
			On bool `json:"on"`
		}{On: true}
		err := decode(body, &button)
		if err == nil {
			p.Pause(button.On)
		}
		return state(err)
	})
	order("/schedule", func(body []byte) (any, error) {
		var steps []Step
		err := decode(body, &steps)
		if err == nil {
			err = p.Schedule(steps...)
		}
		return p.Scheduled(), err
	})
	order("/mishaps", p.orderMishaps)
	order("/other-host", func(body []byte) (any, error) {
		if len(body) == 0 {
			body = nil
		}
		p.OtherHost(body)
		return state(nil)
	})
	for path, f := range map[string]func() error{
		"/power-off": func() error { p.PowerOff(); return nil },
		"/power-on":  func() error { p.PowerOn(); return nil },
		"/power-cut": func() error { p.PowerCut(); return nil },
		"/reset":     func() error { p.dropClients(); return nil },
		"/take":      func() error { p.Take(); return nil },
		"/cancel":    func() error { p.do(p.cancelAll); return nil },
		"/feed":      p.Feed,
	} {
		order(path, func([]byte) (any, error) { return state(f()) })
	}
}

// orderMishaps schedules mishaps by seed.
func (p *Printer) orderMishaps(body []byte) (any, error) {
	o := struct {
		Seed    uint64   `json:"seed"`
		Mishaps int      `json:"mishaps"`
		Labels  int      `json:"labels"`
		Longest Duration `json:"longest"`
	}{Mishaps: 10, Labels: 100, Longest: Duration(time.Second)}
	if err := decode(body, &o); err != nil {
		return nil, err
	}
	if o.Mishaps < 1 || o.Mishaps > maxSteps || o.Labels < 1 {
		return nil, fmt.Errorf("mishaps must be 1 to %d, labels at least 1", maxSteps)
	}
	steps := RandomSteps(o.Seed, o.Mishaps, o.Labels, time.Duration(o.Longest))
	return steps, p.Schedule(steps...)
}

// A labelLine is a label as the control port tells of it.
type labelLine struct {
	Printed
	*reading
}

// serveLabels answers with the record, and what was read on each label. It
// waits for the pictures of what is printed, unless asked not to.
func (p *Printer) serveLabels(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after := 0
	if s := query.Get("after"); s != "" {
		var err error
		if after, err = strconv.Atoi(s); err != nil || after < 0 {
			http.Error(w, "after: give the number of a label", http.StatusBadRequest)
			return
		}
	}
	read := p.o.Render != nil && query.Get("pictures") != "no"
	if read && p.AwaitDrawn(r.Context()) != nil {
		return // the client has gone
	}
	all := p.Labels()
	lines := []labelLine{}
	for _, l := range all[min(after, len(all)):] {
		line := labelLine{Printed: l}
		if read {
			line.reading = p.reading(l.N)
		}
		lines = append(lines, line)
	}
	answer(w, lines)
}

// reading returns what was read on a label, or nil.
func (p *Printer) reading(n int) *reading {
	p.mu.Lock()
	r, ok := p.readings[n]
	p.mu.Unlock()
	if ok {
		return &r
	}
	b, err := os.ReadFile(filepath.Join(p.o.Dir, stem(n)+".json"))
	if err != nil || json.Unmarshal(b, &r) != nil {
		return nil
	}
	return &r
}

// serveLabel answers with a file of one label, such as 3.png or 3.zpl.
func (p *Printer) serveLabel(w http.ResponseWriter, r *http.Request) {
	number, extension, _ := strings.Cut(r.PathValue("file"), ".")
	n, err := strconv.Atoi(number)
	kinds := map[string]string{
		"png": "image/png", "zpl": "application/octet-stream", "json": "application/json",
		"txt": "text/plain", "cpcl": "application/octet-stream",
	}
	if err != nil || n < 1 || kinds[extension] == "" {
		http.Error(w, "give the number of a label and .png, .zpl or .json, such as /labels/3.png", http.StatusNotFound)
		return
	}
	if p.o.Render != nil && p.AwaitDrawn(r.Context()) != nil {
		return
	}
	b, err := os.ReadFile(filepath.Join(p.o.Dir, stem(n)+"."+extension))
	if err != nil {
		http.Error(w, fmt.Sprintf("label %d has no %s", n, extension), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", kinds[extension])
	_, _ = w.Write(b) // a client that has gone needs no answer
}

// serveWait answers when so many whole labels are printed and drawn, or says
// that time has run out.
func (p *Printer) serveWait(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Query().Get("labels"))
	if err != nil || n < 0 {
		http.Error(w, "labels: give the number of whole labels to wait for", http.StatusBadRequest)
		return
	}
	within := 30 * time.Second
	if s := r.URL.Query().Get("within"); s != "" {
		if within, err = time.ParseDuration(s); err != nil || within < 0 || within > time.Hour {
			http.Error(w, `within: give a time up to 1h, such as "30s"`, http.StatusBadRequest)
			return
		}
	}
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		p.mu.Lock()
		done := p.record != nil && p.record.whole >= n && (p.o.Render == nil || p.drawn >= len(p.record.all))
		change := p.change
		p.mu.Unlock()
		if done {
			answer(w, p.State())
			return
		}
		select {
		case <-change:
		case <-deadline.C:
			http.Error(w, fmt.Sprintf("%d of %d labels within %s", p.State().Labels, n, within), http.StatusGatewayTimeout)
			return
		case <-r.Context().Done():
			return
		}
	}
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // where the client has gone there is nobody to tell
}
