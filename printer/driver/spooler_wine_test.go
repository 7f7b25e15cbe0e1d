//go:build windows && winerig

package driver

import (
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// A label goes through the system's spooler and comes out as it is; tools/wine/run.sh
// makes the queue and says where it leads.
func TestWineSpooler(t *testing.T) {
	queue, sink := os.Getenv("RIG_QUEUE"), os.Getenv("RIG_SINK")
	queues, err := Queues()
	if err != nil || !slices.ContainsFunc(queues, func(q Queue) bool { return q.Name == queue }) {
		t.Fatalf("queues are %+v, %v; want one called %q", queues, err, queue)
	}
	t.Logf("queues: %+v", queues)
	l, err := net.Listen("tcp", sink)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan []byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		b, _ := io.ReadAll(c)
		c.Close()
		got <- b
	}()
	o := printer.Options{Name: "p", Link: "spooler://" + queue, Log: slog.New(slog.DiscardHandler)}
	p, err := spoolerDriver().Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	id, err := p.Identity(t.Context())
	st, serr := p.Status(t.Context())
	t.Logf("%+v, %v; %+v, %v", id, err, st, serr)
	if err != nil || serr != nil {
		t.Error("the queue does not say how it is")
	}
	label := "^XA^FO10,10^FD"
	for i := range 256 {
		label += string([]byte{byte(i)})
	}
	label += "^FS^XZ"
	began := time.Now()
	if err := p.Print(t.Context(), []byte(label)); err != nil {
		t.Fatal(err)
	}
	t.Logf("printed in %s", time.Since(began))
	select {
	case b := <-got:
		if string(b) != label {
			t.Errorf("came out as %d bytes %q, want %d", len(b), b, len(label))
		}
		t.Logf("out after %s", time.Since(began))
	case <-time.After(30 * time.Second):
		t.Error("nothing came out")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	o.Link = "spooler://no such queue"
	if _, err := spoolerDriver().Open(t.Context(), o); !fault.Is(err, fault.Transient) {
		t.Errorf("a queue that is not there: %v", err)
	} else {
		t.Log(err)
	}
}
