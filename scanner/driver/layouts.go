package driver

import (
	"slices"
	"strings"
)

// A layout is which characters the keys of a keyboard stand for. Scanners that
// type are set to the layout of the computer they were meant for.
//
// The rows are those of the standards (ANSI INCITS 154 for us, BS 4822 for gb,
// DIN 2137 T1 for de, the customary AZERTY for fr), as Windows has them, for
// which scanners are made; written from general knowledge and held by tests to
// give every character of ASCII. A blank is a key that stands for nothing there.
type layout struct {
	name                string
	plain, shift, altGr string // one character for each of positions
	dead                string // which of them are accents that wait for their letter
}

// positions are the keys of a layout by their codes in
// linux/input-event-codes.h, row by row as they lie.
var positions = [48]uint16{
	41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
	30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43,
	86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53,
}

// layouts returns the layouts there are. A row of them is spread over lines for
// the eye; rows is what joins them.
func layouts() []layout {
	rows := func(r ...string) string { return strings.Join(r, "") }
	return []layout{
		{
			name:  "us",
			plain: rows("`1234567890-=", "qwertyuiop[]", `asdfghjkl;'\`, `\zxcvbnm,./`),
			shift: rows("~!@#$%^&*()_+", "QWERTYUIOP{}", `ASDFGHJKL:"|`, `|ZXCVBNM<>?`),
		},
		{
			name:  "gb",
			plain: rows("`1234567890-=", "qwertyuiop[]", `asdfghjkl;'#`, `\zxcvbnm,./`),
			shift: rows(`¬!"£$%^&*()_+`, "QWERTYUIOP{}", `ASDFGHJKL:@~`, `|ZXCVBNM<>?`),
			altGr: rows("¦   €        ", "  é   úíó   ", "á           ", "           "),
		},
		{
			name:  "de",
			plain: rows("^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"),
			shift: rows("°!\"§$%&/()=?`", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"),
			altGr: rows(`  ²³   {[]}\ `, "@ €        ~", "            ", "|      µ   "),
			dead:  "^´`",
		},
		{
			name:  "fr",
			plain: rows(`²&é"'(-è_çà)=`, "azertyuiop^$", "qsdfghjklmù*", "<wxcvbn,;:!"),
			shift: rows(" 1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", ">WXCVBN?./§"),
			altGr: rows("  ~#{[|`\\^@]}", "  €        ¤", "            ", "           "),
			dead:  "^¨~`",
		},
	}
}

// isDead reports whether a key's character waits for its letter. The French
// keyboard has ^ twice, and only the one beside P waits.
func (l layout) isDead(code uint16, c rune) bool {
	if l.name == "fr" && c == '^' && code == 10 {
		return false
	}
	return strings.ContainsRune(l.dead, c)
}

// layoutNamed returns the layout of that name; the empty one is us.
func layoutNamed(name string) (layout, bool) {
	if name == "" {
		name = "us"
	}
	all := layouts()
	i := slices.IndexFunc(all, func(l layout) bool { return l.name == name })
	if i < 0 {
		return layout{}, false
	}
	return all[i], true
}

func layoutNames() []string {
	var names []string
	for _, l := range layouts() {
		names = append(names, l.name)
	}
	return names
}

// A key is what one key stands for; 0 is nothing.
type key struct{ plain, shift, altGr rune }

// keys returns the layout by key code.
func (l layout) keys() map[uint16]key {
	plain, shift, altGr := []rune(l.plain), []rune(l.shift), []rune(l.altGr)
	at := func(row []rune, i int) rune {
		if i >= len(row) || row[i] == ' ' {
			return 0
		}
		return row[i]
	}
	m := make(map[uint16]key, len(positions))
	for i, code := range positions {
		m[code] = key{at(plain, i), at(shift, i), at(altGr, i)}
	}
	return m
}
