package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"waybill/configs"
	"waybill/internal/atomicfile"
	"waybill/internal/authority"
	"waybill/shipment"
	"waybill/sync/credential"
	"waybill/sync/downlink"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// stationEnrolCmd is `waybill station enrol`.
type stationEnrolCmd struct {
	Code   string `arg:"" help:"The code that waybill hub enrol printed."`
	Config string `required:"" placeholder:"FILE" help:"The station's configuration."`
	Hub    string `placeholder:"URL" help:"The hub's address, as the configuration must have it, too. Left out: the one in hub.url."`
	Plain  bool   `help:"Enrol over plain HTTP, whoever may listen on the network."`
	JSON   bool   `help:"Write JSON, which is what enrol writes anyway."`
}

// Help is shown under waybill station enrol --help.
func (*stationEnrolCmd) Help() string {
	return `Exchanges a one-time code for a token, which is shown to the hub at that address and
to no other. It is kept under DATA/hub, or under DATA/hubs where the station had another
hub first, or of a further hub; or where token_file says. The station may run meanwhile;
it need not be started anew. If the answer is lost, run the same again as long as the code
is good.

Examples:
  waybill station enrol --config station.yaml --hub https://hub.example.com V5KNG-MWVHF-ER9J6-KA7H0
  waybill station enrol --config station.yaml --hub https://hub.head-office.example.com 0H3XR-7Q2ZD-…`
}

type enrolledReport struct {
	Station   string     `json:"station"`
	Hub       string     `json:"hub"`
	TokenFile string     `json:"token_file"`
	Expires   *time.Time `json:"expires,omitempty"`
	Authority string     `json:"authority,omitempty"` // the hub's, where the code told which it is
	Message   string     `json:"message"`
}

// Run enrols the station.
func (c *stationEnrolCmd) Run(con *console) error {
	cfg, err := configs.LoadStation(c.Config)
	if err != nil {
		return usage(err)
	}
	code, err := wire.ParseEnrolCode(c.Code)
	if err != nil {
		return usage(fmt.Errorf("station enrol: code: %w", err))
	}
	link, err := c.link(cfg)
	if err != nil {
		return usage(err)
	}
	hub, err := url.Parse(link.URL)
	if err != nil {
		return usage(err)
	}
	if hub.Scheme != "https" && !configs.Loopback(hub.Host) && !c.Plain {
		return usage(fmt.Errorf("station enrol: %s %s is plain HTTP: whoever listens on the network reads the token (have the hub speak TLS, or say --plain)", link.Key("url"), link.URL))
	}
	if err := cfg.NoteHub(); err != nil {
		return fmt.Errorf("station enrol: %w", err)
	}
	keeper := hubKeeper(link)
	client, found, err := c.client(link, hub, code, keeper)
	if err != nil {
		return usage(err)
	}
	got, err := keeper.Enrol(con.ctx, client, shipment.StationID(cfg.ID), code.SecretText())
	if err != nil {
		return fmt.Errorf("station enrol: %w", err)
	}
	// A further hub has no say about orders and rules, but it may become the station's own.
	if err := downlink.NewShelf(link.Enrolled).Pin(got.SigningKey, true); err != nil {
		return fmt.Errorf("station enrol: %w", err)
	}
	token, _ := link.Token()
	r := enrolledReport{
		Station: string(got.Station), Hub: link.URL, TokenFile: token,
		Message: "The hub knows the station. A station that runs uses the token from now on; otherwise start it.",
	}
	if !got.Expires.IsZero() {
		r.Expires = &got.Expires
	}
	if found.cert != nil {
		r.Authority = link.Authority()
	}
	return writeJSON(con.out, r)
}

// link returns the way to the hub at which the station comes in.
func (c *stationEnrolCmd) link(cfg configs.Station) (configs.HubLink, error) {
	for _, link := range cfg.HubLinks() {
		if c.Hub == "" || strings.TrimSuffix(c.Hub, "/") == strings.TrimSuffix(link.URL, "/") {
			return link, nil
		}
	}
	has := "hub.url: " + cfg.Hub.URL
	if len(cfg.FurtherHubs) > 0 {
		has += " and further_hubs of other addresses"
	}
	return configs.HubLink{}, fmt.Errorf("station enrol: --hub %s, but %s has %s (correct it there first: the token is shown to nobody else)", c.Hub, c.Config, has)
}

// met is the authority that the hub showed.
type met struct{ cert *x509.Certificate }

// client returns what speaks to the hub for the first time. Where the code names
// the hub's authority, nothing is sent before the hub has shown it, and it is kept
// before a token is: a token without it could be shown to nobody.
func (c *stationEnrolCmd) client(at configs.HubLink, hub *url.URL, code wire.EnrolCode, keeper *credential.Keeper) (*uplink.Client, *met, error) {
	found := &met{}
	h := at
	h.TokenFile, h.Enrolled = "", "" // neither is there yet, or what is there is of before
	if code.Pin == nil {
		h.Enrolled = at.Enrolled
	}
	link, err := hubLink(h)
	if err != nil {
		return nil, found, err
	}
	link.Credentials = shown(keeper)
	o := uplink.ClientOptions{Hub: hub, Link: link}
	if code.Pin != nil {
		if hub.Scheme != "https" {
			return nil, found, fmt.Errorf("station enrol: the code is for a hub that speaks TLS, and %s is %s (write https:// there)", at.Key("url"), at.URL)
		}
		transport, err := link.Transport()
		if err != nil {
			return nil, found, err
		}
		transport.TLSClientConfig = authority.FirstMeeting(hub.Hostname(), authority.Pin(code.Pin), func(cert *x509.Certificate) error {
			found.cert = cert
			return keepAuthority(at.Authority(), cert)
		})
		o.HTTP = &http.Client{Transport: transport}
	}
	client, err := uplink.NewClient(o)
	return client, found, err
}

// keepAuthority writes down by what the hub is known.
func keepAuthority(path string, cert *x509.Certificate) error {
	if have, err := os.ReadFile(path); err == nil {
		if known, err := authority.Certificates(have); err == nil {
			for _, k := range known {
				if k.Equal(cert) {
					return nil
				}
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("authority of the hub: %w", err)
	}
	return atomicfile.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o644)
}
