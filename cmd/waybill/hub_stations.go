package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"waybill/configs"
	"waybill/internal/authority"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// A register is what these commands need of the hub's store. A hub that runs on
// it meanwhile knows at once what they have changed.
type register interface {
	Offer(ctx context.Context, o tracking.Offer) error
	Revoke(ctx context.Context, station shipment.StationID, reason string) error
	Access(ctx context.Context) ([]tracking.StationAccess, error)
	Stations(ctx context.Context) ([]tracking.Station, error)
	io.Closer
}

// openRegister opens the store of a hub's configuration, and leaves everything
// but stations as it is.
func openRegister(con *console, file string) (configs.Hub, register, error) {
	cfg, err := configs.LoadHub(file)
	if err != nil {
		return cfg, nil, usage(err)
	}
	s, err := openData(con.ctx, con, cfg)
	if err != nil {
		return cfg, nil, fmt.Errorf("hub: %w", err)
	}
	return cfg, s, nil
}

// hubEnrolCmd is `waybill hub enrol`.
type hubEnrolCmd struct {
	Station string        `arg:"" help:"The station's name, as its configuration has it."`
	Config  string        `required:"" placeholder:"FILE" help:"The hub's configuration."`
	Replace bool          `help:"The station's disk was lost, or it is set up anew: what it has now is refused as soon as the code is used."`
	Life    time.Duration `default:"30m" help:"How long the code is good; at most 24h."`
	JSON    bool          `help:"Write JSON."`
}

// Help is shown under waybill hub enrol --help.
func (*hubEnrolCmd) Help() string {
	return `Makes a one-time code, which the station exchanges for a token of its own making.
The hub may run meanwhile; it need not be started anew. A second code takes the
place of the first. With TLS by an authority of the hub's own, the code carries the
authority's fingerprint: the station then knows that it speaks with this hub.

Examples:
  waybill hub enrol --config hub.yaml bench-1
  waybill hub enrol --config hub.yaml bench-1 --replace`
}

type enrolReport struct {
	Station string    `json:"station"`
	Code    string    `json:"code"`
	Until   time.Time `json:"until"`
	Hub     string    `json:"hub"`
	Pinned  bool      `json:"pinned"` // the code carries the authority's fingerprint
	Command string    `json:"command"`
	Warning string    `json:"warning,omitempty"`
}

// Run makes the code.
func (c *hubEnrolCmd) Run(con *console) (err error) {
	if !configs.IsStation(c.Station) {
		return usage(fmt.Errorf("hub enrol: station %q: want 1 to 40 letters, digits, hyphens or underscores", c.Station))
	}
	if c.Life < time.Minute || c.Life > 24*time.Hour {
		return usage(fmt.Errorf("hub enrol: --life %s: want 1m to 24h", c.Life))
	}
	cfg, s, err := openRegister(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	pin, warning, err := pinOf(cfg)
	if err != nil {
		return err
	}
	code := wire.EnrolCode{Pin: pin}
	if _, err := rand.Read(code.Secret[:]); err != nil {
		return fmt.Errorf("code: %w", err)
	}
	sum := sha256.Sum256([]byte(code.SecretText()))
	now := time.Now()
	err = s.Offer(con.ctx, tracking.Offer{Station: shipment.StationID(c.Station), Code: hex.EncodeToString(sum[:]), Life: c.Life, Replaces: c.Replace})
	if err != nil {
		return err
	}
	r := enrolReport{
		Station: c.Station, Code: code.String(), Until: now.Add(c.Life).UTC().Truncate(time.Second), Hub: hubAddress(cfg), Pinned: pin != nil, Warning: warning,
	}
	r.Command = fmt.Sprintf("waybill station enrol --config station.yaml --hub %s %s", r.Hub, r.Code)
	if slices.ContainsFunc(cfg.Stations, func(s configs.HubStation) bool { return s.ID == c.Station }) {
		r.Warning = fmt.Sprintf("%s stands under stations in %s: once it is enrolled, that token is refused; take the line out then.", c.Station, c.Config)
	}
	if c.JSON {
		return writeJSON(con.out, r)
	}
	fmt.Fprintf(con.out, "Code for station %s, good once and until %s:\n\n    %s\n\nAt the station:\n\n    %s\n",
		r.Station, now.Add(c.Life).Format("15:04 on 2 January"), r.Code, r.Command)
	if r.Warning != "" {
		fmt.Fprintf(con.out, "\nNote: %s\n", r.Warning)
	}
	return nil
}

// hubAddress returns where stations reach the hub, as far as its configuration
// tells.
func hubAddress(cfg configs.Hub) string {
	scheme := "http://"
	if cfg.TLS.On() {
		scheme = "https://"
	}
	return cmp.Or(cfg.PublicURL, scheme+cfg.Listen)
}

// pinOf returns the fingerprint that codes carry: of the authority that the hub
// shows and that other machines do not know.
func pinOf(cfg configs.Hub) (pin []byte, warning string, err error) {
	if !cfg.TLS.On() {
		if !configs.Loopback(cfg.Listen) {
			warning = "the hub speaks plain HTTP; whoever listens on the network reads what stations show it (waybill hub init-tls)"
		}
		return nil, warning, nil
	}
	data, err := os.ReadFile(cfg.TLS.CertFile)
	if err != nil {
		return nil, "", fmt.Errorf("tls: %w", err)
	}
	chain, err := authority.Certificates(data)
	if err != nil {
		return nil, "", fmt.Errorf("tls: %s: %w", cfg.TLS.CertFile, err)
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{Intermediates: between}); err == nil {
		return nil, "", nil
	}
	root := chain[len(chain)-1]
	if root.CheckSignatureFrom(root) != nil {
		return nil, "the hub's certificate is of an authority that this machine does not know and the file does not have: name that authority's certificate as hub.ca_file at the station first", nil
	}
	sum := authority.PinOf(root)
	return sum[:], "", nil
}

// hubStationsCmd is `waybill hub stations`.
type hubStationsCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The hub's configuration."`
	JSON   bool   `help:"Write JSON lines."`
}

