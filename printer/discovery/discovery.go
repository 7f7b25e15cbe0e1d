// Package discovery finds the printers that a station could use: on USB, on
// serial ports, on the network by multicast DNS, and as print queues. It opens no
// device and sends a printer nothing; who a printer is, a driver asks.
//
// What it returns is hearsay: descriptors, device IDs and announcements, which
// anybody on the network can make up. Texts are cleaned of what would move a
// terminal, and everything is bounded.
package discovery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Via is the way by which a printer was found.
type Via string

// The ways.
const (
	USB     Via = "usb"
	Serial  Via = "serial"
	Network Via = "network"
	Queue   Via = "queue"
)

// A Found is one printer that could be configured, or a port that may have one.
type Found struct {
	Via      Via    `json:"via"`
	Link     string `json:"link,omitempty"`     // what to configure as its link; empty while it cannot be used
	Driver   string `json:"driver,omitempty"`   // a guess; empty where it is not known
	Language string `json:"language,omitempty"` // of labels; a guess, from what it announces
	Maker    string `json:"maker,omitempty"`
	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty"` // of the machine; empty where it does not tell
	Name     string `json:"name,omitempty"`   // what people have called it
	Maybe    bool   `json:"maybe,omitempty"`  // nothing says that there is a printer at all
	Path     string `json:"path,omitempty"`   // the device file, which may be another after the next plug
	Problem  string `json:"problem,omitempty"`
	Remedy   string `json:"remedy,omitempty"`
}

// A SerialPort is a serial port that is present.
type SerialPort struct {
	Path   string
	ByID   string // a name that stays with the device; may be empty
	Vendor string // of the USB device; four hex digits, lower case
	Serial string
	Maker  string
	Model  string
}

// A PrintQueue is a queue of the operating system's.
type PrintQueue struct{ Name, Driver, Port string }

// Options is where to look. The zero Options looks on USB and the network.
type Options struct {
	Wait        time.Duration // for answers from the network; 0: 1.5 s, negative: the network is not asked
	SerialPorts func() ([]SerialPort, error)
	Queues      func() ([]PrintQueue, error)
}

// networkWait is how long printers have to answer. They answer at random within
// half a second, and the question is asked twice.
const networkWait = 1500 * time.Millisecond

// maxFound bounds a list that anybody on the network can make longer.
const maxFound = 500

// Find looks everywhere at once. A place that cannot be looked at is told in
// problems and keeps nothing from the others.
func Find(ctx context.Context, o Options) (found []Found, problems []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	look := func(where string, in func() ([]Found, error)) {
		wg.Go(func() {
			some, err := in()
			mu.Lock()
			defer mu.Unlock()
			found = append(found, some...)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", where, err))
			}
		})
	}
	look("USB", attachedUSB)
	if o.SerialPorts != nil {
		look("serial ports", func() ([]Found, error) { return serialPorts(o.SerialPorts) })
	}
	if o.Queues != nil {
		look("print queues", func() ([]Found, error) { return printQueues(o.Queues) })
	}
	if o.Wait >= 0 {
		look("network", func() ([]Found, error) { return announced(ctx, cmp.Or(o.Wait, networkWait)) })
	}
	wg.Wait()
	return ordered(found), problems
}

// ordered sorts by way and link, surest first, drops what is there twice, and
// cleans every text.
func ordered(found []Found) []Found {
	for i := range found {
		for _, text := range []*string{
			&found[i].Maker, &found[i].Model, &found[i].Serial, &found[i].Name, &found[i].Link, &found[i].Path, &found[i].Problem,
		} {
			*text = clean(*text)
		}
	}
	ways := []Via{USB, Network, Queue, Serial}
	slices.SortStableFunc(found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(slices.Index(ways, a.Via), slices.Index(ways, b.Via)), compareMaybe(a, b), strings.Compare(a.Link, b.Link), strings.Compare(a.Name, b.Name))
	})
	found = slices.Compact(found)
	return found[:min(len(found), maxFound)]
}

// compareMaybe puts what is certainly a printer first.
func compareMaybe(a, b Found) int {
	switch {
	case a.Maybe == b.Maybe:
		return 0
	case b.Maybe:
		return -1
	}
	return 1
}

// serialPorts lists ports that a printer may be on. What is at the other end of
// a cable nobody knows without asking, and asking prints on some.
func serialPorts(list func() ([]SerialPort, error)) ([]Found, error) {
	ports, err := list()
	found := make([]Found, 0, len(ports))
	for _, p := range ports {
		path := cmp.Or(p.ByID, p.Path)
		f := Found{
			Via: Serial, Link: "serial://" + path, Path: p.Path, Maker: p.Maker, Model: p.Model, Serial: p.Serial,
			Language: guess("", p.Vendor, p.Model),
		}
		// An adapter's maker says nothing of what it is plugged into.
		f.Driver, f.Maybe = driverFor(f.Language), f.Language == ""
		f.Problem, f.Remedy = access(p.Path)
		found = append(found, f)
	}
	return found, err
}

// printQueues lists the operating system's queues.
func printQueues(list func() ([]PrintQueue, error)) ([]Found, error) {
	queues, err := list()
	found := make([]Found, 0, len(queues))
	for _, q := range queues {
		found = append(found, Found{
			Via: Queue, Link: "spooler://" + q.Name, Driver: "spooler", Language: guess("", "", q.Driver), Model: q.Driver, Name: q.Name, Path: q.Port,
		})
	}
	return found, err
}
