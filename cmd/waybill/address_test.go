package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"waybill/internal/raced"
)

// generated is a stream of lines that nobody holds in memory.
type generated struct {
	lines, at int
	left      []byte
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.left) == 0 {
		if g.at == g.lines {
			return 0, io.EOF
		}
		g.at++
		zip := 10001 + g.at%90
		g.left = fmt.Appendf(g.left, `{"id":%d,"name":"Ava Smith %d","line1":"%d Main St","city":"New York","region":"new york","postal_code":"%05d","country":"USA"}`+"\n", g.at, g.at, g.at, zip)
	}
	n := copy(p, g.left)
	g.left = g.left[n:]
	return n, nil
}

// heapWatch counts the lines that come out and remembers how much memory was
// live at most.
type heapWatch struct {
	lines int
	most  uint64
}

func (w *heapWatch) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue // its rest comes with the next write
		}
		w.lines++
		if w.lines%5000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			w.most = max(w.most, m.HeapAlloc)
		}
	}
	return len(p), nil
}

// TestAddressCheckStreams holds that what a stream takes in memory does not
// grow with its length: four times the lines, the same memory.
func TestAddressCheckStreams(t *testing.T) {
	raced.Skip(t)
	run := func(lines int) uint64 {
		w := &heapWatch{}
		con := &console{in: &generated{lines: lines}, out: w}
		if err := (&addressCheckCmd{}).Run(con); err != nil {
			t.Fatal(err)
		}
		if w.lines != lines {
			t.Errorf("%d lines out of %d", w.lines, lines)
		}
		return w.most
	}
	run(1000) // what is loaded once
	short, long := run(10_000), run(40_000)
	if slack := uint64(2 << 20); long > short+slack {
		t.Errorf("%d bytes were live at most in 10 000 lines, %d in 40 000", short, long)
	}
}

// TestAddressCheckHelpNamesEveryCode holds that --help tells the codes that a
// check can give.
func TestAddressCheckHelpNamesEveryCode(t *testing.T) {
	help := (&addressCheckCmd{}).Help()
	var out bytes.Buffer
	in := strings.NewReader(`{"name":"A\u0007","line1":"PO Box 1","city":"Austin","region":"NY","postal_code":"78701","country":"US"}` + "\n" + `{"country":"Atlantis"}` + "\n")
	if err := (&addressCheckCmd{}).Run(&console{in: in, out: &out}); err != nil && !errors.Is(err, errReported) {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(out.String(), `"code":"`) {
		code, _, ok := strings.Cut(part, `","severity`)
		if ok && !strings.Contains(help, code) {
			t.Errorf("--help does not name %s", code)
		}
	}
	if !strings.Contains(out.String(), `"code":"postal_code_region_mismatch"`) || !strings.Contains(out.String(), `"code":"unknown_country"`) {
		t.Errorf("the addresses were meant to have issues: %s", out.String())
	}
}
