package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"waybill/configs"
	"waybill/internal/atomicfile"
	"waybill/internal/authority"
	"waybill/internal/task"
	"waybill/internal/webserver"
)

// hubInitTLSCmd is `waybill hub init-tls`.
type hubInitTLSCmd struct {
	Config string   `required:"" placeholder:"FILE" help:"The hub's configuration."`
	Host   []string `placeholder:"NAME" help:"A host name or IP address under which stations and people reach the hub; may be given again. Without, what the configuration and this machine say."`
	JSON   bool     `help:"Write JSON, which is what init-tls writes anyway."`
}

// Help is shown under waybill hub init-tls --help.
func (*hubInitTLSCmd) Help() string {
	return `For a house without a certification authority. Makes one for the hub alone, and a
certificate under it, in DATA/tls; stations learn the authority when they are
enrolled. Said again, it makes a new certificate under the same authority, as for
a hub with a new name: stations notice nothing, and a hub that runs takes it up.

Example:
  waybill hub init-tls --config hub.yaml --host hub.warehouse.lan --host 192.168.1.10`
}

// The files of a hub's own authority, in one directory.
const (
	authorityCert = "ca.crt"
	authorityKey  = "ca.key"
	hubCert       = "hub.crt"
	hubKey        = "hub.key"
)

type initTLSReport struct {
	Authority   string    `json:"authority"`   // its certificate, which browsers may be told to trust
	Fingerprint string    `json:"fingerprint"` // of that
	CertFile    string    `json:"cert_file"`
	KeyFile     string    `json:"key_file"`
	Names       []string  `json:"names"`
	Expires     time.Time `json:"expires"`
	Message     string    `json:"message"`
}

// Run makes the authority, where there is none, and the certificate.
func (c *hubInitTLSCmd) Run(con *console) error {
	cfg, err := configs.LoadHub(c.Config)
	if err != nil {
		return usage(err)
	}
	names := c.Host
	if len(names) == 0 {
		if names, err = hubNames(cfg); err != nil {
			return fmt.Errorf("names of the hub: %w (give them with --host)", err)
		}
	}
	dir := filepath.Join(cfg.Data, "tls")
	if cfg.TLS.On() && filepath.Dir(cfg.TLS.CertFile) != dir {
		return usage(fmt.Errorf("hub init-tls: tls.cert_file is %s, which is none of its making (take tls out of the configuration to use an authority of the hub's own)", cfg.TLS.CertFile))
	}
	a, err := ownAuthority(dir, time.Now())
	if err != nil {
		return err
	}
	certs, err := issue(a, dir, names, time.Now())
	if err != nil {
		return err
	}
	r := initTLSReport{
		Authority: filepath.Join(dir, authorityCert), Fingerprint: fmt.Sprintf("%x", authority.PinOf(a.Certificate())),
		CertFile: filepath.Join(dir, hubCert), KeyFile: filepath.Join(dir, hubKey), Names: names, Expires: certs[0].NotAfter,
		Message: "In use: a hub that runs takes it up within seconds of the next connection.",
	}
	if !cfg.TLS.On() {
		at := func(file string) string {
			if rel, err := filepath.Rel(filepath.Dir(c.Config), file); err == nil {
				return filepath.ToSlash(rel)
			}
			return file
		}
		r.Message = fmt.Sprintf("Now put this into %s and start the hub: tls: {cert_file: %q, key_file: %q}", c.Config, at(r.CertFile), at(r.KeyFile))
	}
	return writeJSON(con.out, r)
}

// hubNames returns the names and addresses under which the hub may be reached.
func hubNames(cfg configs.Hub) ([]string, error) {
	var names []string
	add := func(host string) {
		if host != "" && !slices.Contains(names, host) {
			names = append(names, host)
		}
	}
	if u, err := url.Parse(cfg.PublicURL); err == nil {
		add(u.Hostname())
	}
	for _, name := range cfg.AllowedHosts {
		host, _, err := net.SplitHostPort(name)
		if err != nil {
			host = name
		}
		add(host)
	}
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); host != "" && (err != nil || !ip.IsUnspecified()) {
		add(host)
	} else {
		name, err := os.Hostname()
		if err != nil {
			return nil, err
		}
		add(name)
		addrs, err := net.InterfaceAddrs()
		if err != nil {
			return nil, err
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() && !n.IP.IsLoopback() {
				add(n.IP.String())
			}
		}
	}
	for _, always := range []string{"localhost", "127.0.0.1", "::1"} {
		add(always)
	}
	return names, nil
}

// ownAuthority returns the authority in dir, making it where there is none. Its
// key is on disk before its certificate: one without the other is made anew, and
// nobody has trusted it.
func ownAuthority(dir string, now time.Time) (*authority.Authority, error) {
	a, err := loadAuthority(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory of certificates: %w", err)
	}
	if a, err = authority.New("Waybill hub authority", now); err != nil {
		return nil, err
	}
	cert, key, err := a.PEM()
	if err != nil {
		return nil, err
	}
	return a, errors.Join(
		atomicfile.WriteFile(filepath.Join(dir, authorityKey), key, 0o600),
		atomicfile.WriteFile(filepath.Join(dir, authorityCert), cert, 0o644),
	)
}

