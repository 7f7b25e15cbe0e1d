package virtual

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// An alert is one that a host ordered by ^SX or alerts.add.
type alert struct {
	condition   byte // the letter of ^SX; '*' for every one
	destination byte // A for the serial line, D for TCP, E for UDP, Z for the hosts that are connected; others go nowhere
	onSet       bool
	onClear     bool
	address     string
}

// A Notice is an alert that was raised.
type Notice struct {
	At   time.Time `json:"at"`
	To   string    `json:"to"` // such as tcp://192.0.2.1:9999
	Text string    `json:"text"`
	Lost string    `json:"lost,omitempty"` // why it went nowhere
	sent bool
}

// maxNotices bounds what is remembered of alerts.
const maxNotices = 1000

// conditionName is how a printer calls a condition of ^SX.
func conditionName(letter byte) string {
	switch letter {
	case 'A':
		return "PAPER OUT"
	case 'B':
		return "RIBBON OUT"
	case 'C':
		return "HEAD TOO HOT"
	case 'D':
		return "HEAD COLD"
	case 'E':
		return "HEAD OPEN"
	case 'F':
		return "SUPPLY TOO HOT"
	case 'G':
		return "RIBBON IN"
	case 'H':
		return "REWIND FULL"
	case 'I':
		return "CUTTER JAMMED"
	case 'J':
		return "PRINTER PAUSED"
	case 'K':
		return "PQ JOB COMPLETED"
	case 'L':
		return "LABEL READY"
	case 'P':
		return "POWER ON"
	case 'R':
		return "MEDIA LOW"
	case 'S':
		return "RIBBON LOW"
	case 'U':
		return "BATTERY LOW"
	}
	return ""
}

// inLocale returns a condition in another language, so that hosts which look
// for English words are found out. The words are ours; that such units exist is
// known from one capture of a Japanese printer.
func inLocale(locale, text string) string {
	words := map[string]string{
		"PAPER OUT": "用紙切れ", "RIBBON OUT": "リボン切れ", "HEAD TOO HOT": "ヘッド高温", "HEAD COLD": "ヘッド低温",
		"HEAD OPEN": "ヘッドオープン", "SUPPLY TOO HOT": "電源高温", "CUTTER JAMMED": "カッターエラー", "PRINTER PAUSED": "一時停止",
		"PQ JOB COMPLETED": "印刷ジョブ完了", "LABEL READY": "ラベル取り待ち", "POWER ON": "電源オン",
	}
	if w, ok := words[text]; ok && locale == "ja" {
		return w
	}
	return text
}

// setAlert is ^SXa,b,c,d,e,f. mu is held.
func (p *Printer) setAlert(c zplCommand) {
	a := alert{
		condition: c.letter(0, '*'), destination: c.letter(1, 'A'),
		onSet: c.letter(2, 'Y') != 'N', onClear: c.letter(3, 'N') == 'Y',
	}
	if list := c.list(); len(list) > 4 {
		port := ""
		if len(list) > 5 {
			port = list[5]
		}
		a.address = net.JoinHostPort(list[4], port)
	}
	p.dropAlert(a.condition, a.destination, a.address)
	if len(p.set.alerts) < 64 {
		p.set.alerts = append(p.set.alerts, a)
	}
}

// haltAlert is ^SQa,b,c. mu is held.
func (p *Printer) haltAlert(c zplCommand) {
	p.dropAlert(c.letter(0, '*'), c.letter(1, '*'), "")
}

// dropAlert forgets alerts; '*' and "" stand for any. mu is held.
func (p *Printer) dropAlert(condition, destination byte, address string) {
	var left []alert
	for _, a := range p.set.alerts {
		if (condition == '*' || condition == a.condition) && (destination == '*' || destination == a.destination) &&
			(address == "" || address == a.address) {
			continue
		}
		left = append(left, a)
	}
	p.set.alerts = left
}

// addAlert is setvar alerts.add, such as "PQ JOB COMPLETED,TCP,Y,Y,192.0.2.1,9999,N".
// It reports whether it was understood. mu is held.
func (p *Printer) addAlert(value string) bool {
	parts := strings.Split(value, ",")
	if len(parts) < 6 {
		return false
	}
	var letter byte
	for c := byte('A'); c <= 'Z'; c++ {
		if name := conditionName(c); name != "" && strings.EqualFold(name, strings.TrimSpace(parts[0])) {
			letter = c
		}
	}
	if strings.EqualFold(strings.TrimSpace(parts[0]), "ALL MESSAGES") {
		letter = '*'
	}
	destination, known := map[string]byte{"TCP": 'D', "UDP": 'E', "SERIAL": 'A', "PARALLEL": 'B', "E-MAIL": 'C', "SNMP": 'F', "SDK": 'Z'}[strings.ToUpper(parts[1])]
	if letter == 0 || !known {
		return false
	}
	list := strings.Join([]string{string(letter), string(destination), parts[2], parts[3], parts[4], parts[5]}, ",")
	p.setAlert(zplCommand{name: "SX", args: []byte(list)})
	return true
}

