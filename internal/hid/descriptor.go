// Package hid finds human interface devices (keyboards, barcode scanners and
// scales on USB) by who they are, and reads what their report descriptors say of
// their reports. What a report means to a scanner or a scale is said in their
// drivers.
package hid

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A Usage is what a field or a collection is for: a usage page in the upper 16
// bits and the number in it in the lower.
type Usage uint32

// UsageOf returns the usage with that number on that page.
func UsageOf(page, id uint16) Usage { return Usage(page)<<16 | Usage(id) }

// Page returns the usage page.
func (u Usage) Page() uint16 { return uint16(u >> 16) }

// String returns page and number as the usage tables write them.
func (u Usage) String() string { return fmt.Sprintf("%02X:%02X", u.Page(), uint16(u)) }

// A Kind is which way a report goes.
type Kind int

// The kinds.
const (
	Input   Kind = iota // from the device
	Output              // to the device
	Feature             // asked for or set, over the control pipe
)

// A Field is a row of like values in one report.
type Field struct {
	Kind     Kind
	ID       byte  // of the report; 0 where the device does not number them
	Bit      int   // where the row begins in the report's data
	Size     int   // bits of one value
	Count    int   // values in the row
	Min, Max int32 // what a value may be
	Array    bool  // a value is the number of a usage, not that usage's own value
	Constant bool  // padding
	// Collections are the usages of the collections the field is in, the
	// outermost first.
	Collections []Usage

	usages []usageRange
}

type usageRange struct{ low, high Usage }

// Usage returns the usage of the i-th value of a row; in an array, the i-th
// usage that a value may stand for. Where a descriptor names fewer usages than
// there are values, the last one is meant for the rest of them.
func (f Field) Usage(i int) (Usage, bool) {
	if i < 0 || len(f.usages) == 0 {
		return 0, false
	}
	for _, r := range f.usages {
		if n := int(r.high-r.low) + 1; i >= n {
			i -= n
		} else {
			return r.low + Usage(i), true
		}
	}
	if f.Array {
		return 0, false
	}
	return f.usages[len(f.usages)-1].high, true
}

// maxValue is how many bits a value may have (Device Class Definition for HID 1.11,
// section 8.4: an item spans no more than four bytes). What is wider is padding, or
// nothing that can be read.
const maxValue = 32

// Value returns the i-th value of the row in a report's data, which begins
// behind the report's number. It is false where the report is too short for it, and
// where it is wider than a value may be.
func (f Field) Value(data []byte, i int) (int32, bool) {
	first := f.Bit + i*f.Size
	if i < 0 || i >= f.Count || f.Size > maxValue || first+f.Size > 8*len(data) {
		return 0, false
	}
	var v uint32
	for b := range f.Size {
		at := first + b
		v |= uint32(data[at/8]>>(at%8)&1) << b
	}
	if f.Min < 0 && f.Size < 32 && v>>(f.Size-1)&1 == 1 {
		v |= ^uint32(0) << f.Size
	}
	return int32(v), true
}

// Set puts the i-th value of the row into a report's data.
func (f Field) Set(data []byte, i int, v uint32) bool {
	first := f.Bit + i*f.Size
	if i < 0 || i >= f.Count || f.Size > maxValue || first+f.Size > 8*len(data) {
		return false
	}
	for b := range f.Size {
		at := first + b
		data[at/8] = data[at/8]&^(1<<(at%8)) | byte(v>>b&1)<<(at%8)
	}
	return true
}

// Selected returns the usage that the i-th value of an array stands for.
func (f Field) Selected(data []byte, i int) (Usage, bool) {
	v, ok := f.Value(data, i)
	if !ok || !f.Array || v < f.Min || v > f.Max {
		return 0, false
	}
	return f.Usage(int(v - f.Min))
}

// A Descriptor is what a device says of its reports.
type Descriptor struct {
	// Applications are the usages of the outermost collections: what the device
	// is.
	Applications []Usage
	Fields       []Field
	Numbered     bool // each report begins with its number
	bits         map[report]int
}

type report struct {
	kind Kind
	id   byte
}

// Is reports whether the device says that it is a u.
func (d Descriptor) Is(u Usage) bool {
	for _, a := range d.Applications {
		if a == u {
			return true
		}
	}
	return false
}

// Len returns how many bytes the data of a report has, without its number.
func (d Descriptor) Len(kind Kind, id byte) int { return (d.bits[report{kind, id}] + 7) / 8 }

// Has reports whether the device has a report of that number.
func (d Descriptor) Has(kind Kind, id byte) bool { return d.bits[report{kind, id}] > 0 }

// Find returns the first field of a kind with a value of usage u, and which
// value it is.
func (d Descriptor) Find(kind Kind, u Usage) (f Field, i int, ok bool) {
	for _, f := range d.Fields {
		if f.Kind != kind || f.Constant {
			continue
		}
		at := 0
		for _, r := range f.usages {
			if u >= r.low && u <= r.high {
				if at += int(u - r.low); at < f.Count || f.Array {
					return f, at, true
				}
			}
			at += int(r.high-r.low) + 1
		}
	}
	return Field{}, 0, false
}

// Split parts a report as it is read from the device into number and data.
func (d Descriptor) Split(b []byte) (id byte, data []byte) {
	if d.Numbered && len(b) > 0 {
		return b[0], b[1:]
	}
	return 0, b
}

// The bounds on a descriptor: those of Linux, which lets no larger one in.
const (
	maxDescriptor = 4096
	maxReportBits = 8 * 16384
	maxFields     = 1024
	maxDepth      = 16
)

// ParseDescriptor reads a report descriptor (Device Class Definition for HID
// 1.11, section 6.2.2).
func ParseDescriptor(b []byte) (Descriptor, error) {
	if len(b) > maxDescriptor {
		return Descriptor{}, fmt.Errorf("report descriptor of %d bytes is longer than any device's", len(b))
	}
	p := parser{d: Descriptor{bits: map[report]int{}}}
	for at := 0; at < len(b); {
		head := b[at]
		if head == longItem {
			if at+1 >= len(b) {
				return Descriptor{}, fmt.Errorf("report descriptor breaks off at byte %d", at)
			}
			at += 3 + int(b[at+1])
			continue
		}
		n := int(head & 3)
		if n == 3 {
			n = 4
		}
		if at+1+n > len(b) {
			return Descriptor{}, fmt.Errorf("report descriptor breaks off at byte %d", at)
		}
		var word [4]byte
		copy(word[:], b[at+1:at+1+n])
		if err := p.item(head&^3, binary.LittleEndian.Uint32(word[:]), n); err != nil {
			return Descriptor{}, fmt.Errorf("report descriptor at byte %d: %w", at, err)
		}
		at += 1 + n
	}
	if len(p.open) > 0 {
		return Descriptor{}, errors.New("report descriptor breaks off inside a collection")
	}
	return p.d, nil
}
