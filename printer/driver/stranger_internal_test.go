package driver

import (
	"strings"
	"testing"
)

func TestStranger(t *testing.T) {
	for said, want := range map[string]string{
		"HTTP/1.1 400 Bad Request\r\n":       "a web server",
		"\r\n<html><body>":                   "a web server",
		"SSH-2.0-OpenSSH_9.6\r\n":            "a remote shell",
		"220 ready\r\n":                      "a file or mail server",
		"\x15\x03\x01\x00\x02\x02\x16":       "a server of encrypted connections",
		"\xff\xfb\x01\xff\xfb\x03login: ":    "a terminal server",
		"! U1 getvar \"device.languages\"":   "an echo of what is sent",
		"":                                   "",
		"\"zpl\"":                            "",
		"\x02ZD421,V93.21.26Z,8,8192KB\x03":  "",
		"\x02\r\n  PRINTER STATUS  \r\n\x03": "",
		"PQ JOB COMPLETED":                   "",
		strings.Repeat(" ", 100) + "HTTP/":   "",
	} {
		var c conversation
		for i := range len(said) { // byte by byte, as slow lines bring it
			c.received([]byte{said[i]})
		}
		if got, is := c.stranger(); got != want || is != (want != "") {
			t.Errorf("%.20q is %q, %v; want %q", said, got, is, want)
		}
	}
}

func TestIsLanguage(t *testing.T) {
	for s, want := range map[string]bool{
		"epl": true, "line_print": true, "hybrid_xml_zpl": true, "EPL, CPCL": true,
		"": false, " ": false, "\x00\xff": false, "<b>": false, strings.Repeat("a", 41): false,
	} {
		if got := isLanguage(s); got != want {
			t.Errorf("isLanguage(%q) = %v, want %v", s, got, want)
		}
	}
}
