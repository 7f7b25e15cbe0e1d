package virtual

import (
	"fmt"
	"strconv"
)

// flag is how a printer writes a boolean.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hostStatus returns the three frames of ~HS. mu is held.
func (p *Printer) hostStatus() [3]string {
	return [3]string{
		fmt.Sprintf("030,%d,%d,1225,%03d,%d,0,%d,000,%d,%d,%d",
			flag(p.faults.PaperOut), flag(p.paused), min(len(p.queue), 999), flag(p.full()), flag(p.partial()),
			flag(p.faults.RAMLost), flag(p.faults.HeadCold), flag(p.faults.HeadHot)),
		fmt.Sprintf("001,0,%d,%d,1,2,6,0,%08d,1,000",
			flag(p.faults.HeadOpen), flag(p.faults.RibbonOut), p.remaining),
		"1234,0",
	}
}

// errorStatus returns the 144 bytes of ~HQES; pages in the field read it by
// position, so the padding is part of it. mu is held.
func (p *Printer) errorStatus() string {
	bits := p.faults.ErrorBits
	for _, f := range []struct {
		on  bool
		bit uint32
	}{
		{p.faults.PaperOut, 0x1},
		{p.faults.RibbonOut, 0x2},
		{p.faults.HeadOpen, 0x4},
		{p.faults.CutterFault, 0x8},
		{p.faults.HeadHot, 0x10},
		{p.faults.MotorHot, 0x20},
		{p.paused, 0x10000},
	} {
		if f.on {
			bits |= f.bit
		}
	}
	return fmt.Sprintf("\x02\r\n\r\n  PRINTER STATUS                            \r\n"+
		"   ERRORS:         %d 00000000 %08X      \r\n"+
		"   WARNINGS:       %d 00000000 %08X      \r\n\x03",
		flag(bits != 0), bits, flag(p.faults.WarningBits != 0), p.faults.WarningBits)
}

// reply returns the answer to a question as it is sent; empty is silence. mu is
// held.
func (p *Printer) reply(e event) string {
	answer := p.answer(e)
	switch {
	case answer == "" || p.faults.Silent:
		return ""
	case p.faults.GarbageReply:
		return "\x00\xff?\r\n"
	case p.faults.HalfReply:
		return answer[:len(answer)/2]
	}
	return answer
}

// answer returns what a printer in order answers. mu is held.
func (p *Printer) answer(e event) string {
	switch {
	case e.kind == gotVariable && p.faults.NoVariables:
		return ""
	case e.kind == gotVariable:
		return strconv.Quote(p.variable(e.name)) + "\r\n"
	case e.name == "HI":
		return fmt.Sprintf("\x02%s,V1.0.0,%d,8192KB\x03\r\n", p.o.Model, p.o.DotsPerMM)
	case e.name == "HQES" && !p.faults.NoHQES:
		return p.errorStatus()
	case e.name == "HS" && !(p.faults.SilentHS && p.faults.silencesHS()):
		s := p.hostStatus()
		return fmt.Sprintf("\x02%s\x03\r\n\x02%s\x03\r\n\x02%s\x03\r\n", s[0], s[1], s[2])
	}
	return ""
}

// variable returns the value of a setting, "?" for one that is not known. mu is
// held.
func (p *Printer) variable(name string) string {
	switch name {
	case "odometer.total_label_count":
		return strconv.FormatInt(p.record.odometer(), 10)
	case "device.unique_id":
		return p.o.Serial
	case "device.languages":
		return "zpl"
	case "device.host_identification":
		return fmt.Sprintf("%s,V1.0.0,%d,8192KB", p.o.Model, p.o.DotsPerMM)
	case "media.status":
		if p.faults.PaperOut {
			return "out"
		}
		return "ok"
	case "head.latch":
		if p.faults.HeadOpen {
			return "open"
		}
		return "ok"
	}
	return "?"
}

// full reports whether the buffer takes no more. mu is held.
func (p *Printer) full() bool { return p.queued >= p.o.BufferBytes }

// partial reports whether a host is in the middle of a format. mu is held.
func (p *Printer) partial() bool {
	for c := range p.conns {
		if c.inFormat {
			return true
		}
	}
	return false
}
