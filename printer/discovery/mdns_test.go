package discovery

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A reply builds a response.
type reply struct {
	b     []byte
	count uint16
}

func newReply() *reply { return &reply{b: []byte{0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0}} }

func (r *reply) add(owner name, kind uint16, data []byte) *reply {
	r.b = append(r.b, encoded(owner)...)
	r.b = binary.BigEndian.AppendUint16(r.b, kind)
	r.b = append(r.b, 0x80, 1, 0, 0, 0, 120) // the cache-flush bit, and a lifetime
	r.b = binary.BigEndian.AppendUint16(r.b, uint16(len(data)))
	r.b = append(r.b, data...)
	r.count++
	binary.BigEndian.PutUint16(r.b[6:], r.count)
	return r
}

func encoded(n name) []byte {
	var b []byte
	for _, label := range n {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0)
}

func srv(port uint16, host name) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0, 0, 0, 0}, port), encoded(host)...)
}

func txt(pairs ...string) []byte {
	var b []byte
	for _, p := range pairs {
		b = append(append(b, byte(len(p))), p...)
	}
	return b
}

var (
	rawService = name{"_pdl-datastream", "_tcp", "local"}
	ippService = name{"_ipp", "_tcp", "local"}
	host       = name{"zebra-1", "local"}
	zebra      = name{"Zebra ZD421 (dock, 2nd floor.)", "_pdl-datastream", "_tcp", "local"}
	office     = name{"Office", "_ipp", "_tcp", "local"}
)

// full is what a printer says at once.
func full() []byte {
	return newReply().
		add(rawService, typePTR, encoded(zebra)).
		add(zebra, typeSRV, srv(9100, host)).
		add(zebra, typeTXT, txt("txtvers=1", "ty=Zebra ZD421", "usb_MFG=Zebra", "usb_MDL=ZD421", "usb_CMD=ZPL", "usb_CMD=EPL", "flag")).
		add(host, typeAAAA, netip.MustParseAddr("fe80::1").AsSlice()).
		add(host, typeA, netip.MustParseAddr("192.0.2.7").AsSlice()).
		add(host, 47, []byte{0, 1, 2}). // NSEC, which every responder sends along
		b
}

func TestParseMessage(t *testing.T) {
	records, err := parse(full())
	if err != nil || len(records) != 5 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	k := newBook()
	k.note(records, netip.MustParseAddr("192.0.2.99"))
	want := []Found{{
		Via: Network, Link: "tcp://192.0.2.7:9100", Driver: "zpl", Language: "zpl", Maker: "Zebra", Model: "ZD421", Name: "Zebra ZD421 (dock, 2nd floor.)",
	}}
	if diff := cmp.Diff(want, k.found()); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	// Names that refer to earlier ones, as responders write them.
	short := newReply().add(rawService, typePTR, append([]byte{5, 'Z', 'e', 'b', 'r', 'a'}, 0xc0, headerLength)).b
	records, err = parse(short)
	if err != nil || len(records) != 1 || records[0].target.key() != "zebra\x00_pdl-datastream\x00_tcp\x00local" {
		t.Errorf("records %+v, %v", records, err)
	}
	if asked, err := parse(query([]question{{rawService, typePTR}})); err != nil || len(asked) != 0 {
		t.Errorf("a question was taken for an answer: %v, %v", asked, err)
	}
}

func TestParseRefuses(t *testing.T) {
	whole := full()
	for i := range whole {
		records, err := parse(whole[:i])
		if i >= headerLength && err == nil {
			t.Errorf("the first %d bytes of %d are taken for %d records", i, len(whole), len(records))
		}
	}
	for what, b := range map[string][]byte{
		"empty":              nil,
		"too long":           make([]byte, maxMessage+1),
		"round in a circle":  newReply().add(rawService, typePTR, []byte{0xc0, 52}).b,
		"a label of no kind": newReply().add(rawService, typePTR, []byte{0x80, 0}).b,
		"a long name":        newReply().add(rawService, typePTR, append(bytes.Repeat(append([]byte{63}, bytes.Repeat([]byte("a"), 63)...), 5), 0)).b,
		"an odd address":     newReply().add(host, typeA, []byte{1, 2, 3}).b,
		"half a service":     newReply().add(zebra, typeSRV, []byte{0, 0}).b,
	} {
		if records, err := parse(b); err == nil {
			t.Errorf("%s: taken for %+v", what, records)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full())
	f.Add(query([]question{{rawService, typePTR}}))
	f.Add(newReply().add(rawService, typePTR, []byte{0xc0, 12}).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		records, _ := parse(b)
		k := newBook()
		k.note(records, netip.MustParseAddr("192.0.2.1"))
		for _, r := range records {
			if len(encoded(r.owner)) > maxName+1 || len(encoded(r.target)) > maxName+1 {
				t.Errorf("a name of %d bytes", len(encoded(r.owner)))
			}
		}
		for _, q := range k.gaps() {
			if query([]question{q}) == nil {
				t.Error("no question")
			}
		}
		for _, found := range ordered(k.found()) {
			if found.Link == "" {
				t.Errorf("%+v has no link", found)
			}
		}
	})
}

