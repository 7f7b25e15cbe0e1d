package configs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/configs"
)

func TestReferenceEqualsDefaults(t *testing.T) {
	t.Parallel()
	station, err := configs.ParseStation("station.yaml", configs.StationReference)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configs.DefaultStation(), station, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("station.yaml (-default +file):\n%s", diff)
	}
	hub, err := configs.ParseHub("hub.yaml", configs.HubReference)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configs.DefaultHub(), hub, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("hub.yaml (-default +file):\n%s", diff)
	}
}

func TestMistakesNameFileLineKeyAndRemedy(t *testing.T) {
	t.Parallel()
	const in = `station: bench 1
listn: 127.0.0.1:1
printers:
  - name: left
    driver: zpl
    link: tcp://127.0.0.1:9100
    roles: [shipping]
    dpi: 9
`
	_, err := configs.ParseStation("s.yaml", []byte(in))
	if err == nil || err.Error() != `s.yaml:2: listn: no such key; did you mean "listen"?` {
		t.Errorf("unknown key: %v", err)
	}
	_, err = configs.ParseStation("s.yaml", []byte(strings.Replace(in, "listn", "listen", 1)))
	want := `s.yaml:1: station: "bench 1": want 1 to 40 letters, digits, hyphens or underscores
s.yaml:8: printers[0].dpi: 9: want 203, 300 or 600`
	if err == nil || err.Error() != want {
		t.Errorf("bad values:\n%v\nwant:\n%s", err, want)
	}
}

func TestOtherMachinesNeedTokens(t *testing.T) {
	t.Parallel()
	if _, err := configs.ParseStation("s.yaml", []byte("listen: 0.0.0.0:9630\n")); err == nil {
		t.Error("a station open to the network without tokens was taken")
	}
	for _, in := range []string{"listen: 192.0.2.1:9640\n", "listen: 192.0.2.1:9640\nstations: [{id: a, token_file: a.token}]\n"} {
		if _, err := configs.ParseHub("h.yaml", []byte(in)); err == nil {
			t.Errorf("a hub that everyone in the network may read was taken: %s", in)
		}
	}
	// Its stations may be enrolled while it runs.
	if _, err := configs.ParseHub("h.yaml", []byte("listen: 192.0.2.1:9640\napi_tokens: [{name: b, token_file: b.token}]\n")); err != nil {
		t.Errorf("a hub without listed stations: %v", err)
	}
}

