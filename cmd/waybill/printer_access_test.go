package main

import (
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
	write(t, authority, 0o600, "-----BEGIN")
	p := configs.Printer{
		Name: "p", Driver: "ipp", Link: "ipps://printer.test/ipp/print", Roles: []string{"shipping"}, DPI: 203,
		User: "desk", PasswordFile: password, CAFile: authority, Fingerprint: "4f",
	}
	list, err := printers(configs.Station{Printers: []configs.Printer{p}})
	if err != nil {
		t.Fatal(err)
	}
	want := printer.Access{User: "desk", Password: "s3cret ", CA: []byte("-----BEGIN"), Fingerprint: "4f"}
	if diff := cmp.Diff(want, list[0].Access); diff != "" {
		t.Errorf("access (-want +got):\n%s", diff)
	}
	for want, change := range map[string]func(*configs.Printer){
		"password_file: ":         func(p *configs.Printer) { p.PasswordFile = filepath.Join(dir, "none") },
		"ca_file: ":               func(p *configs.Printer) { p.CAFile = filepath.Join(dir, "none") },
		"(write driver: ipp)":     func(p *configs.Printer) { p.Driver = "zpl" },
		"begin with ipp://":       func(p *configs.Printer) { p.Link = "tcp://printer.test" },
		"write ipps://printer.te": func(p *configs.Printer) { p.Link = "ipps://printer.test" },
	} {
		bad := p
		change(&bad)
		list, err := printers(configs.Station{Printers: []configs.Printer{bad}})
		if err == nil { // the driver itself finds fault with what stands in the link
			_, err = list[0].Driver.Open(t.Context(), printer.Options{Name: "p", Link: bad.Link})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}
