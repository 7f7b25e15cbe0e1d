package printertest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"waybill/printer"
)

// A FormPrinter imitates a printer of EPL2 or TSPL as far as the drivers of these
// languages talk to it: it takes forms of boxes and pictures, prints one after the
// other, and answers questions of state at once and all others in their turn.
// What it does is what the makers' manuals say; no hardware stands behind it.
type FormPrinter struct {
	Language string        // epl or tspl
	PerLabel time.Duration // how long one label takes
	Serial   string        // told by TSPL alone
	NoLong   bool          // TSPL without <ESC>!S, as before firmware V6.29
	NoMarks  bool          // TSPL without OUT, EPL2 without UQ

	mu     sync.Mutex
	faults []printer.Condition
	busy   bool
	mute   bool
	forms  [][]byte
	conns  []net.Conn
}

// Set changes what is wrong.
func (p *FormPrinter) Set(faults ...printer.Condition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = faults
}

// Mute makes the printer answer nothing.
func (p *FormPrinter) Mute(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = on
}

// Forms returns what has been printed, oldest first.
func (p *FormPrinter) Forms() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.forms)
}

// Cut breaks every connection; what has not been printed is lost.
func (p *FormPrinter) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// Serve talks to one host until its connection ends, and closes it.
func (p *FormPrinter) Serve(ctx context.Context, conn net.Conn) {
	p.mu.Lock()
	p.conns = append(p.conns, conn)
	p.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { conn.Close() })
	turns := make(chan func(), 64)
	var wg sync.WaitGroup
	wg.Go(func() {
		for f := range turns {
			if ctx.Err() == nil {
				f()
			}
		}
	})
	p.listen(ctx, conn, turns)
	cancel()
	close(turns)
	wg.Wait()
}

// listen reads commands and questions; turns takes what has to wait its turn.
func (p *FormPrinter) listen(ctx context.Context, conn net.Conn, turns chan<- func()) {
	var line, form []byte
	picture := 0 // bytes of a picture still to come
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		for _, b := range buf[:n] {
			line = append(line, b)
			switch size, head := pictureSize(line); {
			case picture > 1:
				picture--
			case picture == 1:
				picture = 0
				form, line = append(form, line...), nil
			case head:
				picture = size
			case line[0] == 0x1b && len(line) == 3:
				p.say(conn, p.state(line[2]))
				line = nil
			case b == '\n' && line[0] != 0x1b:
				form = p.command(ctx, conn, line, form, turns)
				line = nil
			}
		}
		if err != nil {
			return
		}
	}
}

// pictureSize returns how many bytes of a picture follow a line that ends with
// its head.
func pictureSize(line []byte) (int, bool) {
	if len(line) == 0 || line[len(line)-1] != ',' {
		return 0, false
	}
	numbers := strings.Split(strings.TrimLeft(strings.TrimSuffix(string(line), ","), "BITMAPGW \r\n"), ",")
	at := 2
	switch {
	case bytes.HasPrefix(line, []byte("BITMAP ")) && len(numbers) == 5, bytes.HasPrefix(line, []byte("GW")) && len(numbers) == 4:
	default:
		return 0, false
	}
	stride, _ := strconv.Atoi(numbers[at])
	rows, _ := strconv.Atoi(numbers[at+1])
	return stride * rows, stride*rows > 0
}

// command does one line and returns the form as it then is.
func (p *FormPrinter) command(ctx context.Context, conn net.Conn, line, form []byte, turns chan<- func()) []byte {
	s := strings.TrimSpace(string(line))
	inTurn := func(answer string) []byte {
		if !p.NoMarks {
			turns <- func() { p.say(conn, answer) }
		}
		return form
	}
	switch {
	case s == "^ee":
		p.say(conn, p.state('e'))
		return form
	case s == "~!T":
		p.say(conn, "FORM-TSPL\r\n")
		return form
	case s == "UQ":
		return inTurn("UKQ1935HLU  V4.42\r\nSerial port:96,N,8,1\r\nCover: T=137, C=147\r\n")
	case s == "OUT _SERIAL$":
		return inTurn(p.Serial + "\r\n")
	case strings.HasPrefix(s, "OUT "):
		text, _ := strconv.Unquote(strings.TrimPrefix(s, "OUT "))
		return inTurn(text + "\r\n")
	}
	form = append(form, line...)
	if s == "PRINT 1" && p.Language == "tspl" || s == "P1" && p.Language == "epl" {
		whole := form
		turns <- func() { p.print(ctx, whole) }
		return nil
	}
	return form
}

// print puts a form on paper once nothing is wrong. It looks often enough.
func (p *FormPrinter) print(ctx context.Context, form []byte) {
	for done := false; !done && ctx.Err() == nil; {
		p.mu.Lock()
		p.busy = len(p.faults) == 0
		p.mu.Unlock()
		t := time.NewTimer(max(p.PerLabel, time.Millisecond))
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
		p.mu.Lock()
		if done = p.busy && len(p.faults) == 0 && ctx.Err() == nil; done {
			p.forms = append(p.forms, form)
		}
		p.busy = false
		p.mu.Unlock()
	}
}

// say answers.
func (p *FormPrinter) say(conn net.Conn, answer string) {
	p.mu.Lock()
	mute := p.mute
	p.mu.Unlock()
	if !mute && answer != "" {
		_, _ = conn.Write([]byte(answer)) // a host that has gone needs no answer
	}
}

// state returns the answer to a question of state: ^ee, <ESC>!S or <ESC>!?.
func (p *FormPrinter) state(question byte) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	has := func(c printer.Condition) byte {
		if slices.Contains(p.faults, c) {
			return 1
		}
		return 0
	}
	work := map[bool]byte{true: 1}[p.busy]
	switch {
	case question == 'e':
		codes := ""
		for c, code := range map[printer.Condition]string{printer.PaperOut: "07", printer.HeadOpen: "11", printer.Paused: "12"} {
			if has(c) == 1 {
				codes += "," + code
			}
		}
		return strings.TrimPrefix(codes+map[bool]string{true: "00"}[codes == ""], ",") + "\r\n"
	case question == 'S' && !p.NoLong:
		does := byte('@')
		switch {
		case has(printer.Paused) == 1:
			does = '`'
		case p.busy:
			does = 'P'
		}
		return fmt.Sprintf("\x02%c@%c%c\x03\r\n", does, 0x40|has(printer.TooHot),
			0x40|has(printer.PaperOut)|has(printer.PaperJam)<<1|has(printer.RibbonOut)<<2|has(printer.HeadOpen)<<5)
	case question == '?':
		return string([]byte{has(printer.HeadOpen) | has(printer.PaperJam)<<1 | has(printer.PaperOut)<<2 |
			has(printer.RibbonOut)<<3 | has(printer.Paused)<<4 | work<<5})
	}
	return ""
}
