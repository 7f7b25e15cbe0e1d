package tracking

import (
	"strconv"

	"waybill/sync/wire"
)

// AppendFacts appends facts to b as json.Marshal writes them, without looking at the
// type of each field anew: a hub writes a story for every event or so.
func AppendFacts(b []byte, facts []Fact) []byte {
	b = append(b, '[')
	for i, f := range facts {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.appendTo(b)
	}
	return append(b, ']')
}

func (f Fact) appendTo(b []byte) []byte {
	b = wire.AppendText(append(b, `{"source":`...), f.Source)
	b = strconv.AppendInt(append(b, `,"epoch":`...), f.Epoch, 10)
	b = strconv.AppendInt(append(b, `,"sequence":`...), f.Sequence, 10)
	b, _ = f.Time.AppendText(append(b, `,"time":"`...)) // it never fails
	b = appendMember(append(b, '"'), "tzoffset", f.TZOffset)
	b = wire.AppendText(append(b, `,"type":`...), string(f.Type))
	b = appendMember(b, "branch", f.Branch)
	b = appendMember(b, "channel", f.Channel)
	b = appendPlace(b, "origin", f.Origin)
	b = appendPlace(b, "destination", f.Destination)
	b = appendCount(b, "boxes", f.Boxes)
	b = appendMember(b, "parcel", string(f.Parcel))
	b = appendMember(b, "carrier", string(f.Carrier))
	b = appendMember(b, "service", string(f.Service))
	b = appendMember(b, "number", string(f.Number))
	if p := f.Promise; p.Earliest != "" || p.Latest != "" {
		b = appendObject(b, "promise", [2]string{"earliest", p.Earliest}, [2]string{"latest", p.Latest})
	}
	if r := f.Reason; r != (Reason{}) {
		b = wire.AppendText(append(b, `,"reason":{"code":`...), r.Code)
		b = append(wire.AppendText(append(b, `,"message":`...), r.Message), '}')
	}
	b = appendCount(b, "label", f.Label)
	b = appendCount(b, "of", f.Of)
	b = appendMember(b, "handoff", f.Handoff)
	b = appendCount(b, "entry", f.Entry)
	b = appendMember(b, "from", f.From)
	if f.Twice {
		b = append(b, `,"twice":true`...)
	}
	return append(b, '}')
}

func appendPlace(b []byte, name string, p Place) []byte {
	if p == (Place{}) {
		return b
	}
	return appendObject(b, name, [2]string{"city", p.City}, [2]string{"region", p.Region}, [2]string{"country", p.Country})
}

// appendObject appends a member that is an object of texts, without those that are
// empty.
func appendObject(b []byte, name string, members ...[2]string) []byte {
	b = append(append(append(b, `,"`...), name...), `":{`...)
	from := len(b)
	for _, m := range members {
		b = appendMember(b, m[0], m[1])
	}
	if len(b) > from { // the first has no comma before it
		b = append(b[:from], b[from+1:]...)
	}
	return append(b, '}')
}

// appendMember appends a member of an object, unless it is empty.
func appendMember(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return wire.AppendText(append(append(append(b, `,"`...), name...), `":`...), text)
}

// appendCount appends a member of an object, unless it is zero.
func appendCount(b []byte, name string, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(append(append(b, `,"`...), name...), `":`...), int64(n), 10)
}
