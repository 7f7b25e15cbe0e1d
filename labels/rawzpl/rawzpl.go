// Package rawzpl lets labels in that other programs have written in ZPL II, and
// keeps out whatever else ZPL can do to a printer: set it up, erase or reset it,
// store things in it, or send data elsewhere.
//
// It passes nothing through. What it understands and allows it writes anew, with
// the usual prefixes; what it does not know is refused with the command and its
// place. So it does not matter whether this package and a printer read the same
// stray bytes alike: such bytes are never sent.
//
// It does not say whether a label can be scanned; whoever wrote it answers for
// that.
package rawzpl

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// A Label is one label as it may be sent to a printer: one format that prints
// one label.
type Label struct {
	Content []byte
	Copies  int // how many equal ones were asked for, by ^PQ
}

// A Note says what was left out of a label although nothing is wrong with the
// label itself.
type Note struct {
	Command string `json:"command"` // as ^MN
	Offset  int    `json:"offset"`  // of its prefix, in bytes from 0
	Why     string `json:"why"`
}

// A Refusal says why one command is not let in.
type Refusal struct {
	Command string `json:"command"` // as ^JU; "text" for what is no command
	Offset  int    `json:"offset"`  // of its first byte, from 0
	Why     string `json:"why"`
	Remedy  string `json:"remedy"`
}

// String returns the refusal as one sentence with its remedy.
func (r Refusal) String() string {
	return fmt.Sprintf("%s at byte %d %s (%s)", r.Command, r.Offset, r.Why, r.Remedy)
}

// Refusals are all that is wrong with a document, in the order of its bytes.
type Refusals []Refusal

// Error returns one refusal a line.
func (rs Refusals) Error() string {
	lines := make([]string, len(rs))
	for i, r := range rs {
		lines[i] = r.String()
	}
	return strings.Join(lines, "\n")
}

// The most that one document may hold.
const (
	MaxBytes  = 4 << 20
	MaxLabels = 1000 // with their copies

	maxRefusals = 20
	maxNotes    = 100
	maxPrelude  = 4 << 10 // bytes of settings that each label after them begins with
)

// Read returns the labels of a document, in their order, and what was left out
// of them. The error is Refusals, and then there are no labels: a document is
// taken as a whole or not at all.
func Read(data []byte) ([]Label, []Note, error) {
	f := &filter{lex: lexer{data: data, caret: '^', tilde: '~', comma: ','}}
	switch {
	case len(data) > MaxBytes:
		f.refuse("text", 0, fmt.Sprintf("has %d bytes, and %d are the most", len(data), MaxBytes), "divide it")
		return nil, nil, f.refusals
	case len(bytes.TrimSpace(data)) == 0:
		f.refuse("text", 0, "is empty", "send at least one label, from ^XA to ^XZ")
		return nil, nil, f.refusals
	}
	f.lex.skipHead()
	for len(f.refusals) < maxRefusals {
		c, ok := f.lex.next()
		if !ok {
			break
		}
		f.take(c)
	}
	f.end()
	if len(f.refusals) > 0 {
		return nil, nil, f.refusals
	}
	return f.labels, f.notes, nil
}

// A filter is the reading of one document.
type filter struct {
	lex      lexer
	labels   []Label
	total    int // labels with their copies
	notes    []Note
	refusals Refusals

	open    bool // between ^XA and ^XZ
	begun   int  // where that ^XA stands
	out     bytes.Buffer
	copies  int
	marks   bool // it has something to print
	hex     byte // the escape of the field's ^FH; 0: none
	sent    byte // the escape that was written for the field; 0: none
	restore []string

	// A format that prints nothing is no label, and what it says of where and how
	// holds for the labels after it, on a printer as here.
	silent  bool // there was one
	prelude []byte
	undo    []string // what undoes it
}

