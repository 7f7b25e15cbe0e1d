package configs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/internal/strictyaml"
)

// checkScanners tells what is wrong with the scanners.
func (s Station) checkScanners(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	names := map[string]bool{}
	for i, sc := range s.Scanners {
		wrong := func(key, format string, args ...any) {
			ms = append(ms, doc.Mistake(fmt.Sprintf("scanners[%d].%s", i, key), format, args...))
		}
		if !isName(sc.Name) || names[sc.Name] {
			wrong("name", "%q: want a name of its own, of letters, digits, hyphens or underscores", sc.Name)
		}
		names[sc.Name] = true
		if sc.Driver == "" {
			wrong("driver", "required, as serial")
		}
		if sc.Address == "" {
			wrong("address", "required: the port, as /dev/ttyACM0, COM3 or 192.168.1.30:4001")
		}
		if sc.Role != "bench" && sc.Role != "dock" {
			wrong("role", "%q: want bench or dock", sc.Role)
		}
		if sc.Baud < 0 {
			wrong("baud", "%d: want a rate such as 9600 or 115200", sc.Baud)
		}
		sc.checkLine(wrong)
		sc.checkUsed(wrong)
	}
	return ms
}

// checkLine tells what is wrong with how the scanner is wired.
func (sc Scanner) checkLine(wrong func(key, format string, args ...any)) {
	for _, c := range []struct {
		key, value string
		want       []string
	}{
		{"port", sc.Port, []string{"system", "library"}},
		{"parity", sc.Parity, []string{"none", "even", "odd"}},
		{"flow", sc.Flow, []string{"none", "xonxoff", "rtscts"}},
		{"protocol", sc.Protocol, []string{"plain", "ssi"}},
		{"handshake", sc.Handshake, []string{"none", "ack_nak", "enq"}},
	} {
		if c.value != "" && !slices.Contains(c.want, c.value) {
			wrong(c.key, "%q: want %s", c.value, strings.Join(c.want, ", "))
		}
	}
	if sc.DataBits != 0 && sc.DataBits != 7 && sc.DataBits != 8 {
		wrong("data_bits", "%d: want 7 or 8", sc.DataBits)
	}
	if sc.StopBits < 0 || sc.StopBits > 2 {
		wrong("stop_bits", "%d: want 1 or 2", sc.StopBits)
	}
	if sc.Port == "library" && sc.Flow != "" && sc.Flow != "none" {
		wrong("flow", "%s: the serial library has no flow control; write port: system", sc.Flow)
	}
	if sc.Protocol == "ssi" && sc.Handshake != "" && sc.Handshake != "none" {
		wrong("handshake", "%s: SSI acknowledges by itself; leave it out", sc.Handshake)
	}
	if sc.Resends < 0 || sc.Resends > time.Minute {
		wrong("resends", "%s: want the scanner's own time-out, as 2s, or 0s where it does not send again", sc.Resends)
	}
	if sc.Resends > 0 && (sc.Handshake == "" || sc.Handshake == "none") {
		wrong("resends", "%s: a scanner sends again only where handshake has it wait for ACK", sc.Resends)
	}
}

// checkUsed tells of keys that mean nothing to the scanner's driver: who writes
// one believes that it does something.
func (sc Scanner) checkUsed(wrong func(key, format string, args ...any)) {
	wired := sc.Driver == "serial"
	stream := wired || sc.Driver == "tcp"
	typed := sc.Driver == "evdev"
	if !stream && !typed && sc.Driver != "hidpos" {
		return // the driver's name is the mistake
	}
	for _, k := range []struct {
		key           string
		written, used bool
	}{
		{"baud", sc.Baud > 0, wired},
		{"port", sc.Port != "", wired},
		{"data_bits", sc.DataBits != 0, wired},
		{"parity", sc.Parity != "" && sc.Parity != "none", wired},
		{"stop_bits", sc.StopBits != 0, wired},
		{"flow", sc.Flow != "" && sc.Flow != "none", wired},
		{"protocol", sc.Protocol != "" && sc.Protocol != "plain", stream},
		{"handshake", sc.Handshake != "" && sc.Handshake != "none", stream},
		{"resends", sc.Resends != 0, stream},
		{"lrc", sc.LRC, stream},
		{"length", sc.Length != 0, stream || typed},
		{"idle", sc.Idle != 0, stream || typed},
		{"layout", sc.Layout != "", typed},
	} {
		if k.written && !k.used {
			wrong(k.key, "driver %s does not use it; leave it out", sc.Driver)
		}
	}
}
