package main

import (
	"context"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/configs"
	"waybill/scanner"
	"waybill/shipment"
)

// demoPacking is how the demo's bench packs: each item is scanned, the box is
// weighed, and the label prints when all are in.
func demoPacking() configs.Packing {
	p := configs.DefaultStation().Packing
	p.Check, p.Weigh, p.Print = string(packing.CheckScan), string(packing.WeighRequire), string(packing.WhenPacked)
	p.Boxes = []configs.Box{
		{Number: 1, Name: "Mailer", Outer: []int{250, 180, 60}, Tare: 60},
		{Number: 2, Name: "Carton", Outer: []int{300, 220, 220}, Tare: 190},
	}
	return p
}

// handEvery is how fast the demo's packer scans.
const handEvery = 600 * time.Millisecond

// A packer is the demo's hand at the bench. It looks at the bench before each
// scan, as a person looks at the page, and so needs no memory but for what it
// could not pack and what it has put on the scale.
type packer struct {
	desk  *desk.Desk
	left  map[shipment.OrderID]bool // put aside for good
	scans int

	scale interface{ Put(grams int64) }
	on    shipment.Grams // lies on the scale; 0: nothing
	rests time.Time      // since when it lies there at rest; zero: not yet
}

// demoPatience is how long the hand waits for the desk to take the weight by
// itself, before it closes the box.
const demoPatience = 3 * time.Second

// put lays a parcel on the scale; 0 takes it off.
func (p *packer) put(g shipment.Grams) {
	if p.on != g {
		p.on, p.rests = g, time.Time{}
		p.scale.Put(int64(g))
	}
}

// weighs reports whether the parcel in hand, of which all is in, must still lie on
// the scale for a while.
func (p *packer) weighs(b desk.BenchView, k int) bool {
	job, pk := b.InHand.PackingJob(b.Rules, b.Name, nil), b.InHand.Packing
	if p.on == 0 {
		if !b.HasWeight || !b.Weight.Empty {
			return true // what the scale has not seen coming is nobody's weight
		}
		g := shipment.Grams(500)
		if span, known := pk.Expected(job, k); known {
			g = (span.Least + max(span.Least, span.Most)) / 2
		}
		p.put(g)
	}
	if !b.HasWeight || !b.Weight.Stable || b.Weight.Grams != p.on {
		return true
	}
	if p.rests.IsZero() {
		p.rests = time.Now()
	}
	return time.Since(p.rests) < demoPatience && pk.Takes(job, p.on)
}

// scan makes one scan, and returns what was scanned and the answer; "" where the
// hand has nothing to do.
func (p *packer) scan(ctx context.Context) (raw string, r desk.ScanResult, err error) {
	b, err := p.desk.Bench(ctx, "")
	if err != nil {
		return "", r, err
	}
	raw, err = p.next(ctx, b)
	if err != nil || raw == "" {
		return "", r, err
	}
	r, err = p.pull(ctx, raw)
	if r.Signal == scanner.Bad && r.Code != "wrong_item" && b.Order != "" {
		p.left[b.Order] = true
		_, err = p.pull(ctx, shipment.ControlCode{Command: shipment.NextCommand}.String())
	} else if r.Signal == scanner.Bad {
		p.left[shipment.OrderID(raw)] = true
	}
	return raw, r, err
}

func (p *packer) pull(ctx context.Context, raw string) (desk.ScanResult, error) {
	return p.desk.ScanAtBench(ctx, scanner.Scan{Scanner: "bench", Role: scanner.Bench, Raw: []byte(raw), At: time.Now()}, "")
}

// next returns what to scan now.
func (p *packer) next(ctx context.Context, b desk.BenchView) (string, error) {
	if b.Await.K > 0 {
		p.put(0)
		return "", nil // its label is on the way
	}
	if b.InHand == nil || b.InHand.Packing == nil || b.InHand.Packing.Done() || b.InHand.Stage() != agent.ToPack {
		p.put(0)
		waiting, err := p.desk.Orders(ctx, 500, agent.ToPack)
		for i := len(waiting) - 1; i >= 0; i-- { // the oldest first
			if id := waiting[i].Order.ID; !p.left[id] {
				return string(id), err
			}
		}
		return "", err
	}
	st := b.InHand
	k := st.Packing.Current()
	left, item := 0, ""
	for i, it := range st.Order.Items {
		if n := st.Packing.Left(st.Order, i); n > 0 {
			left += n
			item = it.SKU
			if it.Barcode != "" {
				item = it.Barcode
			}
		}
	}
	switch others := len(st.Packing.Parcels) - k; {
	case left > others:
		if p.scans++; p.scans%9 == 3 {
			item = "]E04006381333931" // now and then a hand takes the wrong thing
		}
		return item, nil
	case !st.Packing.Parcels[k-1].Sides.Known() && (k > len(st.Order.Parcels) || st.Order.Parcels[k-1].Length == 0):
		return shipment.ControlCode{Command: shipment.BoxCommand, Argument: "2"}.String(), nil
	case p.weighs(b, k):
		return "", nil
	}
	return shipment.ControlCode{Command: shipment.CloseCommand}.String(), nil
}

// pack makes the packer's next scan and tells of it.
func (d *demo) pack(ctx context.Context, p *packer) {
	raw, r, err := p.scan(ctx)
	switch {
	case err != nil:
		fmt.Fprintf(d.con.out, "%s  bench scan      %v\n", stamp(), err)
	case raw != "":
		fmt.Fprintf(d.con.out, "%s  %-14.14s  %s\n", stamp(), raw, r.Message)
	}
}