// Help is shown under waybill hub stations --help.
func (*hubStationsCmd) Help() string {
	return `Lists every station that was enrolled, listed, revoked or heard of. The hub may run
meanwhile.

Example:
  waybill hub stations --config hub.yaml`
}

type stationLine struct {
	Station      string     `json:"station"`
	State        string     `json:"state"` // enrolled, expired, waiting, revoked, configured, or none
	LastSeen     *time.Time `json:"last_seen,omitempty"`
	TokenMade    *time.Time `json:"token_made,omitempty"`
	TokenExpires *time.Time `json:"token_expires,omitempty"`
	CodeUntil    *time.Time `json:"code_until,omitempty"`
	Revoked      *time.Time `json:"revoked,omitempty"`
	Reason       string     `json:"reason,omitempty"`
}

// Run lists the stations.
func (c *hubStationsCmd) Run(con *console) (err error) {
	cfg, s, err := openRegister(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	lines, err := stationLines(con.ctx, cfg, s)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(con.out)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return fmt.Errorf("output: %w", err)
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STATION\tSTATE\tLAST HEARD\tTOKEN MADE\tTOKEN ENDS\tNOTE")
	for _, l := range lines {
		note := l.Reason
		if l.CodeUntil != nil {
			note = "has a code until " + l.CodeUntil.Local().Format("15:04")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Station, l.State, dayOf(l.LastSeen), dayOf(l.TokenMade), dayOf(l.TokenExpires), note)
	}
	return w.Flush()
}

func dayOf(t *time.Time) string {
	if t == nil {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// stationLines returns what is known of each station, by name.
func stationLines(ctx context.Context, cfg configs.Hub, s register) ([]stationLine, error) {
	known := map[string]stationLine{}
	moment := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	heard, err := s.Stations(ctx)
	if err != nil {
		return nil, err
	}
	for _, st := range heard {
		known[string(st.ID)] = stationLine{Station: string(st.ID), State: "none", LastSeen: moment(st.LastSeen)}
	}
	for _, st := range cfg.Stations {
		l := known[st.ID]
		l.Station, l.State = st.ID, "configured"
		known[st.ID] = l
	}
	access, err := s.Access(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range access {
		l := known[string(a.Station)]
		l.Station, l.Reason = string(a.Station), a.Reason
		if state := a.State(); state != "none" && (state != "waiting" || l.State != "configured") {
			l.State = state
		}
		l.TokenMade, l.TokenExpires = moment(a.Credential.Made), moment(a.Credential.Expires)
		l.CodeUntil, l.Revoked = moment(a.CodeUntil), moment(a.Revoked)
		known[l.Station] = l
	}
	lines := make([]stationLine, 0, len(known))
	for _, l := range known {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b stationLine) int { return cmp.Compare(a.Station, b.Station) })
	return lines, nil
}

// hubRevokeCmd is `waybill hub revoke`.
type hubRevokeCmd struct {
	Station string `arg:"" help:"The station's name."`
	Config  string `required:"" placeholder:"FILE" help:"The hub's configuration."`
	Reason  string `help:"Why, for whoever stands at the station."`
	JSON    bool   `help:"Write JSON."`
}

// Help is shown under waybill hub revoke --help.
func (*hubRevokeCmd) Help() string {
	return `Shuts a station out, at once: the hub takes nothing from it and says so. The station
works on, keeps its events, and sends them when it is enrolled again. The hub may run
meanwhile.

Example:
  waybill hub revoke --config hub.yaml bench-1 --reason "the machine was stolen"`
}

// Run revokes the station.
func (c *hubRevokeCmd) Run(con *console) (err error) {
	cfg, s, err := openRegister(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	lines, err := stationLines(con.ctx, cfg, s)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(lines, func(l stationLine) bool { return l.Station == c.Station }) {
		return usage(&fault.Error{
			Op: "hub revoke: station " + c.Station, Kind: fault.NotFound, Err: errors.New("the hub knows no such station"),
			Hint: "waybill hub stations lists those that it knows.",
		})
	}
	if err := s.Revoke(con.ctx, shipment.StationID(c.Station), c.Reason); err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(con.out, struct {
			Station string `json:"station"`
			State   string `json:"state"`
		}{c.Station, "revoked"})
	}
	fmt.Fprintf(con.out, "Station %s is shut out. It comes in again with a new code: waybill hub enrol --config %s %s\n", c.Station, c.Config, c.Station)
	return nil
}