func (f *filter) refuse(command string, at int, why, remedy string) {
	if len(f.refusals) < maxRefusals {
		f.refusals = append(f.refusals, Refusal{Command: command, Offset: at, Why: why, Remedy: remedy})
	}
}

func (f *filter) note(c command, why string) {
	if len(f.notes) < maxNotes {
		f.notes = append(f.notes, Note{Command: c.shown(), Offset: c.at, Why: why})
	}
}

// take reads one command, and writes it anew where it is allowed.
func (f *filter) take(c command) {
	if c.name == "" {
		why, remedy := f.lex.stray(c, f.open)
		f.refuse("text", c.at, why, remedy)
		return
	}
	if why, remedy := denied(c); why != "" {
		f.refuse(c.shown(), c.at, why, remedy)
		return
	}
	kind := kindOf(c)
	switch {
	case kind == unknown:
		f.refuse(c.shown(), c.at, "is not known as part of a label", "leave it out, or have the station's own templates draw the label")
	case !f.open && kind == prefix && f.lex.keeps(c): // it changes nothing
	case !f.open && kind != begin:
		f.refuse(c.shown(), c.at, "stands outside a label", "put it between ^XA and ^XZ, or leave it out")
	case f.open && kind == begin:
		f.refuse(c.shown(), c.at, "stands inside a label that has not ended", "end the label before it with ^XZ")
	default:
		f.allowed(c, kind)
	}
}

// allowed writes a command of a known kind.
func (f *filter) allowed(c command, kind kind) {
	switch kind {
	case begin:
		f.open, f.begun, f.copies, f.marks, f.hex, f.sent, f.restore = true, c.at, 1, false, 0, 0, slices.Clone(f.undo)
		f.out.Reset()
		f.bare(c)
		f.out.Write(f.prelude)
	case end:
		f.finish(c)
	case fieldEnd:
		f.hex, f.sent = 0, 0
		f.bare(c)
	case escape:
		f.escape(c)
	case data:
		f.fieldData(c)
	case graphic:
		f.graphic(c)
	case quantity:
		f.quantity(c)
	case prefix:
		if why := f.lex.change(c); why != "" {
			f.refuse(c.shown(), c.at, why, "leave it out, and write ^, ~ and the comma as usual")
		}
	case units:
		f.units(c)
	case setting:
		f.note(c, "how the printer is set up is the station's business, and stays as it is")
	case remark:
	case lasting:
		f.lasting(c)
	case mark:
		f.marks = true
		f.plain(c)
	case place:
		f.plain(c)
	case unknown:
	}
}

// bare writes a command that has no parameters.
func (f *filter) bare(c command) {
	if stray := bytes.TrimLeft(c.args, blanks); len(stray) > 0 {
		f.refuse("text", c.at+1+len(c.name)+len(c.args)-len(stray), fmt.Sprintf("stands after %s, where nothing belongs", c.shown()), "remove it, or put it into a field: ^FO…^FD…^FS")
		return
	}
	f.write(c.name, nil)
}

// plain writes a command whose parameters are numbers, letters and names.
func (f *filter) plain(c command) {
	args, ok := f.params(c)
	if ok {
		f.write(c.name, args)
	}
}

// params returns the parameters with commas between them.
func (f *filter) params(c command) ([]byte, bool) {
	args := bytes.TrimSpace(without(c.args, lineBreaks))
	for i, b := range args {
		if b == f.lex.comma {
			args[i] = ','
			continue
		}
		if b < ' ' || b > '~' || strings.IndexByte("^~!,", b) >= 0 {
			f.refuse(c.shown(), c.at, fmt.Sprintf("has the byte %q among its parameters", b), "correct the parameters")
			return nil, false
		}
	}
	return args, true
}

func (f *filter) write(name string, args []byte) {
	f.out.WriteByte('^')
	f.out.WriteString(name)
	f.out.Write(args)
}

