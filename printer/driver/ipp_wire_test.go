package driver_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/ipp"
	"waybill/printer/printertest"
)

// TestIPPAnswersOfOthers: what is not a printer's answer is shown, never taken
// for ready.
func TestIPPAnswersOfOthers(t *testing.T) {
	answer := func(status int, kind, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
			return true
		}
	}
	other, err := ipp.Request(0, 999).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request) bool
		want   string
		is     printer.Condition
	}{
		"a web page":             {answer(200, "text/html", "<html>"), "no printer", printer.WrongPath},
		"garbage called IPP":     {answer(200, ipp.MediaType, "\x02\x00\x00\x00\x00\x00\x00\x01\x47\xff"), "no printer", printer.UnknownFault},
		"another's answer":       {answer(200, ipp.MediaType, string(other)), "another question", printer.UnknownFault},
		"without an end":         {answer(200, ipp.MediaType, strings.Repeat("\x00", 2<<20)), "longer than", printer.UnknownFault},
		"no such path":           {answer(404, "text/plain", "not here"), "404", printer.WrongPath},
		"a queue that was":       {answer(410, "text/plain", ""), "410", printer.WrongPath},
		"wants a password":       {answer(401, "text/plain", ""), "password_file", printer.UnknownFault},
		"wants to be encrypted":  {answer(426, "text/plain", ""), "ipps://", printer.UnknownFault},
		"broken inside":          {answer(500, "text/plain", ""), "500", printer.UnknownFault},
		"a proxy's redirections": {answer(302, "text/plain", ""), "302", printer.UnknownFault},
	} {
		t.Run(name, func(t *testing.T) {
			p := openIPP(t, serve(t, &printertest.IPPDevice{Handle: tt.handle}), nil)
			if id, err := p.Identity(t.Context()); err != nil || id.LanguageOK {
				t.Errorf("identity %+v, %v", id, err)
			}
			st, err := p.Status(t.Context())
			if err != nil || !st.Has(tt.is) || !strings.Contains(st.Detail, tt.want) {
				t.Errorf("status %+v, %v; want %s with %q", st, err, tt.is, tt.want)
			}
			if err := p.Print(t.Context(), []byte(document)); !fault.Is(err, fault.Transient) {
				t.Errorf("Print: %v, want a transient error", err)
			}
		})
	}
}

// A server that knows no queue of that name says so in IPP.
func TestIPPNoSuchQueue(t *testing.T) {
	for _, status := range []ipp.Status{ipp.NotFound, ipp.Gone} {
		p := openIPP(t, serve(t, &printertest.IPPDevice{Refuse: func(ipp.Operation, ipp.Message) ipp.Status { return status }}), nil)
		st, err := p.Status(t.Context())
		if err != nil || !st.Has(printer.WrongPath) || st.Detail == "" {
			t.Errorf("%s: status %+v, %v", status, st, err)
		}
	}
}

func TestIPPNotHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "\x02030,0,0,1225\x03\r\n")
			c.Close()
		}
	}()
	p := openIPP(t, &httptest.Server{URL: "http://" + l.Addr().String()}, nil)
	if st, err := p.Status(t.Context()); err == nil {
		t.Errorf("status %+v from what speaks no HTTP", st)
	}
}

// TestIPPHalfOpen: a connection that takes everything and is dead ends by the
// driver's own deadline.
func TestIPPHalfOpen(t *testing.T) {
	device := &printertest.IPPDevice{}
	p := openIPP(t, serve(t, device), func(o *printer.Options) { o.Timeout = 50 * time.Millisecond })
	if _, err := p.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	device.Set(func() {
		device.Handle = func(_ http.ResponseWriter, r *http.Request) bool {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the line is dead
			<-r.Context().Done()
			return true
		}
	})
	if st, err := p.Status(t.Context()); err != nil || !st.Has(printer.NoAnswer) {
		t.Errorf("status %+v, %v; want no answer", st, err)
	}
	device.Set(func() { device.Handle = nil })
	if st, err := p.Status(t.Context()); err != nil || !st.Idle() {
		t.Errorf("status %+v, %v; want idle again", st, err)
	}
}

// TestIPPConnectionClosedBetween: HTTP lets a server close a connection that
// nobody uses; that is no fault, and no document is sent twice for it.
func TestIPPConnectionClosedBetween(t *testing.T) {
	device := new(printertest.IPPDevice)
	server := serve(t, device)
	p := openIPP(t, server, nil)
	for range 3 {
		if _, err := printOne(t, p, document); err != nil {
			t.Fatal(err)
		}
		server.CloseClientConnections()
		if st, err := p.Status(t.Context()); err != nil || !st.Idle() {
			t.Errorf("status %+v, %v", st, err)
		}
	}
	if whole, _ := device.Took(); len(whole) != 3 {
		t.Errorf("%d labels, want 3", len(whole))
	}
}

