package virtual

import (
	"context"
	"path"
	"strings"
)

// Settings are what formats and variables change for good, as far as they
// matter here.
type settings struct {
	prefixes Prefixes
	language Language
	reprint  bool // ^JZ: a label that a fault interrupts is printed again
	mode     byte // ^MM
	thermal  byte // ^MT: T for a ribbon, D for none
	length   int  // ^LL, in dots
	alerts   []alert
}

// factory is how a printer leaves the factory. The length is what the guide's
// example shows.
func factory() settings {
	return settings{prefixes: standardPrefixes(), language: ZPL, reprint: true, mode: 'T', thermal: 'T', length: 1225}
}

func (s settings) clone() settings {
	s.alerts = append([]alert(nil), s.alerts...)
	return s
}

// modeField is how ~HS writes a print mode.
func (s settings) modeField() string {
	switch s.mode {
	case 'R':
		return "0"
	case 'P':
		return "1"
	case 'C':
		return "3"
	case 'A':
		return "4"
	case 'D':
		return "5"
	case 'F':
		return "9"
	case 'K':
		return "K"
	}
	return "2"
}

// setting returns what a command of a format changes in the printer, or nil.
// The functions are called with mu held.
func setting(c zplCommand) func(*Printer) {
	switch c.name {
	case "JZ":
		return func(p *Printer) { p.set.reprint = c.letter(0, 'Y') != 'N' }
	case "MM":
		return func(p *Printer) { p.set.mode = c.letter(0, 'T') }
	case "MT":
		return func(p *Printer) { p.set.thermal = c.letter(0, 'T') }
	case "LL":
		return func(p *Printer) { p.set.length = c.number(0, p.set.length, 1, 32000) }
	case "JU":
		return func(p *Printer) { p.save(c.letter(0, 0)) }
	case "ID":
		return func(p *Printer) { p.erase(objectName(c.list()[0], "GRF")) }
	case "EG":
		return func(p *Printer) { p.erase("R:*.GRF") }
	case "PP":
		return func(p *Printer) { p.paused = true }
	case "PH":
		return func(p *Printer) { p.slews++ }
	case "SX":
		return func(p *Printer) { p.setAlert(c) }
	case "SQ":
		return func(p *Printer) { p.haltAlert(c) }
	}
	return nil
}

// save is ^JU: keep the settings over a power cut, or go back to others. mu is
// held.
func (p *Printer) save(how byte) {
	switch how {
	case 'S':
		p.saved = p.set.clone()
	case 'R':
		p.set = p.saved.clone()
	case 'F', 'N':
		p.set = factory()
	}
}

// setVariable is setvar. It reports whether the variable may be set. mu is held.
func (p *Printer) setVariable(name, value string) bool {
	if name != "device.languages" {
		return false
	}
	l, ok := languageOf(value)
	if ok { // this one is kept at once
		p.set.language, p.saved.language = l, l
	}
	return ok
}

// act is do. It reports whether the printer knows the action.
func (p *Printer) act(ctx context.Context, name string) bool {
	switch name {
	case "device.reset":
		p.PowerCut()
	case "device.restore_defaults":
		p.do(func() { p.set = factory() })
	case "device.pause":
		p.Pause(true)
	case "device.unpause":
		p.Pause(false)
	default:
		p.o.Log.DebugContext(ctx, "action not known", "name", name)
		return false
	}
	return true
}

// A stored is a graphic or format in the printer's memory.
type stored struct {
	name   string // such as R:LOGO.GRF
	source Source
}

// maxStored bounds the printer's memory.
const maxStored = 16 << 20

// objectName returns a name in full: the drive R where none is given, and the
// usual extension.
func objectName(s, extension string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) < 2 || s[1] != ':' {
		s = "R:" + s
	}
	if !strings.Contains(s, ".") {
		s += "." + extension
	}
	return s
}

// keepObject puts an object into the memory, in place of an older one of its
// name. It reports whether there was room. mu is held.
func (p *Printer) keepObject(name string, source Source) bool {
	p.erase(name)
	size := len(source.ZPL)
	for _, s := range p.memory {
		size += len(s.source.ZPL)
	}
	if size > maxStored || len(p.memory) >= 256 {
		return false
	}
	p.memory = append(p.memory, stored{name, source})
	return true
}

// recall returns a stored object. mu is held.
func (p *Printer) recall(name string) (Source, bool) {
	for _, s := range p.memory {
		if s.name == name {
			return s.source, true
		}
	}
	return Source{}, false
}

// erase forgets the objects whose name has the pattern. mu is held.
func (p *Printer) erase(pattern string) {
	var left []stored
	for _, s := range p.memory {
		if match, err := path.Match(pattern, s.name); err != nil || !match {
			left = append(left, s)
		}
	}
	p.memory = left
}

// download keeps what ~DG or ~DY brings. mu is held.
func (p *Printer) download(data []byte) {
	name, extension := string(data[3:]), "GRF"
	if strings.HasPrefix(string(data), "~DY") {
		extension = "PNG"
	}
	name, _, _ = strings.Cut(name, ",")
	if !p.keepObject(objectName(name, extension), Source{ZPL: data, Prefixes: standardPrefixes()}) {
		p.noteUnknown("memory full: " + readable(name))
	}
}

// maxUnknown bounds what is remembered of commands that mean nothing here.
const maxUnknown = 100

// noteUnknown remembers a command that means nothing here, once. mu is held.
func (p *Printer) noteUnknown(name string) {
	for _, known := range p.unknown {
		if known == name {
			return
		}
	}
	if len(p.unknown) < maxUnknown {
		p.unknown = append(p.unknown, name)
	}
}
