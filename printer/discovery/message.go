package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// The parts of DNS messages (RFC 1035, RFC 2782, RFC 6762) that a question for
// services and its answers are made of.
const (
	typeA    = 1
	typePTR  = 12
	typeTXT  = 16
	typeAAAA = 28
	typeSRV  = 33
	typeAny  = 255

	classIN      = 1
	classMask    = 0x7fff // the first bit is multicast DNS's own
	unicastWish  = 0x8000 // RFC 6762, section 5.4: the answer may come to us alone
	responseFlag = 0x8000

	headerLength = 12
	maxLabel     = 63
	maxName      = 255
	maxRecords   = 512  // in one message
	maxMessage   = 9000 // RFC 6762, section 17
)

// A name is a domain name, label by label. A label may hold any byte, a dot too.
type name []string

// key is the name in a form that can be compared: names differ neither in the
// case of ASCII letters nor otherwise.
func (n name) key() string { return strings.ToLower(strings.Join(n, "\x00")) }

// A record is one resource record that matters here.
type record struct {
	owner   name
	kind    uint16
	target  name              // PTR, SRV
	port    uint16            // SRV
	text    map[string]string // TXT; keys in small letters
	address netip.Addr        // A, AAAA
}

// A question asks for all records of a kind.
type question struct {
	of   name
	kind uint16
}

// query writes a message with questions.
func query(questions []question) []byte {
	b := make([]byte, headerLength, 512)
	binary.BigEndian.PutUint16(b[4:], uint16(len(questions))) //nolint:gosec // callers ask a few
	for _, q := range questions {
		for _, label := range q.of {
			b = append(b, byte(len(label))) //nolint:gosec // labels come from messages, or from constants
			b = append(b, label...)
		}
		b = append(b, 0)
		b = binary.BigEndian.AppendUint16(b, q.kind)
		b = binary.BigEndian.AppendUint16(b, classIN|unicastWish)
	}
	return b
}

// errMessage is a message that is cut short or contradicts itself.
var errMessage = errors.New("not a DNS message")

// parse reads the records of a response. A record of another kind or class is
// passed over; one that is damaged ends the message, and what came before counts.
func parse(b []byte) ([]record, error) {
	if len(b) < headerLength || len(b) > maxMessage {
		return nil, fmt.Errorf("%w: %d bytes", errMessage, len(b))
	}
	if binary.BigEndian.Uint16(b[2:])&responseFlag == 0 {
		return nil, nil // somebody else's question
	}
	at := headerLength
	for range binary.BigEndian.Uint16(b[4:]) {
		_, next, err := readName(b, at)
		if err != nil {
			return nil, err
		}
		at = next + 4
	}
	count := int(binary.BigEndian.Uint16(b[6:])) + int(binary.BigEndian.Uint16(b[8:])) + int(binary.BigEndian.Uint16(b[10:]))
	var records []record
	for range min(count, maxRecords) {
		r, next, err := readRecord(b, at)
		if err != nil {
			return records, err
		}
		at = next
		if r.kind != 0 {
			records = append(records, r)
		}
	}
	return records, nil
}

// readRecord reads the record at an offset and returns where the next begins. A
// record that does not matter has no kind.
func readRecord(b []byte, at int) (r record, next int, err error) {
	owner, at, err := readName(b, at)
	if err != nil {
		return record{}, 0, err
	}
	if len(b) < at+10 {
		return record{}, 0, fmt.Errorf("%w: a record is cut short", errMessage)
	}
	kind, class := binary.BigEndian.Uint16(b[at:]), binary.BigEndian.Uint16(b[at+2:])
	data := at + 10
	next = data + int(binary.BigEndian.Uint16(b[at+8:]))
	if next > len(b) {
		return record{}, 0, fmt.Errorf("%w: a record is cut short", errMessage)
	}
	if class&classMask != classIN {
		return record{}, next, nil
	}
	r = record{owner: owner, kind: kind}
	switch kind {
	case typePTR:
		r.target, _, err = readName(b[:next], data)
	case typeSRV:
		if next-data < 7 {
			return record{}, 0, fmt.Errorf("%w: a service is cut short", errMessage)
		}
		r.port = binary.BigEndian.Uint16(b[data+4:])
		r.target, _, err = readName(b[:next], data+6)
	case typeTXT:
		r.text = readText(b[data:next])
	case typeA, typeAAAA:
		address, ok := netip.AddrFromSlice(b[data:next])
		if !ok {
			return record{}, 0, fmt.Errorf("%w: an address of %d bytes", errMessage, next-data)
		}
		r.address = address.Unmap()
	default:
		return record{}, next, nil
	}
	return r, next, err
}

// readName reads the name at an offset and returns where it ends. Names refer to
// names before them, and only those: no message makes it go round in circles.
func readName(b []byte, at int) (n name, next int, err error) {
	length, limit := 0, at
	for {
		if at >= len(b) {
			return nil, 0, fmt.Errorf("%w: a name is cut short", errMessage)
		}
		size := int(b[at])
		switch {
		case size == 0:
			if next == 0 {
				next = at + 1
			}
			return n, next, nil
		case size >= 0xc0:
			if at+1 >= len(b) {
				return nil, 0, fmt.Errorf("%w: a name is cut short", errMessage)
			}
			if next == 0 {
				next = at + 2
			}
			to := size&0x3f<<8 | int(b[at+1])
			if to >= limit {
				return nil, 0, fmt.Errorf("%w: a name refers to what comes after it", errMessage)
			}
			at, limit = to, to
		case size > maxLabel:
			return nil, 0, fmt.Errorf("%w: a label of an unknown kind", errMessage)
		default:
			if at+1+size > len(b) {
				return nil, 0, fmt.Errorf("%w: a name is cut short", errMessage)
			}
			if length += size + 1; length >= maxName {
				return nil, 0, fmt.Errorf("%w: a name is too long", errMessage)
			}
			n = append(n, string(b[at+1:at+1+size]))
			at += 1 + size
		}
	}
}

// readText reads the pairs of a TXT record. Of a key that is there twice the
// first counts (RFC 6763, section 6.4).
func readText(b []byte) map[string]string {
	pairs := map[string]string{}
	for len(b) > 0 {
		size := int(b[0])
		if size+1 > len(b) {
			return pairs
		}
		key, value, _ := strings.Cut(string(b[1:1+size]), "=")
		key = strings.ToLower(key)
		if _, twice := pairs[key]; key != "" && !twice {
			pairs[key] = value
		}
		b = b[1+size:]
	}
	return pairs
}
