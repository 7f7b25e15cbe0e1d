package main

import (
	"context"

	"waybill/agent/desk"
	"waybill/agent/labelling"
	"waybill/agent/packing"
	"waybill/configs"
	"waybill/shipment"
)

// packingRules returns how a configuration, which is checked, packs.
func packingRules(p configs.Packing) packing.Rules {
	r := packing.Rules{
		Check: packing.Check(p.Check), Weigh: packing.Weigh(p.Weigh), Print: packing.Print(p.Print), Totes: p.Totes,
		Tolerance:  packing.Tolerance{Grams: shipment.Grams(p.Tolerance.Grams), Percent: p.Tolerance.Percent},
		BadgeLasts: p.BadgeLasts,
	}
	for _, b := range p.Boxes {
		r.Boxes = append(r.Boxes, packing.Box{N: b.Number, Name: b.Name, Inner: sides(b.Inner), Outer: sides(b.Outer), Tare: shipment.Grams(b.Tare)})
	}
	for _, o := range p.Operators {
		r.Operators = append(r.Operators, packing.Operator{ID: o.ID, Name: o.Name, Supervisor: o.Supervisor})
	}
	return r
}

func sides(mm []int) packing.Sides {
	if len(mm) != 3 {
		return packing.Sides{}
	}
	return packing.Sides{Length: shipment.Millimetres(mm[0]), Width: shipment.Millimetres(mm[1]), Height: shipment.Millimetres(mm[2])}
}

// benches returns where is packed. The only scale of a station with one bench is at
// it.
func benches(cfg configs.Station) []desk.Bench {
	list := make([]desk.Bench, 0, len(cfg.Packing.Benches))
	for _, b := range cfg.Packing.Benches {
		list = append(list, desk.Bench{Name: b.Name, Scanners: b.Scanners, Scale: b.Scale})
	}
	if len(cfg.Scales) != 1 {
		return list
	}
	if len(list) == 0 {
		list = append(list, desk.Bench{Name: desk.OnlyBench})
	}
	if len(list) == 1 && list[0].Scale == "" {
		list[0].Scale = cfg.Scales[0].Name
	}
	return list
}

// labelPacked makes the labels of parcels as soon as they are packed. What fails
// is tried again with the labels that were not made.
func (st *station) labelPacked(packed <-chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-packed:
			}
			if err := st.desk.LabelPacked(ctx); err != nil && ctx.Err() == nil {
				st.log.ErrorContext(ctx, "the label of a packed parcel could not be made", "retry_in", resumeEvery, "err", err)
			}
		}
	}
}

// A commandSheet draws the station's control barcodes.
type commandSheet struct {
	maker *labelling.Maker
	rules packing.Rules
}

// PDF returns the control barcodes as a document.
func (c commandSheet) PDF(size string) ([]byte, error) {
	return c.maker.Commands(c.rules, labelling.Sheet(size))
}

// PNG returns one page of them as a picture.
func (c commandSheet) PNG(size string, page int) ([]byte, int, error) {
	return c.maker.CommandsPicture(c.rules, labelling.Sheet(size), page)
}
