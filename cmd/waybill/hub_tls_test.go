package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waybill/configs"
	"waybill/internal/authority"
)

// TestAHubRenewsItsOwnCertificate holds that a certificate of the hub's own
// authority is made again before it ends, under the same names and authority, and
// that one of another is left alone.
func TestAHubRenewsItsOwnCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := configs.TLS{CertFile: filepath.Join(dir, hubCert), KeyFile: filepath.Join(dir, hubKey)}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	a, err := ownAuthority(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := issue(a, dir, []string{"hub.test", "192.0.2.7"}, now); err != nil {
		t.Fatal(err)
	}
	renew := func(after time.Duration, want bool) time.Time {
		t.Helper()
		renewed, ends, err := renewOwn(cfg, now.Add(after))
		if err != nil || renewed != want {
			t.Errorf("after %v: renewed %v, %v; want %v", after, renewed, err, want)
		}
		return ends
	}
	first := renew(0, false)
	renew(authority.ServerLife-renewBefore-time.Hour, false)
	second := renew(authority.ServerLife-renewBefore+time.Hour, true)
	if !second.After(first) {
		t.Errorf("the new one ends %v, the old one %v", second, first)
	}
	pair, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ownAuthority(dir, now)
	if err != nil || authority.PinOf(again.Certificate()) != authority.PinOf(a.Certificate()) || !a.Issued(pair.Leaf) || len(authority.Names(pair.Leaf)) != 2 {
		t.Errorf("authority or names have changed: %v, %v", authority.Names(pair.Leaf), err)
	}
	// Another authority's certificate in the same place.
	other, err := authority.New("other", now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := other.Issue(key, []string{"hub.test"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.CertFile, chain, 0o600); err != nil {
		t.Fatal(err)
	}
	renew(authority.ServerLife, false)
}
