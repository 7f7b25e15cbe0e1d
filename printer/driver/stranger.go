package driver

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// errNotTaken is what a question meets on a line that takes no more data: the printer
// is full or has stopped reading.
var errNotTaken = errors.New("the printer does not take the data")

// banners are how programs begin to speak that are no label printers. Raw data
// has no handshake, so that a wrong address is noticed by this alone.
func banners() []struct{ begin, who string } {
	return []struct{ begin, who string }{
		{"HTTP/", "a web server"},
		{"<!DOCTYPE", "a web server"},
		{"<html", "a web server"},
		{"SSH-", "a remote shell"},
		{"220 ", "a file or mail server"},
		{"220-", "a file or mail server"},
		{"\x15\x03", "a server of encrypted connections"},
		{"\xff\xfb", "a terminal server"}, // telnet's options
		{"\xff\xfd", "a terminal server"},
		{"! U1 getvar", "an echo of what is sent"},
		{"~H", "an echo of what is sent"},
	}
}

// maxHead is how much of the first words is looked at.
const maxHead = 64

// received notes the first words on the line, and returns p.
func (c *conversation) received(p []byte) []byte {
	if room := maxHead - len(c.head); room > 0 {
		c.head = append(c.head, p[:min(room, len(p))]...)
	}
	return p
}

// stranger returns what answers in a printer's place, if its first words tell.
func (c *conversation) stranger() (who string, is bool) {
	said := bytes.TrimLeft(c.head, " \r\n")
	for _, b := range banners() {
		if bytes.HasPrefix(said, []byte(b.begin)) {
			return b.who, true
		}
	}
	return "", false
}

// strangerDetail tells whoever mends it what answers.
func strangerDetail(who string) string {
	return fmt.Sprintf("%s answers there, and no label printer; correct the link in the configuration", who)
}

// isLanguage reports whether s may be the name of a printer's language, as zpl or
// line_print: anything else in its place is noise.
func isLanguage(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && len(s) <= 40 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-,+ ", r)
	})
}
