package driver_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/scale"
	"waybill/scale/driver"
	"waybill/scale/scaletest"
	"waybill/scale/virtual"
)

// newScale returns a simulated scale and what its driver opens it with.
func newScale(t *testing.T, o virtual.Options) (*virtual.Scale, scale.Options) {
	t.Helper()
	v, err := virtual.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	dial, err := link.Parse(v.Link())
	if err != nil {
		t.Fatal(err)
	}
	return v, scale.Options{Name: "test", Dial: dial, Link: v.Link(), Poll: 100 * time.Millisecond, Answer: 150 * time.Millisecond}
}

func rig(name string, o virtual.Options) scaletest.Rig {
	d := driver.All()[name]
	o.Driver, o.Settle, o.Capacity = name, 50*time.Millisecond, 30_000
	r := scaletest.Rig{Driver: d, Capacity: 30_000, Unitless: d.Unitless}
	r.Step = scale.Weight{Exponent: -max(0, o.Places), Unit: o.Unit}
	r.New = func(t *testing.T) (scaletest.Device, scale.Options) {
		v, so := newScale(t, o)
		if d.Unitless {
			so.Unit = o.Unit
		}
		return v, so
	}
	return r
}

func TestConformance(t *testing.T) {
	kg := virtual.Options{Unit: scale.Kilogram, Places: 3}
	net := func(r scaletest.Rig) scaletest.Rig { r.Tareless, r.Zeroless = true, true; return r }
	tests := map[string]scaletest.Rig{
		"mt-sics in grams":  net(rig("mt-sics", virtual.Options{Unit: scale.Gram, Places: 1, TCP: true})),
		"mt-sics slow":      net(rig("mt-sics", virtual.Options{Unit: scale.Kilogram, Places: 3, Pace: 500 * time.Microsecond})),
		"mt-sics-repeat":    net(rig("mt-sics-repeat", kg)),
		"toledo-8217":       rig("toledo-8217", kg),
		"toledo-8217 tcp":   rig("toledo-8217", virtual.Options{Unit: scale.Gram, Places: -1, TCP: true}),
		"toledo-continuous": rig("toledo-continuous", kg),
		"nci slow":          rig("nci", virtual.Options{Unit: scale.Kilogram, Places: 3, Pace: 500 * time.Microsecond}),
		"fairbanks":         net(rig("fairbanks", kg)),
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scaletest.Test(t, r)
		})
	}
}

func TestOpenErrors(t *testing.T) {
	for name, d := range driver.All() {
		if len(d.Schemes) > 0 {
			continue
		}
		if s, err := d.Open(t.Context(), scale.Options{Name: "s", Unit: scale.Gram, LengthUnit: scale.Inch}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s without a link = %v, %v; want it to be invalid", name, s, err)
		}
		gone := func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("no route to host") }
		if s, err := d.Open(t.Context(), scale.Options{Name: "s", Unit: scale.Gram, LengthUnit: scale.Inch, Dial: gone}); !fault.Is(err, fault.Transient) {
			t.Errorf("%s out of reach = %v, %v; want it to be transient", name, s, err)
		}
		dial, err := link.Parse("serial://" + t.TempDir() + "/ttyUSB9?" + d.Line)
		if err != nil {
			t.Errorf("%s: its line does not parse: %v", name, err)
			continue
		}
		if s, err := d.Open(t.Context(), scale.Options{Name: "s", Unit: scale.Gram, LengthUnit: scale.Inch, Dial: dial}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s on a port that is not there = %v, %v; want it not to be found", name, s, err)
		}
	}
	dial := func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("not reached") }
	for _, o := range []scale.Options{{}, {LengthUnit: "mm", Format: "L,W"}, {LengthUnit: "mm", Format: "L,W,H,L"}, {LengthUnit: "mm", Format: "LWH"}, {LengthUnit: "mm", Format: "L,W,H,K"}, {LengthUnit: "mm", Format: "L-W-H"}} {
		o.Dial = dial
		if _, err := driver.All()["dimension-line"].Open(t.Context(), o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v; want it to be invalid", o, err)
		}
	}
	if _, err := driver.All()["toledo-8217"].Open(t.Context(), scale.Options{Dial: dial}); !fault.Is(err, fault.Invalid) {
		t.Errorf("8217 without a unit: %v; want it to be invalid", err)
	}
}