func TestAnnouncement(t *testing.T) {
	at := netip.MustParseAddr("192.0.2.8")
	for _, tt := range []struct {
		service string
		address netip.Addr
		text    map[string]string
		link    string
		driver  string
	}{
		{"_ipp", at, map[string]string{"rp": "ipp/print", "pdl": "application/pdf,image/urf"}, "ipp://192.0.2.8:631/ipp/print", "ipp"},
		{"_ipps", at, map[string]string{"rp": "/printers/dock"}, "ipps://192.0.2.8:631/printers/dock", "ipp-queue"},
		{"_pdl-datastream", at, nil, "tcp://192.0.2.8:631", ""},
		{"_pdl-datastream", netip.MustParseAddr("fe80::2%eth0"), nil, "tcp://[fe80::2%25eth0]:631", ""},
	} {
		got := announcement(name{"x"}, tt.service, tt.address, 631, tt.text)
		if got.Link != tt.link || got.Driver != tt.driver {
			t.Errorf("%s %v: %s, driver %q; want %s, %q", tt.service, tt.text, got.Link, got.Driver, tt.link, tt.driver)
		}
	}
}

// The whole talk over loopback: one printer says all at once, one says where it
// is only when asked again, and somebody sends rubbish.
func TestAsk(t *testing.T) {
	responder, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer responder.Close()
	var asked atomic.Int32
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := responder.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			answers := [][]byte{full(), []byte("rubbish"), newReply().add(ippService, typePTR, encoded(office)).b}
			if bytes.Contains(b[:n], encoded(office)) {
				asked.Add(1)
				answers = [][]byte{newReply().add(office, typeSRV, srv(631, name{"office", "local"})).add(office, typeTXT, txt("rp=ipp/print", "ty=Office 1", "pdl=application/pdf")).b}
			}
			for _, a := range answers {
				if _, err := responder.WriteToUDPAddrPort(a, from); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	to, err := netip.ParseAddrPort(responder.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	m, err := openMouth(t.Context(), netip.AddrFrom4([4]byte{127, 0, 0, 1}), to)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got := ordered(ask(t.Context(), []mouth{m}, 400*time.Millisecond))
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("asking took %s", took)
	}
	want := []Found{
		{Via: Network, Link: "ipp://127.0.0.1:631/ipp/print", Driver: "ipp", Language: "pdf", Model: "Office 1", Name: "Office"},
		{Via: Network, Link: "tcp://192.0.2.7:9100", Driver: "zpl", Language: "zpl", Maker: "Zebra", Model: "ZD421", Name: "Zebra ZD421 (dock, 2nd floor.)"},
	}
	if diff := cmp.Diff(want, got); diff != "" || asked.Load() == 0 {
		t.Errorf("asked %d times for what was left out (-want +got):\n%s", asked.Load(), diff)
	}
}

// Whoever floods the network fills no memory.
func TestBookIsBounded(t *testing.T) {
	k := newBook()
	for i := range 5000 {
		n := name{strings.Repeat("x", i%60+1) + string(rune('a'+i%26)) + time.Duration(i).String(), "_ipp", "_tcp", "local"}
		k.note([]record{
			{owner: ippService, kind: typePTR, target: n},
			{owner: n, kind: typeSRV, port: 1, target: n},
			{owner: n, kind: typeTXT},
			{owner: n, kind: typeA, address: netip.AddrFrom4([4]byte{1, 2, 3, 4})},
		}, netip.Addr{})
	}
	if len(k.instances) > maxInstances || len(k.at) > 4*maxInstances || len(k.addresses) > 4*maxInstances || len(k.texts) > 4*maxInstances {
		t.Errorf("%d instances, %d services, %d addresses", len(k.instances), len(k.at), len(k.addresses))
	}
	if len(k.gaps()) > maxFollowUps {
		t.Errorf("%d questions", len(k.gaps()))
	}
}
