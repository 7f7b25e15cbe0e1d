package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// runVirtualPrinter runs the command and hands its address to host, with a
// function that puts bytes on it. It returns the last line of the output.
func runVirtualPrinter(t *testing.T, c *virtualPrinterCmd, say ...string) (last string, err error) {
	t.Helper()
	c.Listen, c.Dir = "127.0.0.1:0", t.TempDir()
	c.DotsPerMM, c.Language, c.PerLabel = 8, "zpl", time.Millisecond
	in, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- c.Run(&console{ctx: t.Context(), out: out, err: out, log: slog.New(slog.DiscardHandler)})
		out.Close()
	}()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		last = lines.Text()
		rest, ok := strings.CutPrefix(last, "Printer at tcp://")
		if !ok {
			continue
		}
		address, _, _ := strings.Cut(rest, ",")
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, s := range say {
			if _, err := io.WriteString(conn, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	return last, <-done
}

func TestVirtualPrinterEndsByItself(t *testing.T) {
	carrier, err := os.ReadFile("../../labels/zplview/testdata/carriers/parcel-ground.zpl")
	if err != nil {
		t.Fatal(err)
	}
	// A graphic is stored, and a format that recalls it and counts; then a
	// carrier's label, between changed prefixes.
	stored := "~DGR:L.GRF,2,1,FFFF^XA^DFR:F^FO50,50^XGR:L,5,5^FS^FO50,90^BY2^BCN,100,N,N,N,A^FN1^FS^XZ^XA^XFR:F^FS^FN1^FDABC123^FS^PQ2^XZ^XA^CC//XZ"
	last, err := runVirtualPrinter(t, &virtualPrinterCmd{Until: 3, Within: 30 * time.Second, Strict: true, JSON: true},
		stored, "/CC^", string(carrier))
	if err != nil {
		t.Fatal(err)
	}
	var sum printedSummary
	if err := json.Unmarshal([]byte(last), &sum); err != nil || sum.Labels != 3 || len(sum.Unknown) > 0 {
		t.Errorf("sum is %s (%v)", last, err)
	}
}

func TestVirtualPrinterSaysWhatWasNotUnderstood(t *testing.T) {
	last, err := runVirtualPrinter(t, &virtualPrinterCmd{Until: 1, Within: 30 * time.Second, Strict: true}, "^XA^FO9,9^GB9,9,9^FS^ZZ^XZ")
	if err == nil || !strings.Contains(err.Error(), "^ZZ") || !strings.Contains(last, "1 labels") {
		t.Errorf("error %v, last line %q", err, last)
	}
}

func TestVirtualPrinterWaitsNoLongerThanAsked(t *testing.T) {
	_, err := runVirtualPrinter(t, &virtualPrinterCmd{Until: 1, Within: 10 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "0 of 1 labels within 10ms") {
		t.Errorf("error %v", err)
	}
}