func TestIPPPassword(t *testing.T) {
	guarded := &printertest.IPPDevice{Handle: func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user == "desk" && password == "s3cret" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="printer"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}}
	server := serve(t, guarded)
	p := openIPP(t, server, func(o *printer.Options) { o.Access = printer.Access{User: "desk", Password: "s3cret"} })
	if _, err := printOne(t, p, document); err != nil {
		t.Fatal(err)
	}
	wrong := openIPP(t, server, func(o *printer.Options) { o.Access = printer.Access{User: "desk", Password: "x"} })
	if st, err := wrong.Status(t.Context()); err != nil || !st.Has(printer.UnknownFault) || !strings.Contains(st.Detail, "password") {
		t.Errorf("status with a wrong password: %+v, %v", st, err)
	}
	// A password goes in the clear to this machine only.
	open, err := driver.All()["ipp"].Open(t.Context(), printer.Options{
		Name: "far", Link: "ipp://printer.test/ipp/print", Log: slog.New(slog.DiscardHandler),
		Access: printer.Access{User: "desk", Password: "s3cret"},
		Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if st, err := open.Status(t.Context()); err != nil || !strings.Contains(st.Detail, "ipps://") {
		t.Errorf("status over an open line: %+v, %v", st, err)
	}
}

func TestIPPS(t *testing.T) {
	device := new(printertest.IPPDevice)
	server := httptest.NewTLSServer(device)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	digits := hex.EncodeToString(sum[:])
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	colons := strings.ToUpper(digits[:2]) + ":" + digits[2:]
	for name, tt := range map[string]struct {
		access printer.Access
		want   string
	}{
		"its fingerprint":   {printer.Access{Fingerprint: colons}, ""},
		"its authority":     {printer.Access{CA: authority}, ""},
		"nobody vouches":    {printer.Access{}, digits},
		"another's":         {printer.Access{Fingerprint: strings.Repeat("0", 64)}, "swapped"},
		"another authority": {printer.Access{CA: []byte(otherCertificate)}, "ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openIPP(t, server, func(o *printer.Options) { o.Access = tt.access })
			st, err := p.Status(t.Context())
			if tt.want == "" && (err != nil || !st.Idle()) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("status %+v, %v; want an error with %q", st, err, tt.want)
			}
			if _, err := printOne(t, p, document); (err == nil) != (tt.want == "") {
				t.Errorf("Print: %v", err)
			}
		})
	}
	if whole, _ := device.Took(); len(whole) != 2 || !bytes.Equal(whole[0], []byte(document)) {
		t.Errorf("labels %q, want two", whole)
	}
}

func TestIPPOptions(t *testing.T) {
	dial := func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("not to be dialled") }
	for name, o := range map[string]printer.Options{
		"no link":           {},
		"a bad fingerprint": {Dial: dial, Link: "ipps://p/x", Access: printer.Access{Fingerprint: "12"}},
		"a bad authority":   {Dial: dial, Link: "ipps://p/x", Access: printer.Access{CA: []byte("none")}},
		"a bad link":        {Dial: dial, Link: "ipp://%zz/"},
	} {
		if _, err := driver.All()["ipp"].Open(t.Context(), o); err == nil || fault.Is(err, fault.Transient) {
			t.Errorf("%s: %v, want an error that no waiting mends", name, err)
		}
	}
}

// TestIPPExpect: a document waits for "100 Continue", so that a printer that
// refuses it is not sent it; one that never says so is waited for once.
func TestIPPExpect(t *testing.T) {
	var expected []string
	device := new(printertest.IPPDevice)
	device.Handle = func(_ http.ResponseWriter, r *http.Request) bool {
		expected = append(expected, r.Header.Get("Expect"))
		return false
	}
	p := openIPP(t, serve(t, device), nil)
	if _, err := printOne(t, p, document); err != nil {
		t.Fatal(err)
	}
	asked := device.Asked()
	want := []ipp.Operation{ipp.GetPrinterAttributes, ipp.CreateJob, ipp.GetJobAttributes, ipp.ValidateJob, ipp.SendDocument}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for i, op := range asked {
		if (expected[i] == "100-continue") != (op == ipp.SendDocument) {
			t.Errorf("%s expects %q", op, expected[i])
		}
	}
}

// otherCertificate vouches for nobody here; its key is thrown away.
const otherCertificate = `-----BEGIN CERTIFICATE-----
MIIBjDCCATGgAwIBAgIUQxVxV+2WycU9gOtP1IcsXAZNqKkwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPYW5vdGhlciBwcmludGVyMCAXDTI2MTEyNzIzMTUwMFoYDzIx
MjYxMTAzMjMxNTAwWjAaMRgwFgYDVQQDDA9hbm90aGVyIHByaW50ZXIwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASUUmkDoIAgPX1KCGtdylbCr1K6JXzst23apURb
A/QfZnOhmrSbaH7VPQS/j3tKHH1BOh5oexWau5rm8GN82meko1MwUTAdBgNVHQ4E
FgQUCTKm2TfHVTXZB4LN4lg3miDmEyIwHwYDVR0jBBgwFoAUCTKm2TfHVTXZB4LN
4lg3miDmEyIwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAl+hv
NkQzHYLdb//jk4QeCAQmTd7FFn7miwZthofcpncCIQCxi879Kb7ukLcEdcs7JEyk
36KMXuiWNv/50V/ks2mwKg==
-----END CERTIFICATE-----
`
