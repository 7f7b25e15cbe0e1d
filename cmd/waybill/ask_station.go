package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"

	"waybill/configs"
)

// A stationLink is the station that runs by a configuration.
type stationLink struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration of the station that runs."`
}

// ask sends the station a request, with content where it is a POST, and reads
// its answer.
func (l stationLink) ask(con *console, method, path string, content, into any) error {
	cfg, err := configs.LoadStation(l.Config)
	if err != nil {
		return usage(err)
	}
	s, err := stationOf(cfg)
	if err != nil {
		return usage(err)
	}
	err = s.ask(con.ctx, method, path, content, into)
	if nobodyListens(err) {
		return fmt.Errorf("the station of %s does not run: %w (start it: waybill station --config %s)", l.Config, err, l.Config)
	}
	return err
}

// A runningStation is where the station of a configuration is asked, and with
// which token.
type runningStation struct{ url, token string }

// stationOf returns the station that runs by cfg, if one does.
func stationOf(cfg configs.Station) (s runningStation, err error) {
	s.url = stationURL(cfg.Listen)
	if i := slices.IndexFunc(cfg.API.Tokens, func(t configs.Token) bool { return t.TokenFile != "" }); i >= 0 {
		s.token, err = configs.ReadToken(cfg.API.Tokens[i].TokenFile)
	}
	return s, err
}

// ask sends a request, with content where there is any, and reads the answer.
func (s runningStation) ask(ctx context.Context, method, path string, content, into any) error {
	var body io.Reader = http.NoBody
	if content != nil {
		b, err := json.Marshal(content)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	got, err := askWith(ctx, method, s.url, path, s.token, "application/json", body)
	if err != nil {
		return fmt.Errorf("the station at %s: %w", s.url, err)
	}
	if got.code != http.StatusOK {
		return fmt.Errorf("the station at %s answers %s: %s", s.url, got.status, got.text)
	}
	if err := json.Unmarshal(got.body, into); err != nil {
		return fmt.Errorf("answer of the station at %s: %w", s.url, err)
	}
	return nil
}

// nobodyListens reports whether err says that nothing runs where the station
// would; one that is busy or unwell is another matter.
func nobodyListens(err error) bool {
	dial := (*net.OpError)(nil)
	return errors.As(err, &dial) && dial.Op == "dial" && !dial.Timeout()
}

// stationURL returns where a station that listens on an address is reached from the
// same machine.
func stationURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://" + listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
