package hid

import (
	"errors"
	"fmt"
	"slices"
)

// The items of a report descriptor, by the upper six bits of their first byte.
const (
	longItem = 0xFE

	itemInput      = 0x80
	itemOutput     = 0x90
	itemFeature    = 0xB0
	itemCollection = 0xA0
	itemEnd        = 0xC0

	itemUsagePage  = 0x04
	itemLogicalMin = 0x14
	itemLogicalMax = 0x24
	itemSize       = 0x74
	itemID         = 0x84
	itemCount      = 0x94
	itemPush       = 0xA4
	itemPop        = 0xB4

	itemUsage    = 0x08
	itemUsageMin = 0x18
	itemUsageMax = 0x28
)

// The flags of a main item.
const (
	flagConstant = 1 << 0
	flagVariable = 1 << 1
)

// applicationCollection is the type of the collections that say what a device is.
const applicationCollection = 1

// A global holds what stays from item to item.
type global struct {
	page     uint16
	min, max int32
	size     uint32
	count    uint32
	id       byte
}

// A local usage may lack its page, which is then that of its main item.
type local struct {
	value uint32
	whole bool
}

func (l local) on(page uint16) Usage {
	if l.whole {
		return Usage(l.value)
	}
	return UsageOf(page, uint16(l.value))
}

// A parser is in the middle of a descriptor.
type parser struct {
	d      Descriptor
	g      global
	stack  []global
	open   []Usage
	usages [][2]local
	lowest *local // the lower end of a range whose upper end has not come
}

func (p *parser) item(tag byte, v uint32, size int) error {
	switch tag {
	case itemUsagePage:
		p.g.page = uint16(v)
	case itemLogicalMin:
		p.g.min = signed(v, size)
	case itemLogicalMax:
		p.g.max = signed(v, size)
		if p.g.max < p.g.min { // one byte of 255 where two were needed; the device means 255
			p.g.max = int32(min(v, 1<<31-1))
		}
	case itemSize:
		p.g.size = v
	case itemCount:
		p.g.count = v
	case itemID:
		if v == 0 || v > 255 {
			return fmt.Errorf("report number %d", v)
		}
		p.g.id, p.d.Numbered = byte(v), true
	case itemPush:
		if len(p.stack) == maxDepth {
			return errors.New("too many nested pushes")
		}
		p.stack = append(p.stack, p.g)
	case itemPop:
		if len(p.stack) == 0 {
			return errors.New("pop without push")
		}
		p.g, p.stack = p.stack[len(p.stack)-1], p.stack[:len(p.stack)-1]
	case itemUsage, itemUsageMin, itemUsageMax:
		return p.usage(tag, local{v, size == 4})
	case itemInput, itemOutput, itemFeature, itemCollection, itemEnd:
		err := p.main(tag, v)
		p.usages, p.lowest = nil, nil
		return err
	}
	return nil // units, physical bounds, strings and what is reserved say nothing of use here
}

func (p *parser) usage(tag byte, l local) error {
	if len(p.usages) >= maxFields {
		return errors.New("too many usages")
	}
	switch tag {
	case itemUsage:
		p.usages = append(p.usages, [2]local{l, l})
	case itemUsageMin:
		p.lowest = &l
	case itemUsageMax:
		if p.lowest == nil {
			return errors.New("end of a range of usages that has no beginning")
		}
		p.usages = append(p.usages, [2]local{*p.lowest, l})
		p.lowest = nil
	}
	return nil
}

func (p *parser) main(tag byte, v uint32) error {
	switch tag {
	case itemCollection:
		if len(p.open) == maxDepth {
			return errors.New("collections are nested too deep")
		}
		var u Usage
		if len(p.usages) > 0 {
			u = p.usages[0][0].on(p.g.page)
		}
		if v == applicationCollection && len(p.open) == 0 {
			p.d.Applications = append(p.d.Applications, u)
		}
		p.open = append(p.open, u)
		return nil
	case itemEnd:
		if len(p.open) == 0 {
			return errors.New("end of a collection that has no beginning")
		}
		p.open = p.open[:len(p.open)-1]
		return nil
	case itemOutput:
		return p.field(Output, v)
	case itemFeature:
		return p.field(Feature, v)
	}
	return p.field(Input, v)
}

func (p *parser) field(kind Kind, flags uint32) error {
	g, r := p.g, report{kind, p.g.id}
	if g.size > 32 && flags&flagConstant == 0 {
		return fmt.Errorf("values of %d bits", g.size)
	}
	bits := uint64(g.size) * uint64(g.count)
	if bits+uint64(p.d.bits[r]) > maxReportBits || len(p.d.Fields) == maxFields {
		return errors.New("a report is longer than any device's")
	}
	f := Field{
		Kind: kind, ID: g.id, Bit: p.d.bits[r], Size: int(g.size), Count: int(g.count), Min: g.min, Max: g.max,
		Array: flags&flagVariable == 0, Constant: flags&flagConstant != 0, Collections: slices.Clone(p.open),
	}
	p.d.bits[r] += int(bits)
	if bits == 0 {
		return nil
	}
	for _, u := range p.usages {
		low, high := u[0].on(g.page), u[1].on(g.page)
		if high < low || high.Page() != low.Page() {
			return fmt.Errorf("usages from %v to %v are no range", low, high)
		}
		f.usages = append(f.usages, usageRange{low, high})
	}
	p.d.Fields = append(p.d.Fields, f)
	return nil
}

func signed(v uint32, size int) int32 {
	switch size {
	case 1:
		return int32(int8(v))
	case 2:
		return int32(int16(v))
	}
	return int32(v)
}