// lasting writes a command that holds beyond the label, and notes what undoes it:
// once, and not where the label does so itself.
func (f *filter) lasting(c command) {
	args, ok := f.params(c)
	if !ok {
		return
	}
	f.write(c.name, args)
	undo := restores[c.name]
	f.restore = slices.DeleteFunc(f.restore, func(s string) bool { return s == undo })
	if "^"+c.name+string(args) != undo {
		f.restore = append(f.restore, undo)
	}
}

// quantity notes how many labels are asked for. The station sends each by itself,
// so that it knows of each whether it came out.
func (f *filter) quantity(c command) {
	args, ok := f.params(c)
	if !ok {
		return
	}
	first, rest, _ := strings.Cut(string(args), ",")
	n := 0
	for _, digit := range strings.TrimSpace(first) {
		if digit < '0' || digit > '9' || n > MaxLabels {
			n = -1
			break
		}
		n = 10*n + int(digit-'0')
	}
	switch {
	case strings.TrimSpace(first) == "":
		n = 1
	case n < 1 || n > MaxLabels:
		f.refuse(c.shown(), c.at, fmt.Sprintf("asks for %.20q labels", first), fmt.Sprintf("ask for 1 to %d", MaxLabels))
		return
	}
	f.copies = n
	if pause := strings.TrimSpace(strings.Split(rest+",", ",")[0]); strings.Trim(pause, "0") != "" {
		f.note(c, "its pauses are left out: a printer that pauses keeps all others waiting")
	}
}

// units writes ^MU with its unit alone. Its other two parameters, when they differ,
// enlarge labels from one resolution to another, and only two that are alike end
// that (Zebra, ZPL II Programming Guide, ^MU): the station's next label, whose ^MU
// names a unit, would come out enlarged, and could not be scanned.
func (f *filter) units(c command) {
	args, ok := f.params(c)
	if !ok {
		return
	}
	unit, scale, _ := bytes.Cut(args, []byte{','})
	from, to, _ := bytes.Cut(scale, []byte{','})
	if !bytes.Equal(bytes.TrimSpace(from), bytes.TrimSpace(to)) {
		f.refuse(c.shown(), c.at, "enlarges the labels after this one too", "write the label for the printer's own resolution, and ^MU with its unit alone")
		return
	}
	f.write(c.name, bytes.TrimSpace(unit))
}

// finish ends a label.
func (f *filter) finish(c command) {
	f.open = false
	if !f.marks {
		f.silent = true
		f.note(command{name: "XA", at: f.begun}, "begins a format that prints nothing; what it says of where and how holds for the labels after it")
		if f.out.Len() > maxPrelude {
			f.refuse("^XA", f.begun, fmt.Sprintf("with what came before sets up more than %d bytes for the labels after it", maxPrelude), "say once what holds for all labels")
			return
		}
		f.prelude, f.undo = bytes.Clone(bytes.TrimPrefix(f.out.Bytes(), []byte("^XA"))), f.restore
		return
	}
	for _, r := range f.restore {
		f.out.WriteString(r)
	}
	f.bare(c)
	if f.total += f.copies; f.total > MaxLabels {
		f.refuse(c.shown(), c.at, fmt.Sprintf("ends label %d of one document, and %d are the most", f.total, MaxLabels), "divide it")
	}
	f.labels = append(f.labels, Label{Content: bytes.Clone(f.out.Bytes()), Copies: f.copies})
}

// end looks for what is missing at the end of the document.
func (f *filter) end() {
	switch {
	case len(f.refusals) > 0:
	case f.open:
		f.refuse("^XA", f.begun, "begins a label that does not end", "end it with ^XZ; perhaps the document was cut off")
	case len(f.labels) == 0 && f.silent:
		f.refuse("^XA", f.begun, "begins a format that prints nothing", "send at least one label; how the printer is set up is the station's business")
	case len(f.labels) == 0:
		f.refuse("text", 0, "holds no label", "send at least one label, from ^XA to ^XZ")
	}
}
