package virtual

import (
	"fmt"
	"strconv"
	"strings"
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
		fmt.Sprintf("030,%d,%d,%04d,%03d,%d,0,%d,000,%d,%d,%d",
			flag(p.faults.PaperOut), flag(p.paused), min(p.set.length, 9999), min(len(p.queue), 999), flag(p.full()), flag(p.partial()),
			flag(p.faults.RAMLost), flag(p.faults.HeadCold), flag(p.faults.HeadHot)),
		fmt.Sprintf("001,0,%d,%d,%d,%s,6,%d,%08d,1,%03d",
			flag(p.faults.HeadOpen), flag(p.faults.RibbonOut), flag(p.set.thermal == 'T'), p.set.modeField(), flag(p.waiting),
			p.current.left(), min(p.graphics(), 999)),
		"1234,0",
	}
}

// graphics counts the pictures in the memory. mu is held.
func (p *Printer) graphics() int {
	n := 0
	for _, s := range p.memory {
		if !strings.HasSuffix(s.name, ".ZPL") {
			n++
		}
	}
	return n
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
	switch e.kind {
	case gotVariable:
		if p.faults.NoVariables {
			return ""
		}
		return `"` + p.variable(e.name) + "\"\r\n"
	case gotControl:
	case gotFormat, gotDownload, gotPrefixes, gotSetting, gotAction, gotText, gotUnknown:
		return ""
	}
	switch {
	case e.name == "HI":
		return "\x02" + p.identification() + "\x03\r\n"
	case e.name == "HM":
		return "\x028192,8192,8000\x03\r\n"
	case e.name == "HS" && !(p.faults.SilentHS && p.faults.silencesHS()):
		s := p.hostStatus()
		return fmt.Sprintf("\x02%s\x03\r\n\x02%s\x03\r\n\x02%s\x03\r\n", s[0], s[1], s[2])
	case strings.HasPrefix(e.name, "HQ"):
		return p.hostQuery(e.name[2:])
	}
	return ""
}

// identification is what ~HI says.
func (p *Printer) identification() string {
	return fmt.Sprintf("%s,%s,%d,8192KB", p.o.Model, p.o.Firmware, p.o.DotsPerMM)
}

// hostQuery answers ~HQ. The bytes of ES are those of a capture; the others
// have the guide's words in the layout of ES, and no capture stands behind
// their padding. mu is held.
func (p *Printer) hostQuery(what string) string {
	frame := func(title string, lines ...string) string {
		s := fmt.Sprintf("\x02\r\n\r\n  %-42s\r\n", title)
		for _, l := range lines {
			s += fmt.Sprintf("   %-41s\r\n", l)
		}
		return s + "\x03"
	}
	inches := p.record.odometer() * int64(p.set.length) * 10 / int64(254*p.o.DotsPerMM)
	switch what {
	case "ES":
		if p.faults.NoHQES {
			return ""
		}
		return p.errorStatus()
	case "SN":
		return frame("SERIAL NUMBER", p.o.Serial)
	case "HA":
		return frame("MAC ADDRESS", "02:00:00:00:00:01")
	case "OD":
		return frame("PRINT METERS",
			fmt.Sprintf("TOTAL NONRESETTABLE:   %12d \"", inches),
			fmt.Sprintf("USER RESETTABLE CNTR1: %12d \"", inches),
			fmt.Sprintf("USER RESETTABLE CNTR2: %12d \"", inches))
	case "JT":
		return frame("HEAD TEST RESULTS", "0,A,0000,0000,0000")
	case "MA":
		return frame("MAINTENANCE ALERT SETTINGS",
			"HEAD REPLACEMENT INTERVAL:       1 km", "HEAD REPLACEMENT COUNTER:        0 M",
			"HEAD CLEANING INTERVAL:          0 M", "HEAD CLEANING COUNTER:           0 M",
			"PRINT REPLACEMENT ALERT:        NO", "PRINT CLEANING ALERT:           NO", "UNITS:                           I")
	case "MI":
		return frame("MAINTENANCE ALERT MESSAGES", "CLEAN: PLEASE CLEAN PRINT HEAD", "REPLACE: PLEASE REPLACE PRINT HEAD")
	case "PH":
		return frame(fmt.Sprintf("LAST CLEANED:          %12d \"", inches), "HEAD LIFE HISTORY", " #   DISTANCE", fmt.Sprintf(" 1: %10d \"", inches))
	case "PP":
		return frame("PLUG AND PLAY MESSAGES", "MFG: Waybill", "CMD: ZPL", "MDL: "+p.o.Model)
	case "UI":
		return frame("USB INFORMATION", "PID:                   0000", "RELEASE VERSION:      0.00")
	}
	p.noteUnknown("~HQ" + readable(what))
	return ""
}

// variable returns the value of a setting, "?" for one that is not known. mu is
// held.
func (p *Printer) variable(name string) string {
	choose := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	switch name {
	case "odometer.total_label_count", "odometer.user_label_count", "odometer.user_label_count1", "odometer.user_label_count2":
		return strconv.FormatInt(p.record.odometer(), 10)
	case "device.unique_id", "internal_wired.serial_number":
		return p.o.Serial
	case "device.product_name":
		return p.o.Model
	case "device.friendly_name":
		return p.o.Serial
	case "appl.name":
		return p.o.Firmware
	case "device.languages":
		return choose(p.set.language == Line, "line_print", string(p.set.language))
	case "device.host_identification":
		return p.identification()
	case "device.host_status":
		if p.faults.SilentHS && p.faults.silencesHS() {
			return ""
		}
		s := p.hostStatus()
		return strings.Join(s[:], "\r\n")
	case "device.status":
		return choose(p.faults.media() || p.paused, "not ready", "ready")
	case "device.pause":
		return choose(p.paused, "on", "off")
	case "media.status":
		return choose(p.faults.PaperOut, "out", "ok")
	case "ribbon.status":
		return choose(p.faults.RibbonOut, "out", "ok")
	case "head.latch":
		return choose(p.faults.HeadOpen, "open", "ok")
	case "head.resolution.in_dpi":
		return strconv.Itoa((p.o.DotsPerMM*254 + 5) / 10)
	case "media.printmode":
		return map[byte]string{'P': "peel off", 'R': "rewind", 'C': "cutter", 'A': "applicator", 'D': "delayed cut"}[p.set.mode] +
			choose(p.set.mode == 'T', "tear off", "")
	case "zpl.label_length":
		return strconv.Itoa(p.set.length)
	}
	p.noteUnknown("getvar " + readable(name))
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
