package main

import (
	"encoding/pem"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/configs"
	"waybill/printer"
)

// TestPrinterAccess: what a printer's configuration names in files is read before
// the station starts.
func TestPrinterAccess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	password, authority := filepath.Join(dir, "password"), filepath.Join(dir, "ca.pem")
	write(t, password, 0o600, "s3cret \r\n")
	srv := httptest.NewTLSServer(nil)
	srv.Close()
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	write(t, authority, 0o600, certificate)
	sum := strings.Repeat("4f:", 31) + "4F"
	p := configs.Printer{
		Name: "p", Driver: "ipp", Link: "ipps://printer.test/ipp/print", Roles: []string{"shipping"}, DPI: 203,
		User: "desk", PasswordFile: password, CAFile: authority, Fingerprint: sum,
	}
	list, err := printers(configs.Station{Printers: []configs.Printer{p}})
	if err != nil {
		t.Fatal(err)
	}
	want := printer.Access{User: "desk", Password: "s3cret ", CA: []byte(certificate), Fingerprint: sum}
	if diff := cmp.Diff(want, list[0].Access); diff != "" {
		t.Errorf("access (-want +got):\n%s", diff)
	}
	for want, change := range map[string]func(*configs.Printer){
		"password_file: ":         func(p *configs.Printer) { p.PasswordFile = filepath.Join(dir, "none") },
		"ca_file: ":               func(p *configs.Printer) { p.CAFile = filepath.Join(dir, "none") },
		"no certificate in PEM":   func(p *configs.Printer) { p.CAFile = password },
		"want the 64 hexadecimal": func(p *configs.Printer) { p.Fingerprint = "4f" },
		"want 1 to 65535":         func(p *configs.Printer) { p.Link = "ipps://printer.test:99999/ipp/print" },
		"set user and password_f": func(p *configs.Printer) { p.Link = "ipps://desk:secret@printer.test/ipp/print" },
		"(write driver: ipp)":     func(p *configs.Printer) { p.Driver = "zpl" },
		"begin with ipp://":       func(p *configs.Printer) { p.Link = "tcp://printer.test" },
		"write ipps://printer.te": func(p *configs.Printer) { p.Link = "ipps://printer.test" },
	} {
		bad := p
		change(&bad)
		_, err := printers(configs.Station{Printers: []configs.Printer{bad}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}
