package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"waybill/printer/virtual"
	"waybill/scanner"
	scannervirtual "waybill/scanner/virtual"
)

// TestUnreadableLabelIsPassedOver holds that the demo tells a label that cannot
// be read once, and goes on with the next.
func TestUnreadableLabelIsPassedOver(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d := &demo{dir: t.TempDir()}
	n := 0
	d.printer = virtual.New(virtual.Options{
		Listen: "127.0.0.1:0", Dir: filepath.Join(d.dir, "printer"), PerLabel: time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Render: func(virtual.Drawing) (virtual.Picture, error) {
			if n++; n == 1 {
				return virtual.Picture{}, errors.New("smudged")
			}
			return virtual.Picture{PNG: []byte("png"), Symbols: []virtual.Symbol{{Symbology: "code128", Text: "second"}}}, nil
		},
	})
	ended := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { ended <- d.printer.Run(running) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	<-d.printer.Ready()
	host, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.printer.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	if _, err := io.WriteString(host, "^XA^FDa^FS^XZ^XA^FDb^FS^XZ"); err != nil {
		t.Fatal(err)
	}
	if _, err := await(ctx, "the first label", d.nextLabel); err == nil || ctx.Err() != nil {
		t.Fatalf("the unreadable label gives %v", err)
	}
	l, err := await(ctx, "the second label", d.nextLabel)
	if err != nil {
		t.Fatal(err)
	}
	if number, _ := l.trackingNumber(); number != "second" || l.N != 2 {
		t.Errorf("label %d reads %q", l.N, number)
	}
}

// TestOldBeepsDoNotAnswer holds that a beep from before the trigger is pulled is
// not taken for the answer to the scan.
func TestOldBeepsDoNotAnswer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	profile, _ := scanner.ProfileNamed("ack_nak")
	d := &demo{}
	var err error
	if d.scanner, err = scannervirtual.OpenBridge(scannervirtual.Options{Profile: profile}); err != nil {
		t.Fatal(err)
	}
	defer d.scanner.Close()
	host, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.scanner.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	if _, err := host.Write(profile.Good); err != nil {
		t.Fatal(err)
	}
	if _, err := await(ctx, "the old beep", func() (int, bool, error) {
		n := len(d.scanner.Signals())
		return n, n == 1, nil
	}); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := bufio.NewReader(host).ReadString('\r')
		if err == nil {
			_, err = host.Write(profile.Bad)
		}
		if err != nil {
			t.Error(err)
		}
	}()
	if err := d.scan(ctx, "1Z"); err == nil || err.Error() != "the scanner was told bad" {
		t.Errorf("the scan gives %v, want that the scanner was told bad", err)
	}
}