func TestMistakesInReach(t *testing.T) {
	t.Parallel()
	const tokens = "stations: [{id: a, token_file: a.token}]\napi_tokens: [{name: b, token_file: b.token}]\n"
	station := func(in string) error { _, err := configs.ParseStation("c.yaml", []byte(in)); return err }
	hub := func(in string) error { _, err := configs.ParseHub("c.yaml", []byte(in)); return err }
	tests := []struct {
		name  string
		parse func(string) error
		in    string
		want  string // how the mistake begins; empty: none
	}{
		{"port", station, "listen: 127.0.0.1:99999", "c.yaml:1: listen: \"127.0.0.1:99999\": port \"99999\""},
		{"no port", station, "listen: 127.0.0.1", "c.yaml:1: listen: "},
		{"named port", hub, "listen: localhost:http", "c.yaml:1: listen: "},
		{"no address", hub, "listen: 300.0.0.1:9640\n" + tokens, "c.yaml:1: listen: "},
		{"host name", hub, "listen: desk-1.example:9640\n" + tokens, ""},
		{"free port", station, "listen: '[::1]:0'", ""},
		{"foreign name", station, "\napi: {allowed_hosts: [localhost, desk.example.com]}", "c.yaml:2: api.allowed_hosts: as desk.example.com"},
		{"foreign name, tokens", station, "api: {allowed_hosts: [desk.example.com], tokens: [{name: a, token_file: a}]}", ""},
		{"own names", station, "api: {allowed_hosts: [localhost, 'localhost:80', '[::1]:80', 127.0.0.1]}", ""},
		{"web address as name", station, "api: {allowed_hosts: ['http://localhost']}", "c.yaml:1: api.allowed_hosts[0]: "},
		{"hub, foreign name", hub, "allowed_hosts: [hub.example.com]", "c.yaml:1: allowed_hosts: "},
		{"hub, foreign name, tokens", hub, tokens + "allowed_hosts: [hub.example.com]", ""},
		{"hub, public", hub, "public_url: https://track.example.com", "c.yaml:1: public_url: "},
		{"hub, public, tokens", hub, tokens + "public_url: https://track.example.com", ""},
		{"hub, public scheme", hub, tokens + "public_url: ftp://track.example.com", "c.yaml:3: public_url: "},
		{"hub, anywhere", hub, tokens + "listen: 0.0.0.0:9640", "c.yaml: public_url: required"},
		{"hub, anywhere, no host", hub, tokens + "listen: ':9640'", "c.yaml: public_url: required"},
		{"hub, anywhere, public", hub, tokens + "listen: '[::]:9640'\npublic_url: https://track.example.com", ""},
		{"hub, TLS", hub, "tls: {cert_file: a, key_file: b}", ""},
		{"hub, half of TLS", hub, "tls: {cert_file: a}", "c.yaml:1: tls: give cert_file and key_file"},
		{"hub, TLS for plain buyers", hub, tokens + "public_url: http://track.example.com\ntls: {cert_file: a, key_file: b}", "c.yaml:3: public_url: \"http://track.example.com\": with tls"},
		{"hub, tokens of a day", hub, "token_days: 1", "c.yaml:1: token_days: 1: want 7 to 3650"},
		{"proxy", station, "hub: {proxy: 'proxy:3128'}", "c.yaml:1: hub.proxy: "},
		{"proxy, none", station, "hub: {proxy: none}", ""},
		{"rate", station, "hub: {max_kbytes_per_second: -1}", "c.yaml:1: hub.max_kbytes_per_second: "},
		{"further hub", station, "further_hubs: [{url: 'https://a.example'}, {url: 'https://a.example/b', max_backoff: 5m}]", ""},
		{"further hub, no address", station, "further_hubs: [{token_file: t}]", "c.yaml:1: further_hubs[0].url: \"\": want a URL"},
		{"further hub, twice", station, "further_hubs: [{url: 'https://a.example'}, {url: 'http://A.example/'}]", "c.yaml:1: further_hubs[1].url: http://A.example/ is further_hubs[0].url already"},
		{"further hub, the hub itself", station, "hub: {url: 'https://a.example'}\nfurther_hubs: [{url: 'https://a.example:443'}]", "c.yaml:2: further_hubs[0].url: https://a.example:443 is hub.url already"},
		{"further hub, the same port", station, "further_hubs: [{url: 'https://a.example:80'}, {url: 'http://a.example:80'}]", "c.yaml:1: further_hubs[1].url: "},
		{"further hub, numbers", station, "further_hubs: [{url: 'https://a.example', lease_block: 5}]", "c.yaml:1: further_hubs[0].lease_block: no such key"},
		{"further hub, proxy", station, "further_hubs: [{url: 'https://a.example', proxy: 'a:1'}]", "c.yaml:1: further_hubs[0].proxy: "},
		{"further hub, pause", station, "further_hubs: [{url: 'https://a.example', max_backoff: 1ms}]", "c.yaml:1: further_hubs[0].max_backoff: "},
		{"further hub, rate", station, "further_hubs: [{url: 'https://a.example', max_kbytes_per_second: -1}]", "c.yaml:1: further_hubs[0].max_kbytes_per_second: "},
		{"further hubs, many", station, "further_hubs: [" + strings.Repeat("{url: 'https://a.example'}, ", 9) + "]", "c.yaml:1: further_hubs: 9: want at most 8"},
		{"hash", hub, "stations: [{id: a, token_sha256: zz}]", "c.yaml:1: stations[0].token_sha256: "},
		{"station twice", hub, "stations: [{id: a, token_file: a}, {id: a, token_file: b}]", "c.yaml:1: stations[1].id: "},
		{"two resolutions", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203}\n- {name: b, driver: zpl, link: y, roles: [returns, shipping], dpi: 300}", "c.yaml:3: printers[1].dpi: 300, but printer \"a\" has 203"},
		{"true 300", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 300, dots_per_mm: 11.811}", ""},
		{"dots per mm", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203, dots_per_mm: 11.811}", "c.yaml:2: printers[0].dots_per_mm: 11.811: a printer of 203 dpi has [8]"},
		{"two dots per mm", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 300}\n- {name: b, driver: zpl, link: y, roles: [shipping], dpi: 300, dots_per_mm: 11.811}", "c.yaml:3: printers[1].dots_per_mm: 11.811, but printer \"a\" has 0"},
		{"format", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203, format: small}", "c.yaml:2: printers[0].format: \"small\": want fast, or compact"},
		{"one format", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203, format: compact}", ""},
		{"two formats", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203}\n- {name: b, driver: zpl, link: y, roles: [shipping], dpi: 203, format: compact}", "c.yaml:3: printers[1].format: compact, but printer \"a\" has fast"},
		{"keys that all drivers use", station, `scanners: [{name: a, driver: evdev, address: x, role: bench, no_read: [NR], prefix: a, suffix: b, layout: de, idle: 1s}, {name: b, driver: hidpos, address: x, role: bench, no_read: [NR], parity: none, flow: none, protocol: plain, handshake: none}, {name: c, driver: tcp, address: "h:1", role: bench, handshake: ack_nak}]`, ""},
		{"baud of a bridge", station, `scanners: [{name: a, driver: tcp, address: "h:1", role: bench, baud: 9600}]`, "c.yaml:1: scanners[0].baud: driver tcp does not use it; leave it out"},
		{"flow of a bridge", station, `scanners: [{name: a, driver: tcp, address: "h:1", role: bench, flow: rtscts}]`, "c.yaml:1: scanners[0].flow: driver tcp does not use it"},
		{"port of a keyboard", station, "scanners: [{name: a, driver: evdev, address: x, role: bench, port: system}]", "c.yaml:1: scanners[0].port: driver evdev does not use it"},
		{"handshake of a keyboard", station, "scanners: [{name: a, driver: evdev, address: x, role: bench, handshake: ack_nak}]", "c.yaml:1: scanners[0].handshake: driver evdev does not use it"},
		{"protocol of a keyboard", station, "scanners: [{name: a, driver: evdev, address: x, role: bench, protocol: ssi}]", "c.yaml:1: scanners[0].protocol: driver evdev does not use it"},
		{"lrc of whole reports", station, `scanners: [{name: a, driver: hidpos, address: x, role: bench, lrc: true}]`, "c.yaml:1: scanners[0].lrc: driver hidpos does not use it"},
		{"length of whole reports", station, "scanners: [{name: a, driver: hidpos, address: x, role: bench, length: 8}]", "c.yaml:1: scanners[0].length: driver hidpos does not use it"},
		{"layout of a port", station, "scanners: [{name: a, driver: serial, address: x, role: bench, layout: de}]", "c.yaml:1: scanners[0].layout: driver serial does not use it"},
		{"resends", station, "scanners: [{name: a, driver: serial, address: x, role: bench, handshake: ack_nak, resends: 2s}]", ""},
		{"resends without a handshake", station, "scanners: [{name: a, driver: serial, address: x, role: bench, resends: 2s}]", "c.yaml:1: scanners[0].resends: 2s: a scanner sends again only where"},
		{"resends too late", station, "scanners: [{name: a, driver: serial, address: x, role: bench, handshake: ack_nak, resends: 2m}]", "c.yaml:1: scanners[0].resends: 2m0s: want the scanner's own time-out"},
		{"scope of a token", station, "api: {tokens: [{name: a, token_file: a, scopes: [print:raw, admin]}]}", "c.yaml:1: api.tokens[0].scopes[1]: \"admin\": want print:raw"},
		{"scope of the folder", station, "intake:\n  scopes: [print]", "c.yaml:2: intake.scopes[0]: \"print\": want print:raw"},
		{"role of the folder", station, "intake:\n  raw_role: ''", "c.yaml:2: intake.raw_role: required"},
		{"hub, scope", hub, "api_tokens: [{name: a, token_file: a, scopes: [print:raw]}]", "c.yaml:1: api_tokens[0].scopes[0]: \"print:raw\": want orders:instruct"},
		{"two languages", station, "printers:\n- {name: a, driver: file, link: x, roles: [shipping], dpi: 203}\n- {name: b, driver: file, link: y, roles: [shipping], dpi: 203, language: epl}", "c.yaml:3: printers[1].language: \"epl\", but printer \"a\" has \"\" for the same role shipping"},
		{"one link twice", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203}\n- {name: b, driver: zpl, link: x, roles: [returns], dpi: 203}", "c.yaml:3: printers[1].link: x is printer \"a\" already"},
		{"packing", station, "packing: {check: scan, weigh: require, print: when_packed, boxes: [{number: 1, name: S, outer_mm: [1, 2, 3]}], operators: [{id: A-7, name: Ana}]}", ""},
		{"packing check", station, "packing: {check: all}", "c.yaml:1: packing.check: \"all\": want one of off, scan, count"},
		{"weight before the label", station, "packing: {weigh: ask}", "c.yaml:1: packing.weigh: ask: the weight stands on the label"},
		{"tolerance", station, "packing: {tolerance: {percent: .nan}}", "c.yaml:1: packing.tolerance: want"},
		{"box number", station, "packing: {boxes: [{number: 10, name: S, outer_mm: [1, 2, 3]}]}", "c.yaml:1: packing.boxes[0].number: 10"},
		{"box without size", station, "packing: {boxes: [{number: 1, name: S}]}", "c.yaml:1: packing.boxes[0].outer_mm: []"},
		{"box inside out", station, "packing: {boxes: [{number: 1, name: S, outer_mm: [1, 2, 3], inner_mm: [1, 2, 4]}]}", "c.yaml:1: packing.boxes[0].inner_mm: [1 2 4] does not fit"},
		{"badge", station, "packing: {operators: [{id: ana, name: Ana}]}", "c.yaml:1: packing.operators[0].id: \"ana\""},
		{"bench without its scanner", station, "packing: {benches: [{name: a, scanners: [dock]}]}", "c.yaml:1: packing.benches[0].scanners: \"dock\""},
		{"speaker that is none", station, "packing: {benches: [{name: a, speaker: loud}]}", "c.yaml:1: packing.benches[0].speaker: \"loud\": want pcspkr, bell"},
		{"two roles", station, "printers:\n- {name: a, driver: zpl, link: x, roles: [shipping], dpi: 203}\n- {name: b, driver: zpl, link: y, roles: [returns], dpi: 300}", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			switch err := test.parse(test.in); {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)):
				t.Errorf("got %v, want %s…", err, test.want)
			}
		})
	}
}

