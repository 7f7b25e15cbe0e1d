package virtual

import (
	"bytes"
	"strconv"
	"strings"
)

// A format is what stood between ^XA and ^XZ, both included, or a session of
// CPCL.
type format struct {
	source   []byte
	prefixes Prefixes // that hold where it begins
	language Language
	from     *client // nil where no host waits for it
	other    bool    // of another host
	again    bool    // by ~PR
	prints   bool    // known to, since it has been read once
}

// maxQuantity is the most labels of ^PQ.
const maxQuantity = 99_999_999

// A job is what a format asks of the printer besides its picture.
type job struct {
	prints bool
	store  string // the name of ^DF; such a format is kept and not printed

	quantity   int  // ^PQ: labels in all
	group      int  // ^PQ: labels between pauses; 0 for no pauses
	replicates int  // ^PQ: labels with each serial number
	override   bool // ^PQ: cut after each group and do not pause
	errorCut   bool // ^PQ: cut behind a void label

	host  []hostField // ^HV
	after []func(*Printer)
}

// A hostField is ^HV: a field whose data is returned to the host.
type hostField struct {
	number, length int
	header, tail   string
	each           bool // for each label, not once for the format
	data           string
}

// A zplCommand is one command of a format without its prefix.
type zplCommand struct {
	name string
	args []byte
}

