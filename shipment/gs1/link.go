package gs1

import (
	"fmt"
	"slices"
	"strings"

	"waybill/shipment"
)

// A Link is a GS1 Digital Link URI, taken apart.
type Link struct {
	Stem     string    // what stands before the key: https://id.gs1.org
	Elements []Element // the key, its qualifiers, the attributes
	Ignored  []string  // what stands behind the question mark and is not GS1's
}

// IsWebAddress reports whether s begins as Digital Links do. Schemes are all
// small or all capital letters, which symbols hold in less space.
func IsWebAddress(s string) bool {
	_, ok := cutScheme(s)
	return ok
}

func cutScheme(s string) (rest string, ok bool) {
	for _, scheme := range []string{"https://", "HTTPS://", "http://", "HTTP://"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok {
			return rest, true
		}
	}
	return s, false
}

const (
	notInURI    = "a character that no web address has"
	uriMarks    = "-._~:/?#[]@!$&'()*+,;=%"
	notInDomain = "_~?#@!$&'()*+,;=%"
)

// ParseLink reads a Digital Link URI (GS1 Digital Link Standard: URI Syntax).
// The last key in the path counts; what stands before it is the stem. Values
// are checked as ParseElements checks them; what must stand together is for
// CheckTogether to tell. A GTIN with leading zeros left out is read behind the
// question mark only, as the standard deprecates it in the path.
func ParseLink(uri string) (Link, error) {
	rest, ok := cutScheme(uri)
	if !ok {
		return Link{}, linkError(LinkNoKey, "", 0, "is no web address: want http:// or https://")
	}
	for i := range len(uri) {
		if c := uri[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(uriMarks, c) < 0 {
			return Link{}, linkError(LinkCharacter, "", i, fmt.Sprintf("has %s, %s", quoted(c), notInURI))
		}
	}
	head := len(uri) - len(rest)
	slash := strings.IndexByte(rest, '/')
	if slash < 1 {
		return Link{}, linkError(LinkNoKey, "", head, "is a web address without a path")
	}
	if i := strings.IndexAny(rest[:slash], notInDomain); i >= 0 {
		return Link{}, linkError(LinkCharacter, "", head+i, fmt.Sprintf("has %s in its domain", quoted(rest[i])))
	}
	beforeFragment, _, _ := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(beforeFragment[slash:], "?")
	stem, pairs, err := pathPairs(path, head+slash)
	if err != nil {
		return Link{}, err
	}
	l := Link{Stem: uri[:head+slash+len(stem)], Elements: make([]Element, 0, min(maxElements, len(pairs)+strings.Count(query, "=")))}
	if err := l.readPath(pairs); err != nil {
		return l, err
	}
	inPath := len(l.Elements)
	if err := l.readQuery(query, head+slash+len(path)+1); err != nil {
		return l, err
	}
	return l, l.checkOrder(inPath)
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func linkError(code Code, ai string, at int, message string) *Error {
	return &Error{Code: code, AI: ai, Offset: at, Message: message, Remedy: remedy(code)}
}

// A pair is an identifier and its value as they stand in the link.
type pair struct {
	rule  *rule
	value string
	at    int // of the value in the link
}

// pathPairs cuts the path from behind into pairs, up to the last key.
func pathPairs(path string, offset int) (stem string, pairs []pair, err error) {
	pairs = make([]pair, 0, 4) // a key and three qualifiers
	end := len(path)
	for {
		valueSlash := strings.LastIndexByte(path[:end], '/')
		if valueSlash < 1 {
			break
		}
		aiSlash := strings.LastIndexByte(path[:valueSlash], '/')
		if aiSlash < 0 {
			break
		}
		r := identifiers().named(path[aiSlash+1 : valueSlash])
		if r == nil {
			break
		}
		pairs = append(pairs, pair{r, path[valueSlash+1 : end], offset + valueSlash + 1})
		end = aiSlash
		if r.key {
			for i, j := 0, len(pairs)-1; i < j; i, j = i+1, j-1 {
				pairs[i], pairs[j] = pairs[j], pairs[i]
			}
			return path[:aiSlash], pairs, nil
		}
	}
	if looksCompressed(path) {
		return "", nil, linkError(LinkCompressed, "", offset, "seems to be a compressed GS1 Digital Link")
	}
	return "", nil, linkError(LinkNoKey, "", offset, "is a web address without a GS1 key, such as /01/ with a GTIN")
}

// shortestCompressed is less than any compressed key: a GTIN takes 10.
const shortestCompressed = 10

// looksCompressed reports whether the last step of the path may be a compressed
// link: file-safe base 64 with capitals, small letters and digits mixed.
func looksCompressed(path string) bool {
	step := path[strings.LastIndexByte(path, '/')+1:]
	var capital, small, digit bool
	for i := range len(step) {
		c := step[i]
		switch {
		case isDigit(c):
			digit = true
		case c >= 'A' && c <= 'Z':
			capital = true
		case c >= 'a' && c <= 'z':
			small = true
		case c != '-' && c != '_':
			return false
		}
	}
	return len(step) >= shortestCompressed && capital && small && digit
}

func (l *Link) readPath(pairs []pair) error {
	for _, p := range pairs {
		if err := l.read(p, false); err != nil {
			return err
		}
	}
	return nil
}

// readQuery reads what stands behind the question mark, which begins at offset.
func (l *Link) readQuery(query string, offset int) error {
	for at := 0; at < len(query); {
		field := query[at:]
		if i := strings.IndexByte(field, '&'); i >= 0 {
			field = field[:i]
		}
		name, value, hasValue := strings.Cut(field, "=")
		switch r := identifiers().named(name); {
		case field == "":
		case !hasValue || !allDigits(name):
			l.Ignored = append(l.Ignored, field)
		case name == "":
			return linkError(UnknownAI, "", offset+at, "has a value without a name behind the question mark")
		case r == nil:
			return linkError(UnknownAI, "", offset+at, fmt.Sprintf("has %s, digits that are no application identifier", shipment.Quoted(name)))
		default:
			if err := l.read(pair{r, value, offset + at + len(name) + 1}, true); err != nil {
				return err
			}
		}
		at += len(field) + 1
	}
	return nil
}

// read decodes a pair, checks it and appends its element.
func (l *Link) read(p pair, inQuery bool) error {
	if p.value == "" {
		return linkError(LinkEmpty, p.rule.ai, p.at, "has no value")
	}
	value := percentDecoded(p.value, inQuery)
	if strings.IndexByte(value, 0) >= 0 {
		return linkError(BadCharacter, p.rule.ai, p.at, "has the character NUL")
	}
	if inQuery && p.rule.ai == "01" {
		switch len(value) {
		case 8, 12, 13:
			value = strings.Repeat("0", 14-len(value)) + value
		}
	}
	if err := p.rule.check(value); err != nil {
		err.Offset = p.at
		return err
	}
	if len(l.Elements) == maxElements {
		return linkError(TooMany, p.rule.ai, p.at, fmt.Sprintf("is one element too many; at most %d", maxElements))
	}
	l.Elements = append(l.Elements, Element{AI: p.rule.ai, Value: value})
	return nil
}

// percentDecoded returns s without percent-encoding. A % that no two hexadecimal
// digits follow stays; plus is a space behind the question mark.
func percentDecoded(s string, inQuery bool) string {
	if strings.IndexByte(s, '%') < 0 && (!inQuery || strings.IndexByte(s, '+') < 0) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case s[i] == '+' && inQuery:
			b = append(b, ' ')
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// checkOrder checks that the first inPath elements are a key with its qualifiers
// in order, and that the others may be attributes.
func (l *Link) checkOrder(inPath int) error {
	key := identifiers().named(l.Elements[0].AI)
	path := l.Elements[1:inPath]
	if !key.takes(path) {
		return linkError(LinkQualifiers, key.ai, 0, "has qualifiers in the path that it does not take, or not in this order")
	}
	for i, e := range l.Elements[inPath:] {
		for _, before := range l.Elements[:inPath+i] {
			if before.AI == e.AI {
				return linkError(LinkRepeated, e.AI, 0, "stands twice in the link")
			}
		}
		if !identifiers().named(e.AI).attribute {
			return linkError(LinkAttribute, e.AI, 0, "must not stand behind the question mark")
		}
		if key.takesAlso(path, e) {
			return linkError(LinkAttribute, e.AI, 0, fmt.Sprintf("belongs into the path, behind (%s)", key.ai))
		}
	}
	return nil
}

// takes reports whether the qualifiers are some of one of the key's sequences,
// in its order.
func (r *rule) takes(qualifiers []Element) bool {
	for _, sequence := range r.sequences {
		n := 0
		for _, ai := range sequence {
			if n < len(qualifiers) && qualifiers[n].AI == ai {
				n++
			}
		}
		if n == len(qualifiers) {
			return true
		}
	}
	return false
}

// takesAlso reports whether e fits in among the qualifiers, at any place.
func (r *rule) takesAlso(qualifiers []Element, e Element) bool {
	if !slices.ContainsFunc(r.sequences, func(sequence []string) bool { return slices.Contains(sequence, e.AI) }) {
		return false
	}
	for i := range len(qualifiers) + 1 {
		with := append(append(append([]Element{}, qualifiers[:i]...), e), qualifiers[i:]...)
		if r.takes(with) {
			return true
		}
	}
	return false
}
