package discovery

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// services are the ways a printer is offered on the network: raw data, and IPP
// without and with encryption.
func services() []name {
	var all []name
	for _, s := range []string{"_pdl-datastream", "_ipp", "_ipps"} {
		all = append(all, name{s, "_tcp", "local"})
	}
	return all
}

// maxInstances bounds the printers that are kept of what a network announces.
const maxInstances = 300

// A book is what has been announced so far.
type book struct {
	instances []name                       // in the order in which they came
	of        map[string]name              // the service of each instance
	at        map[string]record            // SRV by instance
	texts     map[string]map[string]string // TXT by instance
	addresses map[string]netip.Addr        // by host; IPv4 where there is one
	from      map[string]netip.Addr        // who announced the instance
}

func newBook() *book {
	return &book{
		of: map[string]name{}, at: map[string]record{}, texts: map[string]map[string]string{},
		addresses: map[string]netip.Addr{}, from: map[string]netip.Addr{},
	}
}

// note takes down what one message says.
func (k *book) note(records []record, from netip.Addr) {
	for _, r := range records {
		key := r.owner.key()
		switch r.kind {
		case typePTR:
			if _, known := k.of[r.target.key()]; known || len(k.instances) >= maxInstances || len(r.target) != len(r.owner)+1 {
				continue
			}
			for _, s := range services() {
				if s.key() == key {
					k.instances = append(k.instances, r.target)
					k.of[r.target.key()], k.from[r.target.key()] = s, from
				}
			}
		case typeSRV, typeTXT, typeA, typeAAAA:
			k.detail(key, r)
		}
	}
}

// detail takes down what belongs to an instance or a host. The first word
// counts, but an IPv4 address more than another: configurations have those.
func (k *book) detail(key string, r record) {
	const bound = 4 * maxInstances
	switch r.kind {
	case typeSRV:
		if _, known := k.at[key]; !known && len(k.at) < bound {
			k.at[key] = r
		}
	case typeTXT:
		if _, known := k.texts[key]; !known && len(k.texts) < bound {
			k.texts[key] = r.text
		}
	default:
		if have, known := k.addresses[key]; (!known && len(k.addresses) < bound) || (known && r.address.Is4() && !have.Is4()) {
			k.addresses[key] = r.address
		}
	}
}

// maxFollowUps bounds the questions about printers that told too little.
const maxFollowUps = 20

// gaps are the questions that are still open.
func (k *book) gaps() []question {
	var open []question
	for _, i := range k.instances {
		srv, has := k.at[i.key()]
		_, told := k.texts[i.key()]
		switch {
		case len(open) == maxFollowUps:
			return open
		case !has || !told:
			open = append(open, question{i, typeAny})
		case k.addresses[srv.target.key()] == netip.Addr{}:
			open = append(open, question{srv.target, typeA})
		}
	}
	return open
}

// found says what has been announced.
func (k *book) found() []Found {
	var all []Found
	for _, i := range k.instances {
		srv, ok := k.at[i.key()]
		if !ok || srv.port == 0 {
			continue // nobody says where it is
		}
		address := k.addresses[srv.target.key()]
		from := k.from[i.key()]
		switch {
		case !address.IsValid():
			address = from // printers announce themselves
		case address.IsLinkLocalUnicast() && address.Is6():
			address = address.WithZone(from.Zone()) // it means nothing without
		}
		if !address.IsValid() {
			continue
		}
		all = append(all, announcement(i, k.of[i.key()][0], address, srv.port, k.texts[i.key()]))
	}
	return all
}

// announcement is one printer, as it announces itself. The keys of its text are
// those of Apple's Bonjour Printing Specification 1.2.1.
func announcement(instance name, service string, address netip.Addr, port uint16, text map[string]string) Found {
	product := strings.Trim(text["product"], "()")
	f := Found{
		Via: Network, Name: instance[0], Maker: text["usb_mfg"], Model: cmp.Or(text["usb_mdl"], text["ty"], product), Serial: text["usb_sn"],
		Language: guess(text["usb_cmd"]+" "+text["pdl"], "", text["ty"]+" "+text["usb_mdl"]+" "+product),
	}
	host := net.JoinHostPort(strings.Replace(address.String(), "%", "%25", 1), strconv.Itoa(int(port)))
	if service == "_pdl-datastream" {
		f.Link, f.Driver = "tcp://"+host, driverFor(f.Language)
		return f
	}
	path := strings.TrimLeft(text["rp"], "/")
	f.Link, f.Driver = strings.TrimPrefix(service, "_")+"://"+host+"/"+path, "ipp"
	if strings.HasPrefix(path, "printers/") || strings.HasPrefix(path, "classes/") {
		f.Driver = "ipp-queue" // as CUPS names its queues
	}
	return f
}
