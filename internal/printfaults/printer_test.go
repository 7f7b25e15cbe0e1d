package printfaults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"waybill/internal/printaudit"
	"waybill/internal/process"
	"waybill/printer/virtual"
)

// A kind is a sort of printer that desks have.
type kind struct {
	name    string
	clients int
	shared  bool // other hosts print on it, and people press its feed button
	counts  bool
	faults  string // what it is like when all is well
}

func kinds() []kind {
	return []kind{
		{name: "modern", clients: 1, counts: true, faults: `{}`},
		{name: "silent-in-faults", clients: 1, counts: true, faults: `{"silent_hs_on_fault":true}`},
		{name: "shared", clients: 3, shared: true, counts: true, faults: `{}`},
		{name: "old", clients: 1, faults: `{"no_variables":true,"no_hqes":true}`},
	}
}

// A unit is one printer of a bench, with the wire that leads to it.
type unit struct {
	kind
	dir, control, addr, serial string
	perLabel                   time.Duration
	wire                       *wire
	die                        func()                               // kills the station
	kill                       func(context.Context, time.Duration) // and starts it again after a pause

	calm      sync.Mutex // held while something is wrong, and while a person looks
	strangers int        // labels that other hosts have sent; guarded by calm
	done      map[string]int
}

// newUnit switches a virtual printer on.
func newUnit(ctx context.Context, t *testing.T, dir, serial string, k kind, perLabel time.Duration) *unit {
	t.Helper()
	u := &unit{kind: k, dir: filepath.Join(dir, k.name), serial: serial, perLabel: perLabel, done: map[string]int{}}
	v := virtual.New(virtual.Options{
		Listen: "127.0.0.1:0", Control: "127.0.0.1:0", Dir: u.dir, Serial: serial,
		PerLabel: u.perLabel, Clients: k.clients,
	})
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	go func() { ended <- v.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("virtual printer %s: %v", k.name, err)
		}
	})
	<-v.Ready()
	u.addr, u.control = v.Addr().String(), "http://"+v.ControlAddr().String()
	var err error
	if u.wire, err = newWire(ctx, u.addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		u.wire.wg.Wait()
	})
	if err := u.order(ctx, "/faults", k.faults); err != nil {
		t.Fatal(err)
	}
	return u
}

// order does something to the printer.
func (u *unit) order(ctx context.Context, path, body string) error {
	status, text, err := process.Call(ctx, http.MethodPost, u.control+path, []byte(body))
	if err != nil {
		return fmt.Errorf("printer %s: %w", u.name, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("printer %s: POST %s %s: %d %s", u.name, path, body, status, text)
	}
	return nil
}

// A state is what the printer's control port says.
type state struct {
	On        bool  `json:"on"`
	Paused    bool  `json:"paused"`
	Waiting   int   `json:"waiting"`
	Remaining int   `json:"remaining"`
	Partial   bool  `json:"partial"`
	Odometer  int64 `json:"odometer"`
	Faults    struct {
		PaperOut bool `json:"paper_out"`
	} `json:"faults"`
}

func (u *unit) state(ctx context.Context) (s state, err error) {
	_, text, err := process.Call(ctx, http.MethodGet, u.control+"/status", nil)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err
}

// empty waits until the printer has nothing left to print, as a person does who
// looks at its display before they look into the tray.
func (u *unit) empty(ctx context.Context) bool {
	for ctx.Err() == nil {
		if s, err := u.state(ctx); err == nil && s.On && !s.Partial && s.Waiting == 0 && s.Remaining == 0 {
			return true
		}
		process.Wait(ctx, 5*time.Millisecond)
	}
	return false
}

// stranger prints n labels from another host, beside the station's wire.
func (u *unit) stranger(ctx context.Context, n int, rnd *rand.Rand) error {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", u.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	u.strangers += n
	_, err = fmt.Fprintf(conn, "^XA^FO20,20^A0N,30^FDstranger %d^FS^PQ%d^XZ", rnd.Uint64(), n)
	return err
}

// paper returns what is on paper now.
func (u *unit) paper() (printaudit.Paper, error) {
	labels, err := printaudit.ReadPaper(u.dir)
	return printaudit.Paper{Printer: u.name, Device: u.serial, Counts: u.counts, Shared: u.shared, Labels: labels}, err
}