// raise tells the hosts that ordered it that a condition has come, or gone. mu
// is held.
func (p *Printer) raise(letter byte, gone bool) {
	for _, a := range p.set.alerts {
		if a.condition != letter && a.condition != '*' || gone && !a.onClear || !gone && !a.onSet {
			continue
		}
		now := p.o.Now()
		text := fmt.Sprintf("%s [%s] [%s]", noticeWords(letter, gone, p.faults.AlertLocale), now.Format(time.DateTime), p.o.Serial)
		p.notify(a, Notice{At: now.UTC().Truncate(time.Millisecond), Text: text})
	}
}

// noticeWords is what a notice begins with.
func noticeWords(letter byte, gone bool, locale string) string {
	name := inLocale(locale, conditionName(letter))
	switch {
	case letter == 'L' && gone:
		return "LABEL TAKEN: "
	case letter == 'L':
		return name + ": "
	case gone:
		return "ERROR CLEARED: " + name
	case strings.IndexByte("ABCDEFGHI", letter) >= 0:
		return "ERROR CONDITION: " + name
	}
	return "ALERT: " + name
}

// notify records a notice and hands it to who sends it. mu is held.
func (p *Printer) notify(a alert, n Notice) {
	switch a.destination {
	case 'D':
		n.To = "tcp://" + a.address
	case 'E':
		n.To = "udp://" + a.address
	case 'A', 'Z':
		n.To = map[byte]string{'A': "the serial line", 'Z': "the hosts that are connected"}[a.destination]
		n.sent = true
		for c := range p.conns {
			if c.serial == (a.destination == 'A') {
				c.tell([]byte(n.Text + "\r\n"))
			}
		}
	default:
		n.To, n.Lost = "destination "+strconv.QuoteRune(rune(a.destination)), "there is no such way out of the virtual printer"
	}
	if len(p.notices) >= maxNotices {
		p.notices = p.notices[1:]
		p.dropped++
	}
	p.notices = append(p.notices, n)
}

// conditions returns the letters of ^SX for what is the case. mu is held.
func (p *Printer) conditions() string {
	var s []byte
	for _, c := range []struct {
		is     bool
		letter byte
	}{
		{p.faults.PaperOut, 'A'},
		{p.faults.RibbonOut, 'B'},
		{p.faults.HeadHot, 'C'},
		{p.faults.HeadCold, 'D'},
		{p.faults.HeadOpen, 'E'},
		{p.faults.RibbonIn, 'G'},
		{p.faults.RewinderFull, 'H'},
		{p.faults.CutterFault, 'I'},
		{p.paused, 'J'},
		{p.waiting, 'L'},
		{p.faults.PaperLow, 'R'},
		{p.faults.RibbonLow, 'S'},
		{p.faults.BatteryLow, 'U'},
	} {
		if c.is {
			s = append(s, c.letter)
		}
	}
	return string(s)
}

// raiseChanged raises the alerts of what has come or gone since it was last
// called. mu is held.
func (p *Printer) raiseChanged() {
	now := p.conditions()
	for _, c := range []byte("ABCDEGHIJLRSU") {
		was, is := strings.IndexByte(p.told, c) >= 0, strings.IndexByte(now, c) >= 0
		if was != is {
			p.raise(c, was)
		}
	}
	p.told = now
}

// alertTimeout is how long one alert may take.
const alertTimeout = 5 * time.Second

// sendAlerts delivers notices, one after the other, until ctx is done.
func (p *Printer) sendAlerts(ctx context.Context) {
	sent := 0 // notices ever looked at
	for {
		p.mu.Lock()
		sent = max(sent, p.dropped)
		var n Notice
		more := sent-p.dropped < len(p.notices)
		if more {
			n = p.notices[sent-p.dropped]
		}
		change := p.change
		p.mu.Unlock()
		if !more {
			select {
			case <-change:
				continue
			case <-ctx.Done():
				return
			}
		}
		if n.Lost == "" && !n.sent {
			if err := p.deliver(ctx, n); err != nil {
				p.mu.Lock()
				if i := sent - p.dropped; i >= 0 && i < len(p.notices) {
					p.notices[i].Lost = err.Error()
				}
				p.mu.Unlock()
			}
		}
		sent++
	}
}

// deliver sends one notice.
func (p *Printer) deliver(ctx context.Context, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, alertTimeout)
	defer cancel()
	network, address, _ := strings.Cut(n.To, "://")
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(alertTimeout)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(conn, "%s\r\n", n.Text)
	return err
}

// Notices returns the alerts raised so far, oldest first.
func (p *Printer) Notices() []Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Notice{}, p.notices...)
}
