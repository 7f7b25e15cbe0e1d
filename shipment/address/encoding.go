package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// encoding mends what a program on the way has done to the text: entities of
// web pages, UTF-8 taken for Windows-1252. It names what cannot be mended.
func (c *checker) encoding(f field) {
	if !utf8.ValidString(*f.p) {
		c.issue(f.name, Unprintable, Error, "the text is not UTF-8; export it again as UTF-8")
		c.change(f.name, f.p, strings.ToValidUTF8(*f.p, ""), "bytes that are no text removed")
	}
	c.change(f.name, f.p, unescape(*f.p), "written for a web page; the character itself put in its place")
	c.change(f.name, f.p, undoWindows1252(*f.p), "UTF-8 text that had been read as Windows-1252, read again")
	if questionInWord(*f.p) {
		c.issue(f.name, LostCharacter, Warning, "%q: a question mark inside a word stands where an export lost a letter; look it up", *f.p)
	}
}

var entities = strings.NewReplacer("&amp;", "&", "&#39;", "'", "&#039;", "'", "&#x27;", "'", "&apos;", "'", "&quot;", `"`, "&nbsp;", " ", "&lt;", "<", "&gt;", ">")

func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return entities.Replace(s)
}

// undoWindows1252 returns the text that was encoded twice, such as Müller of
// MÃ¼ller. It acts only where every character beyond ASCII takes part, which
// does not happen by chance.
func undoWindows1252(s string) string {
	if !strings.ContainsAny(s, "ÂÃÄÅÆÐÑÎÏáâ") {
		return s
	}
	raw := make([]byte, 0, len(s))
	for _, r := range s {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok && r >= 0x80 && r <= 0x9f { // the five bytes that Windows-1252 leaves free
			b, ok = byte(r), true
		}
		if !ok {
			return s
		}
		raw = append(raw, b)
	}
	if !utf8.Valid(raw) || utf8.RuneCount(raw) == len(raw) {
		return s
	}
	return string(raw)
}

func questionInWord(s string) bool {
	in := []rune(s)
	for i := 1; i+1 < len(in); i++ {
		if in[i] == '?' && unicode.IsLetter(in[i-1]) && unicode.IsLetter(in[i+1]) {
			return true
		}
	}
	return false
}