// list returns the parameters.
func (c zplCommand) list() []string {
	list := strings.Split(string(c.args), ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// number returns parameter i, or def where it is missing or out of bounds.
func (c zplCommand) number(i, def, low, high int) int {
	list := c.list()
	if i >= len(list) {
		return def
	}
	n, err := strconv.Atoi(list[i])
	if err != nil || n < low || n > high {
		return def
	}
	return n
}

// letter returns parameter i as one capital letter, or def.
func (c zplCommand) letter(i int, def byte) byte {
	list := c.list()
	if i >= len(list) || list[i] == "" {
		return def
	}
	return upper(list[i][0])
}

// maxCommands bounds what is read of one format; labels have hundreds.
const maxCommands = 250_000

// commands divides a format into its commands. Parameters are divided by
// commas in what it returns, whatever divided them in the format.
func commands(source []byte, chars Prefixes) []zplCommand {
	var all []zplCommand
	for i := 0; i < len(source) && len(all) < maxCommands; {
		if source[i] != chars.Format || i+2 >= len(source) {
			i++
			continue
		}
		name := strings.ToUpper(string(source[i+1 : i+3]))
		start := i + 3
		if n := binaryEnd(name, source[start:], chars); n > 0 {
			all = append(all, zplCommand{name: name})
			i = start + n
			continue
		}
		end := start
		changes := name == "CC" || name == "CT" || name == "CD"
		if changes && end < len(source) {
			end++ // the new prefix, whatever it is; behind it the new ones hold
		}
		for !changes && end < len(source) && source[end] != chars.Format && source[end] != chars.Control {
			end++
		}
		args := source[start:end]
		if chars.Delimiter != ',' && name != "FD" && name != "FV" && name != "FX" {
			args = bytes.ReplaceAll(args, []byte{chars.Delimiter}, []byte(","))
		}
		all = append(all, zplCommand{name: name, args: args})
		if len(args) > 0 {
			switch name {
			case "CC":
				chars.Format = source[start]
			case "CT":
				chars.Control = source[start]
			case "CD":
				chars.Delimiter = source[start]
			}
		}
		i = end
	}
	return all
}

// binaryEnd returns how far the binary data of a ^GFB or ^GFC reaches, or 0.
func binaryEnd(name string, rest []byte, chars Prefixes) int {
	if name != "GF" {
		return 0
	}
	parts := bytes.SplitN(rest[:min(64, len(rest))], []byte{chars.Delimiter}, 5)
	if len(parts) < 5 || len(parts[0]) != 1 || upper(parts[0][0]) == 'A' {
		return 0
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(parts[1])))
	if err != nil || n < 0 {
		return 0
	}
	head := len(parts[0]) + len(parts[1]) + len(parts[2]) + len(parts[3]) + 4
	return min(head+n, len(rest))
}

// draws reports whether a command puts something on the label.
func draws(name string) bool {
	switch name {
	case "FD", "FV", "SN", "GB", "GC", "GD", "GE", "GS", "GF", "XG", "IM", "IL":
		return true
	}
	return false
}

// read returns what a format asks for. recall returns a stored format by name,
// or nothing.
func (f format) read(recall func(name string) (Source, bool)) job {
	if f.language == CPCL {
		return job{prints: true, quantity: cpclQuantity(f.source)}
	}
	r := reader{job: job{quantity: 1}, recall: recall, fields: map[int]string{}, left: maxRecalled}
	r.run(f.source, f.prefixes, 0)
	for i, h := range r.job.host {
		data := r.fields[h.number]
		if h.length > 0 {
			data = data[:min(h.length, len(data))]
		}
		r.job.host[i].data = data
	}
	if r.job.store != "" {
		r.job.prints = false
	}
	if f.again {
		r.job.quantity, r.job.after, r.job.host = 1, nil, nil
	}
	return r.job
}

// A reader goes through a format's commands.
type reader struct {
	job    job
	recall func(name string) (Source, bool)
	fields map[int]string // by the number of ^FN
	number int            // of the field that is open; 0 for none
	hex    byte           // the escape of ^FH in it; 0 for none
	left   int            // bytes of stored formats that may still be recalled
}

// maxRecall and maxRecalled bound formats that recall others: how deep, and how
// many bytes in all, for one that recalls itself a thousand times is read a
// thousand times a thousand times.
const (
	maxRecall   = 4
	maxRecalled = maxFormat
)

func (r *reader) run(source []byte, chars Prefixes, depth int) {
	for _, c := range commands(source, chars) {
		if c.name == "XF" && depth < maxRecall {
			if stored, ok := r.recall(objectName(c.list()[0], "ZPL")); ok && len(stored.ZPL) <= r.left {
				r.job.prints = true
				r.left -= len(stored.ZPL)
				r.run(stored.ZPL, stored.Prefixes, depth+1)
			}
			continue
		}
		if c.name == "DF" {
			if depth == 0 {
				r.job.store = objectName(c.list()[0], "ZPL")
			}
			continue
		}
		r.take(c)
	}
}

func (r *reader) take(c zplCommand) {
	if draws(c.name) {
		r.job.prints = true
	}
	switch c.name {
	case "PQ":
		r.job.quantity = c.number(0, 1, 1, maxQuantity)
		r.job.group = c.number(1, 0, 1, maxQuantity)
		r.job.replicates = c.number(2, 0, 0, maxQuantity)
		r.job.override = c.letter(3, 'N') == 'Y'
		r.job.errorCut = c.letter(4, 'N') == 'Y'
	case "FN":
		digits := 0
		for digits < len(c.args) && c.args[digits] >= '0' && c.args[digits] <= '9' {
			digits++
		}
		r.number, _ = strconv.Atoi(string(c.args[:digits]))
	case "FH":
		r.hex = '_'
		if len(c.args) > 0 && c.args[0] > ' ' {
			r.hex = c.args[0]
		}
	case "FD", "FV":
		if r.number > 0 {
			r.fields[r.number] = unhex(c.args, r.hex)
		}
	case "HV":
		r.hostField(c)
	case "FS":
		r.number, r.hex = 0, 0
	default:
		if set := setting(c); set != nil {
			r.job.after = append(r.job.after, set)
		}
	}
}

// hostField reads ^HV. Its header and tail may have the escapes of ^FH.
func (r *reader) hostField(c zplCommand) {
	parts := strings.SplitN(string(bytes.TrimRight(c.args, "\r\n")), ",", 5)
	for len(parts) < 5 {
		parts = append(parts, "")
	}
	h := hostField{
		number: c.number(0, 0, 0, 9999), length: c.number(1, 64, 1, 256),
		header: unhex([]byte(parts[2]), r.hex), tail: unhex([]byte(parts[3]), r.hex),
		each: strings.EqualFold(strings.TrimSpace(parts[4]), "L"),
	}
	r.job.host = append(r.job.host, h)
}

// unhex undoes ^FH: the escape and two hexadecimal digits are one byte.
func unhex(data []byte, escape byte) string {
	if escape == 0 {
		return string(data)
	}
	var out []byte
	for i := 0; i < len(data); i++ {
		if data[i] == escape && i+2 < len(data) {
			if n, err := strconv.ParseUint(string(data[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, data[i])
	}
	return string(out)
}
