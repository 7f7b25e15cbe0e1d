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

// demoPacking is how the demo's bench packs: each item is scanned, and the label
// prints when all are in.
func demoPacking() configs.Packing {
	p := configs.DefaultStation().Packing
	p.Check, p.Print = string(packing.CheckScan), string(packing.WhenPacked)
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
// could not pack.
type packer struct {
	desk  *desk.Desk
	left  map[shipment.OrderID]bool // put aside for good
	scans int
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
		return "", nil // its label is on the way
	}
	if b.InHand == nil || b.InHand.Packing == nil || b.InHand.Packing.Done() || b.InHand.Stage() != agent.ToPack {
		waiting, err := p.desk.Orders(ctx, 500, agent.ToPack)
		for i := len(waiting) - 1; i >= 0; i-- { // the oldest first
			if id := waiting[i].Order.ID; !p.left[id] {
				return string(id), err
			}
		}
		return "", err
	}
	p.scans++
	if p.scans%9 == 3 {
		return "]E04006381333931", nil // and now and then a hand takes the wrong thing
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
		return item, nil
	case !st.Packing.Parcels[k-1].Sides.Known() && (k > len(st.Order.Parcels) || st.Order.Parcels[k-1].Length == 0):
		return shipment.ControlCode{Command: shipment.BoxCommand, Argument: "2"}.String(), nil
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
