package driver

import (
	"errors"
	"fmt"

	"waybill/internal/hid"
	"waybill/scale"
)

var hidDriver = scale.Driver{
	Name:    "usb-hid",
	Doc:     "scales that are human interface devices on USB, as Dymo, Stamps.com, Fairbanks and Mettler-Toledo sell them; on Linux",
	Schemes: []string{"usb", "hid"},
	Open:    openHID, Appears: hidAppears,
}

// The usages of HID Point of Sale Usage Tables 1.02, chapter 5 (weighing
// devices). The selectors of status and unit follow their own number.
const (
	usageWeight  = hid.Usage(0x8D_0040)
	usageScaling = hid.Usage(0x8D_0041)
	usageUnit    = hid.Usage(0x8D_0050)
	usageStatus  = hid.Usage(0x8D_0070)
)

// hidUnits are the units of mass by their selector. A scale that weighs in
// another, as carats or taels, is told of and not believed.
func hidUnits() map[hid.Usage]scale.Unit {
	return map[hid.Usage]scale.Unit{
		usageUnit + 1: scale.Milligram, usageUnit + 2: scale.Gram, usageUnit + 3: scale.Kilogram,
		usageUnit + 8: scale.Tonne, usageUnit + 11: scale.Ounce, usageUnit + 12: scale.Pound,
	}
}

// The statuses by their selector.
const (
	statusFault = usageStatus + 1 + iota
	statusZero  // stable at the centre of zero
	statusMotion
	statusStable
	statusUnder
	statusOver
	statusCalibrate
	statusRezero
)

// A choice is a field that says one of several things: an array of one, or a
// plain number where the descriptor names no selectors.
type choice struct {
	field hid.Field
	base  hid.Usage
}

func choiceOf(d hid.Descriptor, id byte, base hid.Usage) (choice, bool) {
	f, _, ok := d.Find(hid.Input, base+1)
	if !ok || !f.Array {
		if f, _, ok = d.Find(hid.Input, base); !ok {
			return choice{}, false
		}
	}
	return choice{f, base}, f.ID == id
}

func (c choice) in(data []byte) (hid.Usage, bool) {
	if c.field.Array {
		return c.field.Selected(data, 0)
	}
	v, ok := c.field.Value(data, 0)
	return c.base + hid.Usage(uint8(v)), ok && v > 0 && v < 16
}

// A hidReader makes readings of a scale's reports. It does no I/O.
type hidReader struct {
	d            hid.Descriptor
	weight       hid.Field
	at           int
	scaling      hid.Field
	scalingAt    int
	status, unit choice
}

func newHIDReader(d hid.Descriptor) (hidReader, error) {
	r := hidReader{d: d}
	var ok bool
	if r.weight, r.at, ok = d.Find(hid.Input, usageWeight); !ok {
		return r, errors.New("its reports have no place for a weight")
	}
	if r.scaling, r.scalingAt, ok = d.Find(hid.Input, usageScaling); !ok || r.scaling.ID != r.weight.ID {
		return r, errors.New("its reports do not say where the decimal point is")
	}
	if r.status, ok = choiceOf(d, r.weight.ID, usageStatus); !ok {
		return r, errors.New("its reports do not say whether the weight is stable")
	}
	if r.unit, ok = choiceOf(d, r.weight.ID, usageUnit); !ok {
		return r, errors.New("its reports do not say what unit they are in")
	}
	return r, nil
}

// size is how many bytes a report has on its way from the kernel.
func (r hidReader) size() int {
	n := r.d.Len(hid.Input, r.weight.ID)
	if r.d.Numbered {
		n++
	}
	return n
}

// read reads one report. ours is false where it is of something else than the
// weight.
func (r hidReader) read(report []byte) (reading scale.Reading, ours bool) {
	id, data := r.d.Split(report)
	garbled := func(what string) (scale.Reading, bool) {
		return scale.Reading{Condition: scale.Garbled, Detail: what}, true
	}
	switch {
	case id == r.weight.ID:
	case r.d.Has(hid.Input, id):
		return scale.Reading{}, false
	default:
		return garbled(fmt.Sprintf("a report with the number %d, which it says it does not have", id))
	}
	weight, ok := r.weight.Value(data, r.at)
	if !ok {
		return garbled(fmt.Sprintf("a report of %d bytes, want %d", len(report), r.size()))
	}
	scaling, ok := r.scaling.Value(data, r.scalingAt)
	if !ok {
		return garbled("a report that ends before its decimal point")
	}
	if r.scaling.Size == 8 { // some descriptors forget the sign
		scaling = int32(int8(scaling))
	}
	if scaling < -scale.MaxExponent || scaling > scale.MaxExponent {
		return garbled(fmt.Sprintf("the power of ten %d", scaling))
	}
	status, ok := r.status.in(data)
	if !ok {
		return garbled("a status that is none")
	}
	condition, stable := conditionOf(status)
	if condition == scale.Garbled {
		return garbled("a status that is none: " + status.String())
	}
	reading = scale.Reading{Condition: condition, Stable: stable}
	if condition != scale.Fine && condition != scale.Motion {
		reading.Detail = "its status is " + status.String()
		return reading, true
	}
	selected, ok := r.unit.in(data)
	unit, known := hidUnits()[selected]
	if !ok || !known {
		return scale.Reading{Condition: scale.WrongUnit, Detail: fmt.Sprintf("it weighs in the unit %v, which is not mg, g, kg, t, oz or lb", selected)}, true
	}
	reading.Weight = scale.Weight{Value: int64(weight), Exponent: int(scaling), Unit: unit}
	if status == statusZero && weight != 0 {
		return garbled(fmt.Sprintf("it says that it stands at zero, and shows %s", reading.Weight))
	}
	return reading, true
}

// conditionOf returns what a status means, and whether the weight is at rest.
func conditionOf(status hid.Usage) (c scale.Condition, stable bool) {
	c, known := map[hid.Usage]scale.Condition{
		statusFault: scale.Fault, statusZero: scale.Fine, statusMotion: scale.Motion, statusStable: scale.Fine,
		statusUnder: scale.Under, statusOver: scale.Over, statusCalibrate: scale.Calibrate, statusRezero: scale.NeedsZero,
	}[status]
	if !known {
		return scale.Garbled, false
	}
	return c, c == scale.Fine
}
