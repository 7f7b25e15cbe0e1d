package virtual

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// A State is how the printer is, for people and tests.
type State struct {
	On        bool   `json:"on"`
	Paused    bool   `json:"paused"`
	Waiting   int    `json:"waiting"`   // formats in the buffer
	Remaining int    `json:"remaining"` // labels of the running format
	Partial   bool   `json:"partial"`   // a format has begun and not ended
	Odometer  int64  `json:"odometer"`
	Clients   int    `json:"clients"`
	Faults    Faults `json:"faults"`
}

// State returns how the printer is now.
func (p *Printer) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := State{
		On: !p.off, Paused: p.paused, Waiting: len(p.queue), Remaining: p.remaining,
		Partial: p.partial(), Clients: len(p.conns), Faults: p.faults.clone(),
	}
	if p.record != nil {
		s.Odometer = p.record.odometer()
	}
	return s
}

// maxOrder bounds the body of a control request.
const maxOrder = 64 << 10

// Control returns the handler of the control port:
//
//	GET  /status      how the printer is
//	GET  /labels      everything printed
//	GET  /faults      what is wrong
//	POST /faults      {"paper_out":true}: changes the faults named, leaves the others
//	POST /pause       {"on":true}: the pause button; without a body it pauses
//	POST /power-off, /power-on, /power-cut, /feed
func (p *Printer) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.State()) })
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.Faults()) })
	mux.HandleFunc("GET /labels", func(w http.ResponseWriter, _ *http.Request) {
		labels := p.Labels()
		if labels == nil {
			labels = []Printed{}
		}
		answer(w, labels)
	})
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxOrder))
		if refused(w, err) {
			return
		}
		p.SetFaults(func(f *Faults) {
			changed := f.clone()
			if err = order(body, &changed); err == nil {
				*f = changed
			}
		})
		if refused(w, err) {
			return
		}
		answer(w, p.Faults())
	})
	mux.HandleFunc("POST /pause", func(w http.ResponseWriter, r *http.Request) {
		button := struct {
			On bool `json:"on"`
		}{On: true}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxOrder))
		if err == nil {
			err = order(body, &button)
		}
		if refused(w, err) {
			return
		}
		p.Pause(button.On)
		answer(w, p.State())
	})
	for path, f := range map[string]func() error{
		"/power-off": func() error { p.PowerOff(); return nil },
		"/power-on":  func() error { p.PowerOn(); return nil },
		"/power-cut": func() error { p.PowerCut(); return nil },
		"/feed":      p.Feed,
	} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, _ *http.Request) {
			if refused(w, f()) {
				return
			}
			answer(w, p.State())
		})
	}
	return mux
}

// order reads a request's body into v. An empty body changes nothing.
func order(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// refused answers with err, if there is one.
func refused(w http.ResponseWriter, err error) bool {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err != nil
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(v) //nolint:errcheck // the client has gone; there is nobody to tell
}
