package layout

import (
	"unicode/utf8"

	"waybill/labels/fonts"
	"waybill/labels/template"
)

// han returns whose forms of Chinese characters content is drawn in. The
// parcel is read where it goes: by the post of the destination, or, where that
// writes no such characters, by whoever packs it. Content without them has no
// such forms, so that it is the same wherever the parcel goes.
func (l *layout) han(e template.Element, content string) fonts.Han {
	if !regional(content) {
		return fonts.AnyHan
	}
	to, from := l.data.Way()
	if e.Language == template.Sender {
		return fonts.HanOf(from)
	}
	for _, language := range []string{e.Language, l.t.Language} {
		if h, ok := fonts.HanNamed(language); ok {
			return h
		}
	}
	if h := fonts.HanOf(to); h != fonts.AnyHan {
		return h
	}
	return fonts.HanOf(from)
}

func regional(s string) bool {
	for i := 0; i < len(s); {
		if s[i] < 0xE1 { // begins a character before U+1000
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if fonts.Regional(r) {
			return true
		}
		i += n
	}
	return false
}
