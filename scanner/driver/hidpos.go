package driver

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"waybill/internal/hid"
	"waybill/scanner"
)

// The usages of HID Point of Sale Usage Tables 1.02, chapter 4 (bar code
// scanners), and the count of HID Usage Tables, chapter 4. The last two are
// Honeywell's: its commands, as they would go over a serial line (from the report
// descriptors of its scanners).
const (
	usageByteCount    = hid.Usage(0x01_003B)
	usageSymbology1   = hid.Usage(0x8C_00FB)
	usageSymbology2   = hid.Usage(0x8C_00FC)
	usageSymbology3   = hid.Usage(0x8C_00FD)
	usageData         = hid.Usage(0x8C_00FE)
	usageContinued    = hid.Usage(0x8C_00FF)
	usageErrorBeep    = hid.Usage(0x8C_0085)
	usageGoodBeep     = hid.Usage(0x8C_0086)
	usageNotOnFile    = hid.Usage(0x8C_0087)
	usageStreamLength = hid.Usage(0xFF66_0021)
	usageStream       = hid.Usage(0xFF66_0022)
)

// Why a scan of reports is damaged.
const (
	badShort     = "a report of the scanner was cut short"
	badCount     = "the scanner counts more bytes than it sends"
	badContinued = "the rest of the scan did not come"
	badLong      = "longer than a scan can be; part of it was dropped"
)

// A place is one value of a report.
type place struct {
	field hid.Field
	at    int
	known bool
}

func placeOf(d hid.Descriptor, kind hid.Kind, id byte, u hid.Usage) place {
	f, i, ok := d.Find(kind, u)
	return place{f, i, ok && f.ID == id}
}

func (p place) value(data []byte) (int32, bool) {
	if !p.known {
		return 0, false
	}
	return p.field.Value(data, p.at)
}

// A posReader makes scans of the reports of a scanner in HID POS mode. It does no
// I/O: what was read is handed in, with the time.
type posReader struct {
	d         hid.Descriptor
	framing   scanner.Framing
	data      hid.Field
	count     place
	symbology [3]place
	continued place

	aim     string
	buf     []byte
	first   time.Time
	last    time.Time
	pending bool   // a report said that more follows
	bad     string // not empty: what has begun is damaged
}

func newPOSReader(d hid.Descriptor, f scanner.Framing) (*posReader, error) {
	data, at, ok := d.Find(hid.Input, usageData)
	if !ok || at != 0 || data.Size != 8 || data.Array {
		return nil, errors.New("its reports have no place for a barcode's data")
	}
	if f.MaxSize == 0 {
		f.MaxSize = scanner.DefaultMaxSize
	}
	r := &posReader{d: d, framing: f, data: data}
	r.count = placeOf(d, hid.Input, data.ID, usageByteCount)
	r.continued = placeOf(d, hid.Input, data.ID, usageContinued)
	for i, u := range []hid.Usage{usageSymbology1, usageSymbology2, usageSymbology3} {
		r.symbology[i] = placeOf(d, hid.Input, data.ID, u)
	}
	return r, nil
}

// size is how many bytes a report has on its way from the kernel.
func (r *posReader) size() int {
	n := r.d.Len(hid.Input, r.data.ID)
	if r.d.Numbered {
		n++
	}
	return n
}

// take takes one report and returns the scans it completes: more than one only
// where it shows that the one before was not whole.
func (r *posReader) take(report []byte, now time.Time) []scanner.Scan {
	id, data := r.d.Split(report)
	if id != r.data.ID {
		return nil // of its state, not of a barcode
	}
	part, aim, more, bad := r.read(data)
	var scans []scanner.Scan
	if r.pending && aim != "" && aim != r.aim {
		scans = append(scans, r.finish(badContinued)...)
	}
	if !r.pending {
		r.aim, r.first = aim, now
	}
	r.pending, r.last = true, now
	if r.bad == "" {
		r.bad = bad
	}
	if room := r.framing.MaxSize - len(r.buf); len(part) > room {
		part = part[:max(room, 0)]
		if r.bad == "" {
			r.bad = badLong
		}
	}
	r.buf = append(r.buf, part...)
	if more {
		return scans
	}
	return append(scans, r.finish("")...)
}

