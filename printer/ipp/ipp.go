// Package ipp reads and writes the messages of the Internet Printing Protocol:
// the binary encoding of RFC 8010 and the names of RFC 8011 that a client needs.
//
// It knows nothing of connections, and does not judge what a printer says.
package ipp

// A Tag says what follows in a message: a group of attributes, or a value of
// some syntax (RFC 8010, section 3.5).
type Tag byte

// The groups of attributes.
const (
	OperationGroup   Tag = 0x01
	JobGroup         Tag = 0x02
	PrinterGroup     Tag = 0x04
	UnsupportedGroup Tag = 0x05

	endOfAttributes Tag = 0x03
	lastDelimiter   Tag = 0x0f // every tag up to here begins a group or ends them
)

// The syntaxes of values.
const (
	NoValue          Tag = 0x13
	Integer          Tag = 0x21
	Boolean          Tag = 0x22
	Enum             Tag = 0x23
	RangeOfInteger   Tag = 0x33
	Collection       Tag = 0x34
	TextWithLanguage Tag = 0x35
	NameWithLanguage Tag = 0x36
	Text             Tag = 0x41
	Name             Tag = 0x42
	Keyword          Tag = 0x44
	URI              Tag = 0x45
	Charset          Tag = 0x47
	NaturalLanguage  Tag = 0x48
	MimeMediaType    Tag = 0x49

	endCollection Tag = 0x37
	memberName    Tag = 0x4a
)

// An Operation is what a request asks for (RFC 8011, section 5.4.15).
type Operation uint16

// The operations of a client that prints and watches.
const (
	PrintJob             Operation = 0x0002
	ValidateJob          Operation = 0x0004
	CreateJob            Operation = 0x0005
	SendDocument         Operation = 0x0006
	CancelJob            Operation = 0x0008
	GetJobAttributes     Operation = 0x0009
	GetPrinterAttributes Operation = 0x000b
)

// String returns the operation's name.
func (o Operation) String() string {
	switch o {
	case PrintJob:
		return "Print-Job"
	case ValidateJob:
		return "Validate-Job"
	case CreateJob:
		return "Create-Job"
	case SendDocument:
		return "Send-Document"
	case CancelJob:
		return "Cancel-Job"
	case GetJobAttributes:
		return "Get-Job-Attributes"
	case GetPrinterAttributes:
		return "Get-Printer-Attributes"
	}
	return hex(uint16(o))
}

// MediaType is the type of the body of an HTTP request that carries a message.
const MediaType = "application/ipp"

// A Message is a request or a response without the document that may follow it.
type Message struct {
	Major, Minor byte   // of the version
	Code         uint16 // the Operation of a request, the Status of a response
	RequestID    uint32
	Groups       []Group
}

// A Group is attributes of one object.
type Group struct {
	Tag        Tag
	Attributes []Attribute
}

// An Attribute is a name and its values.
type Attribute struct {
	Name   string
	Values []Value
}

// A Value is one value. A Collection has Members, everything else its bytes as
// they are in the message.
type Value struct {
	Tag     Tag
	Bytes   []byte
	Members []Attribute
}

// Request returns a request of the given operation with the attributes that
// come first in each: charset and language, then the target's.
func Request(op Operation, id uint32, target ...Attribute) Message {
	attributes := make([]Attribute, 0, 2+len(target))
	attributes = append(attributes,
		Strings("attributes-charset", Charset, "utf-8"),
		Strings("attributes-natural-language", NaturalLanguage, "en"))
	return Message{
		Major: 1, Minor: 1, Code: uint16(op), RequestID: id,
		Groups: []Group{{Tag: OperationGroup, Attributes: append(attributes, target...)}},
	}
}

// Attribute returns the attribute of a name in the first group of a tag that
// has it. Where there is none, it has no values.
func (m Message) Attribute(group Tag, name string) Attribute {
	for _, g := range m.Groups {
		if g.Tag != group {
			continue
		}
		for _, a := range g.Attributes {
			if a.Name == name {
				return a
			}
		}
	}
	return Attribute{Name: name}
}

// Strings returns an attribute whose values are texts of a syntax without a
// language of their own, such as Keyword, URI or Name.
func Strings(name string, tag Tag, values ...string) Attribute {
	a := Attribute{Name: name}
	for _, v := range values {
		a.Values = append(a.Values, Value{Tag: tag, Bytes: []byte(v)})
	}
	return a
}

// Int returns an attribute of one Integer or Enum.
func Int(name string, tag Tag, n int32) Attribute {
	return Attribute{Name: name, Values: []Value{{Tag: tag, Bytes: []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}}}
}

// Bool returns an attribute of one Boolean.
func Bool(name string, is bool) Attribute {
	b := byte(0)
	if is {
		b = 1
	}
	return Attribute{Name: name, Values: []Value{{Tag: Boolean, Bytes: []byte{b}}}}
}

// Texts returns the values that are texts, each without its language.
func (a Attribute) Texts() []string {
	var all []string
	for _, v := range a.Values {
		if s, ok := v.Text(); ok {
			all = append(all, s)
		}
	}
	return all
}

// Text returns the first value that is a text; empty where there is none.
func (a Attribute) Text() string {
	for _, v := range a.Values {
		if s, ok := v.Text(); ok {
			return s
		}
	}
	return ""
}

// Has reports whether text is among the values.
func (a Attribute) Has(text string) bool {
	for _, v := range a.Values {
		if s, ok := v.Text(); ok && s == text {
			return true
		}
	}
	return false
}

// Int returns the first value that is an Integer or Enum.
func (a Attribute) Int() (n int, ok bool) {
	for _, v := range a.Values {
		if n, ok := v.Int(); ok {
			return n, true
		}
	}
	return 0, false
}

// HasInt reports whether n is among the values.
func (a Attribute) HasInt(n int) bool {
	for _, v := range a.Values {
		if have, ok := v.Int(); ok && have == n {
			return true
		}
	}
	return false
}

// Bool returns the first value that is a Boolean.
func (a Attribute) Bool() (is, ok bool) {
	for _, v := range a.Values {
		if v.Tag == Boolean && len(v.Bytes) == 1 {
			return v.Bytes[0] != 0, true
		}
	}
	return false, false
}

// Text returns the value where it is a text.
func (v Value) Text() (string, bool) {
	switch {
	case v.Tag == TextWithLanguage || v.Tag == NameWithLanguage:
		return withoutLanguage(v.Bytes)
	case v.Tag >= 0x40 && v.Tag <= 0x5f: // character strings
		return string(v.Bytes), true
	}
	return "", false
}

// withoutLanguage returns the text of a pair: each half has its length before
// it (RFC 8010, section 3.9).
func withoutLanguage(b []byte) (string, bool) {
	_, b, ok := counted(b)
	if !ok {
		return "", false
	}
	text, b, ok := counted(b)
	return string(text), ok && len(b) == 0
}

// Int returns the value where it is an Integer or Enum.
func (v Value) Int() (int, bool) {
	if (v.Tag != Integer && v.Tag != Enum) || len(v.Bytes) != 4 {
		return 0, false
	}
	b := v.Bytes
	return int(int32(uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))), true
}