// loadAuthority returns the authority in dir; the error wraps fs.ErrNotExist
// where there is none.
func loadAuthority(dir string) (*authority.Authority, error) {
	cert, err := os.ReadFile(filepath.Join(dir, authorityCert))
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, authorityKey))
	if err != nil {
		return nil, fmt.Errorf("key of the authority: %w", err)
	}
	a, err := authority.Load(cert, key)
	if err != nil {
		return nil, fmt.Errorf("authority in %s: %w", dir, err)
	}
	return a, nil
}

// issue writes a certificate for the hub into dir. The key stays where there is
// one, so that at every moment the two files are a pair.
func issue(a *authority.Authority, dir string, names []string, now time.Time) ([]*x509.Certificate, error) {
	keyFile := filepath.Join(dir, hubKey)
	key, err := os.ReadFile(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if key, err = authority.NewKey(); err == nil {
			err = atomicfile.WriteFile(keyFile, key, 0o600)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("key of the hub: %w", err)
	}
	chain, err := a.Issue(key, names, now)
	if err != nil {
		return nil, usage(err)
	}
	if err := atomicfile.WriteFile(filepath.Join(dir, hubCert), chain, 0o644); err != nil {
		return nil, fmt.Errorf("certificate of the hub: %w", err)
	}
	return authority.Certificates(chain)
}

// renewBefore is how long before its end a certificate of the hub's own authority
// is made again, and from when on one of another is warned about.
const renewBefore = 30 * 24 * time.Hour

// renewOwn makes the hub's certificate again where its own authority made it and
// it ends soon. It reports when the certificate in use ends.
func renewOwn(cfg configs.TLS, now time.Time) (renewed bool, ends time.Time, err error) {
	data, err := os.ReadFile(cfg.CertFile)
	if err != nil {
		return false, ends, fmt.Errorf("certificate: %w", err)
	}
	certs, err := authority.Certificates(data)
	if err != nil {
		return false, ends, fmt.Errorf("%s: %w", cfg.CertFile, err)
	}
	ends = certs[0].NotAfter
	if ends.Sub(now) > renewBefore {
		return false, ends, nil
	}
	dir := filepath.Dir(cfg.CertFile)
	if filepath.Base(cfg.CertFile) != hubCert || cfg.KeyFile != filepath.Join(dir, hubKey) {
		return false, ends, nil // another's, who renews it
	}
	a, err := loadAuthority(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, ends, nil
	}
	if err != nil || !a.Issued(certs[0]) {
		return false, ends, err
	}
	if certs, err = issue(a, dir, authority.Names(certs[0]), now); err != nil {
		return false, ends, err
	}
	return true, certs[0].NotAfter, nil
}

// useTLS has the hub speak TLS as cfg says, and returns what keeps its
// certificate from ending; nothing where it speaks plain HTTP.
func useTLS(ctx context.Context, web *webserver.Server, cfg configs.Hub, log *slog.Logger) ([]task.Task, error) {
	if !cfg.TLS.On() {
		if !configs.Loopback(cfg.Listen) {
			log.WarnContext(ctx, "The hub speaks plain HTTP to other machines: whoever listens on the network reads its tokens. Have it speak TLS (waybill hub init-tls), or let only a proxy reach it.",
				"address", cfg.Listen)
		}
		return nil, nil
	}
	tend := func(ctx context.Context) {
		renewed, ends, err := renewOwn(cfg.TLS, time.Now())
		switch left := time.Until(ends); {
		case err != nil:
			log.ErrorContext(ctx, "The hub's certificate could not be looked after; it goes on as long as it is good.", "err", err)
		case renewed:
			log.InfoContext(ctx, "The hub made its certificate again.", "expires", ends)
		case left <= 0:
			log.ErrorContext(ctx, "The hub's certificate has ended: stations and browsers refuse it. Have its authority make a new one.", "file", cfg.TLS.CertFile, "ended", ends)
		case left <= renewBefore:
			log.WarnContext(ctx, "The hub's certificate ends soon. Have its authority make a new one; the hub takes it up by itself.", "file", cfg.TLS.CertFile, "expires", ends)
		}
	}
	tend(ctx)
	cert, err := webserver.LoadCertificate(cfg.TLS.CertFile, cfg.TLS.KeyFile, log, nil)
	if err != nil {
		return nil, usage(fmt.Errorf("tls: %w", err))
	}
	web.UseTLS(cert)
	return []task.Task{task.Func("certificate", func(ctx context.Context) error {
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				tend(ctx)
			}
		}
	})}, nil
}

// renewEvery is how often the certificate's end is looked at.
const renewEvery = 12 * time.Hour