func TestRangesShareNoNumbers(t *testing.T) {
	t.Parallel()
	const two = "ranges:\n- {id: a, carrier: sscc, scheme: sscc, prefix: '10614141', from: 0, to: 999999}\n" +
		"- {id: b, carrier: sscc, scheme: sscc, prefix: '106141410', from: %d, to: 99999999}\n"
	if _, err := configs.ParseHub("h.yaml", fmt.Appendf(nil, two, 1_000_000)); err != nil {
		t.Errorf("one behind the other: %v", err)
	}
	if _, err := configs.ParseHub("h.yaml", fmt.Appendf(nil, two, 999_999)); err == nil || !strings.Contains(err.Error(), "h.yaml:3: ranges[1].from: it shares numbers with range a") {
		t.Errorf("one number in both: %v", err)
	}
	if _, err := configs.ParseHub("h.yaml", []byte("lease_days: -1\n")); err == nil || !strings.Contains(err.Error(), "lease_days") {
		t.Errorf("lease_days: %v", err)
	}
}

func TestMistakesInRanges(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, fields, want string }{
		{"right", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 1, to: 9999999", ""},
		{"carrier", "carrier: upss, scheme: ups_1z, prefix: 999AA103, from: 1, to: 9", "carrier: \"upss\": no such carrier"},
		{"scheme", "carrier: ups, scheme: ups_2z, prefix: 999AA103, from: 1, to: 9", "scheme: \"ups_2z\": no such scheme"},
		{"prefix", "carrier: ups, scheme: ups_1z, prefix: 999, from: 1, to: 9", "prefix: "},
		{"to", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 1, to: 10000000", "to: "},
		{"from", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 10000000, to: 10000001", "from: "},
		{"order", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 9, to: 1", "to: "},
		{"until", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 1, to: 9, until: soon", "until: "},
		{"its last day", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 1, to: 9, until: 2027-06-30", ""},
		{"another carrier's numbers", "carrier: fedex, scheme: ups_1z, prefix: 999AA103, from: 1, to: 9", "carrier: "},
		{"nobody's numbers", "carrier: ups, scheme: plain, prefix: ABC, from: 1, to: 9", "carrier: "},
		{"an own form", "carrier: ups, scheme: own, prefix: 'ACME{8}{mod37_36}', from: 1, to: 9", ""},
		{"an own form like a carrier's", "carrier: ups, scheme: own, prefix: '94055{16}{gs1_mod10}', from: 1, to: 9", "carrier: "},
		{"too much", "carrier: ups, scheme: ups_1z, prefix: 999AA103, from: 1, to: 9223372036854775807", "to: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := configs.ParseHub("h.yaml", []byte("ranges:\n- {id: r, "+test.fields+"}\n"))
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "h.yaml:2: ranges[0]."+test.want)):
				t.Errorf("got %v, want %s…", err, test.want)
			}
		})
	}
}
