package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a hub can keep of an event's attributes, in bytes, and as a number: more
// than any station of ours sends, and less than spoils an index. Above 2⁵³ JSON
// readers do not agree what a number is.
const (
	maxName    = 256
	maxSubject = 1024
	maxMembers = 64
	maxNumber  = 1<<53 - 1
)

// ReadEnvelope reads one event from its bytes, strictly: in place of what
// json.Unmarshal lets pass it refuses a member that stands there twice or in
// capitals, since two readers would see two events in the same bytes, and
// whatever no hub could keep. It does not look into the data; Check says whether
// the rest makes an event. On an error the envelope holds what was read so far.
func ReadEnvelope(raw []byte) (Envelope, error) {
	var env Envelope
	if !utf8.Valid(raw) {
		return env, errors.New("it is not UTF-8")
	}
	s := scanner{b: raw}
	var seen [maxMembers]string
	n := 0
	err := s.object(func(name string) error {
		if n == maxMembers {
			return fmt.Errorf("it has more than %d members", maxMembers)
		}
		for _, other := range seen[:n] {
			if other == name {
				return fmt.Errorf("member %q stands there twice", name)
			}
		}
		seen[n] = name
		n++
		value, err := s.value()
		if err != nil {
			return err
		}
		return env.set(name, value)
	})
	if err == nil {
		err = s.end()
	}
	return env, err
}

// set gives the member called name its value. One that is not known is an
// extension of others and is left to the raw bytes.
func (env *Envelope) set(name string, value []byte) error {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return fmt.Errorf("member %q: names have small letters and digits only", name)
		}
	}
	if text, limit := env.text(name); text != nil {
		return setText(text, name, value, limit)
	}
	switch name {
	case "epoch":
		return setNumber(&env.Epoch, name, value)
	case "sequence":
		return setNumber(&env.Sequence, name, value)
	case "time", "monotonic":
		var text string
		if err := setText(&text, name, value, maxName); err != nil || text == "" {
			return err
		}
		if name == "time" {
			return env.Time.UnmarshalText([]byte(text))
		}
		return setNumber(&env.Monotonic, name, []byte(text))
	case "data":
		env.Data = value
	}
	return nil
}

// text returns where the text of a member is kept and how long it may be.
func (env *Envelope) text(name string) (*string, int) {
	switch name {
	case "specversion":
		return &env.SpecVersion, maxName
	case "id":
		return &env.ID, maxName
	case "source":
		return &env.Source, maxName
	case "type":
		return &env.Type, maxName
	case "subject":
		return &env.Subject, maxSubject
	case "datacontenttype":
		return &env.DataContentType, maxName
	case "prevhash":
		return &env.PrevHash, maxName
	case "tzoffset":
		return &env.TZOffset, maxName
	case "bootid":
		return &env.BootID, maxName
	case "purged":
		return &env.Purged, maxName
	}
	return nil, 0
}

func setText(to *string, name string, value []byte, limit int) error {
	if string(value) == "null" {
		return nil
	}
	if value[0] != '"' {
		return fmt.Errorf("%s is %.40s: want text", name, value)
	}
	text, err := unquote(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > limit {
		return fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	if strings.IndexByte(text, 0) >= 0 {
		return fmt.Errorf("%s has a NUL in it", name)
	}
	*to = text
	return nil
}

func setNumber(to *int64, name string, value []byte) error {
	if string(value) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || value[0] == '+' {
		return fmt.Errorf("%s is %.40s: want a whole number", name, value)
	}
	if name != "monotonic" && n > maxNumber {
		return fmt.Errorf("%s %d: want no more than %d", name, n, int64(maxNumber))
	}
	*to = n
	return nil
}

// unquote returns what a JSON string says.
func unquote(quoted []byte) (string, error) {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' {
			var text string
			err := json.Unmarshal(quoted, &text)
			return text, err
		}
	}
	return string(inner), nil
}