// read reads one report's data.
func (r *posReader) read(data []byte) (part []byte, aim string, more bool, bad string) {
	row := make([]byte, 0, r.data.Count)
	for i := range r.data.Count {
		v, ok := r.data.Value(data, i)
		if !ok {
			bad = badShort
			break
		}
		row = append(row, byte(v))
	}
	n, counted := r.count.value(data)
	switch {
	case !counted: // what is not used of a report is zero
		row = bytes.TrimRight(row, "\x00")
	case int(uint8(n)) > len(row):
		if bad == "" {
			bad = badCount
		}
	default:
		row, bad = row[:uint8(n)], "" // a report may leave out what it does not use
	}
	id := make([]byte, 0, len(r.symbology))
	for _, p := range r.symbology {
		if v, ok := p.value(data); ok {
			id = append(id, byte(v))
		}
	}
	if len(id) == 3 && id[0] == ']' && printable(id[1]) && printable(id[2]) {
		aim = string(id)
	}
	if r.continued.known {
		v, ok := r.continued.value(data)
		more = v != 0
		if !ok && bad == "" {
			bad = badShort
		}
	}
	return row, aim, more, bad
}

func printable(c byte) bool { return c > ' ' && c <= '~' }

// finish ends the scan that has begun. An empty one is none.
func (r *posReader) finish(bad string) []scanner.Scan {
	if r.bad != "" {
		bad = r.bad
	}
	raw := bytes.Clone(r.buf)
	if bad == "" {
		raw = unframed(raw, r.framing)
	}
	s := scanner.Scan{Raw: raw, AIM: r.aim, First: r.first, At: r.last, Bad: bad}
	r.buf, r.aim, r.pending, r.bad = r.buf[:0], "", false, ""
	if len(s.Raw) == 0 && s.Bad == "" {
		return nil
	}
	return []scanner.Scan{s}
}

// unframed is the data without the marks that the scanner may be set to add. In
// this mode they end nothing.
func unframed(b []byte, f scanner.Framing) []byte {
	b = bytes.TrimPrefix(b, f.Prefix)
	if len(f.Suffix) > 0 {
		return bytes.TrimSuffix(b, f.Suffix)
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// quiet takes note that nothing came until now: a scan whose rest does not come
// is told.
func (r *posReader) quiet(now time.Time) []scanner.Scan {
	if !r.pending || now.Sub(r.last) < silence {
		return nil
	}
	return r.finish(badContinued)
}

// end returns what is left when the scanner is gone.
func (r *posReader) end() []scanner.Scan {
	if !r.pending {
		return nil
	}
	return r.finish(badContinued)
}

// A posSpeaker knows how a scanner in HID POS mode is told good from bad.
type posSpeaker struct {
	d       hid.Descriptor
	profile scanner.Profile
}

// report returns the report that tells the scanner s, with its number; none where
// it cannot be told.
func (p posSpeaker) report(s scanner.Signal) ([]byte, error) {
	if b := p.profile.Bytes(s); len(b) > 0 {
		return p.stream(b)
	}
	var beeps []hid.Usage
	switch s {
	case scanner.Good:
		beeps = []hid.Usage{usageGoodBeep}
	case scanner.Bad, scanner.Unkept, scanner.Wait:
		beeps = []hid.Usage{usageErrorBeep, usageNotOnFile}
	case scanner.Warn: // no third tone is promised; better a needless look than a missed one
		beeps = []hid.Usage{usageNotOnFile, usageErrorBeep}
	case scanner.Heard:
	}
	for _, u := range beeps {
		f, i, ok := p.d.Find(hid.Output, u)
		if !ok || f.Array {
			continue
		}
		data := make([]byte, p.d.Len(hid.Output, f.ID))
		f.Set(data, i, 1)
		return p.numbered(f.ID, data), nil
	}
	return nil, nil
}

// stream puts the bytes of a profile into the report that some scanners have for
// them.
func (p posSpeaker) stream(b []byte) ([]byte, error) {
	f, at, ok := p.d.Find(hid.Output, usageStream)
	length := placeOf(p.d, hid.Output, f.ID, usageStreamLength)
	if !ok || !length.known {
		return nil, fmt.Errorf("the scanner takes no commands of the profile %s in this mode (write profile: none; it is told by its own beeps then)", p.profile.Name)
	}
	if len(b) > f.Count-at {
		return nil, fmt.Errorf("the signal of the profile %s has %d bytes, and the scanner takes %d", p.profile.Name, len(b), f.Count-at)
	}
	data := make([]byte, p.d.Len(hid.Output, f.ID))
	length.field.Set(data, length.at, uint32(len(b)))
	for i, c := range b {
		f.Set(data, at+i, uint32(c))
	}
	return p.numbered(f.ID, data), nil
}

// numbered puts the report's number before its data: 0 where reports have none,
// as Linux wants it.
func (p posSpeaker) numbered(id byte, data []byte) []byte {
	return append([]byte{id}, data...)
}
