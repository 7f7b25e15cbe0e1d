package driver

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Key codes of linux/input-event-codes.h that are no characters.
const (
	keyEsc        = 1
	keyBackspace  = 14
	keyTab        = 15
	keyEnter      = 28
	keyLeftCtrl   = 29
	keyLeftShift  = 42
	keyRightShift = 54
	keyKPAsterisk = 55
	keyLeftAlt    = 56
	keySpace      = 57
	keyCapsLock   = 58
	keyNumLock    = 69
	keyScrollLock = 70
	keyKPMinus    = 74
	keyKPPlus     = 78
	keyKPDot      = 83
	keyKPEnter    = 96
	keyRightCtrl  = 97
	keyKPSlash    = 98
	keyRightAlt   = 100
	keyLeftMeta   = 125
	keyRightMeta  = 126
	keyMax        = 0x2FF
)

// keypad are the keys of the number pad; they are digits whatever Num Lock says,
// because a scanner types nothing else there.
var keypad = map[uint16]byte{
	82: '0', 79: '1', 80: '2', 81: '3', 75: '4', 76: '5', 77: '6', 71: '7', 72: '8', 73: '9',
	keyKPAsterisk: '*', keyKPMinus: '-', keyKPPlus: '+', keyKPDot: '.', keyKPSlash: '/',
}

// controls are the control characters that Ctrl makes with keys that stand for no
// letter, by where they lie on every layout: Ctrl+] is GS.
var controls = map[uint16]byte{3: 0x00, 26: 0x1B, 43: 0x1C, 27: 0x1D, 7: 0x1E, 12: 0x1F}

// A typed is what one key stroke adds to a scan.
type typed struct {
	text []byte
	end  bool   // the key is one that ends a scan: Enter, or Tab
	bad  string // not empty: the stroke means nothing that a scan can hold
}

// A keyboard makes characters of key strokes, as a computer's would that is set
// to the scanner's layout. It knows nothing of scans.
type keyboard struct {
	layout layout
	keys   map[uint16]key
	down   map[uint16]bool
	caps   bool
	accent rune   // waits for its letter
	digits string // typed on the number pad while Alt is held
}

func newKeyboard(l layout) *keyboard {
	return &keyboard{layout: l, keys: l.keys(), down: map[uint16]bool{}}
}

// reset sets which keys are held, after strokes were lost, and forgets what was
// half typed. Caps Lock is off: a scanner that uses it switches it on and off
// again for each scan.
func (k *keyboard) reset(held []uint16) {
	clear(k.down)
	for _, code := range held {
		k.down[code] = true
	}
	k.caps, k.accent, k.digits = false, 0, ""
}

func (k *keyboard) any(codes ...uint16) bool {
	for _, c := range codes {
		if k.down[c] {
			return true
		}
	}
	return false
}

// release is a key let go. Letting go of Alt ends a number typed with it.
func (k *keyboard) release(code uint16) typed {
	delete(k.down, code)
	if code != keyLeftAlt || k.digits == "" {
		return typed{}
	}
	digits := k.digits
	k.digits = ""
	b, ok := altNumber(digits)
	if !ok {
		return typed{bad: fmt.Sprintf("Alt+%s is no character", digits)}
	}
	return k.flush(b)
}

// press is a key pressed down; a key that the system repeats because it is held
// is none.
func (k *keyboard) press(code uint16) typed {
	if k.down[code] {
		return typed{} // pressed twice without being let go: a stroke that was repeated
	}
	k.down[code] = true
	switch code {
	case keyLeftShift, keyRightShift, keyLeftCtrl, keyRightCtrl, keyLeftAlt, keyRightAlt, keyNumLock, keyScrollLock:
		return typed{}
	case keyCapsLock:
		k.caps = !k.caps
		return typed{}
	case keyLeftMeta, keyRightMeta:
		return typed{bad: "the scanner types a shortcut"}
	case keyEnter, keyKPEnter:
		t := k.flush([]byte{'\r'})
		t.end = true
		return t
	case keyTab:
		t := k.flush([]byte{'\t'})
		t.end = true
		return t
	case keyEsc:
		return k.flush([]byte{0x1B})
	case keyBackspace:
		return k.flush([]byte{0x08})
	}
	if c, ok := keypad[code]; ok {
		if k.down[keyLeftAlt] && c >= '0' && c <= '9' {
			if len(k.digits) <= maxDigits {
				k.digits += string(rune(c))
			}
			return typed{}
		}
		return k.flush([]byte{c})
	}
	return k.character(code)
}

func (k *keyboard) character(code uint16) typed {
	altGr := k.down[keyRightAlt] || (k.down[keyLeftAlt] && k.any(keyLeftCtrl, keyRightCtrl)) // as Windows has it
	key, known := k.keys[code]
	if code == keySpace {
		key, known = struct{ plain, shift, altGr rune }{' ', ' ', ' '}, true
	}
	shift := k.any(keyLeftShift, keyRightShift)
	c := key.plain
	switch {
	case altGr:
		c = key.altGr
	case k.caps && unicode.IsLetter(key.plain) && unicode.ToUpper(key.plain) == key.shift:
		if !shift {
			c = key.shift
		}
	case shift:
		c = key.shift
	}
	switch {
	case known && !altGr && k.any(keyLeftCtrl, keyRightCtrl):
		return k.control(code, key.plain)
	case known && !altGr && k.down[keyLeftAlt]:
		return typed{bad: fmt.Sprintf("Alt with key %d is no character", code)}
	case c == 0:
		return typed{bad: fmt.Sprintf("key %d stands for no character in the layout %s", code, k.layout.name)}
	case k.layout.isDead(code, c):
		return k.wait(c)
	}
	return k.letter(c)
}

// control is a key pressed with Ctrl.
func (k *keyboard) control(code uint16, c rune) typed {
	if b, ok := controls[code]; ok {
		return k.flush([]byte{b})
	}
	if c >= 'a' && c <= 'z' {
		return k.flush([]byte{byte(c) & 0x1F})
	}
	return typed{bad: fmt.Sprintf("Ctrl with key %d is no character", code)}
}

// combining are the accents as they follow their letter in Unicode.
var combining = map[rune]rune{'^': 0x302, '´': 0x301, '`': 0x300, '¨': 0x308, '~': 0x303}

// wait keeps an accent until the next stroke; one that waits already comes out
// as it is.
func (k *keyboard) wait(accent rune) typed {
	t := k.flush(nil)
	k.accent = accent
	return t
}

// letter adds a character, under the accent that waits for it.
func (k *keyboard) letter(c rune) typed {
	accent := k.accent
	if accent == 0 {
		return typed{text: utf8.AppendRune(nil, c)}
	}
	if c == ' ' { // an accent by itself is typed with a blank
		k.accent = 0
		return typed{text: utf8.AppendRune(nil, accent)}
	}
	both := norm.NFC.String(string([]rune{c, combining[accent]}))
	if utf8.RuneCountInString(both) == 1 {
		k.accent = 0
		return typed{text: []byte(both)}
	}
	return k.flush(utf8.AppendRune(nil, c))
}

// flush adds text, behind an accent that waits for a letter in vain.
func (k *keyboard) flush(text []byte) typed {
	if k.accent != 0 {
		text = append(utf8.AppendRune(nil, k.accent), text...)
		k.accent = 0
	}
	return typed{text: text}
}

// maxDigits is the longest number typed with Alt; a longer one is none.
const maxDigits = 5

// altNumber is the character of a number typed with Alt: with a leading zero one
// of Windows-1252, without one of the older code page 437. Control characters are
// themselves in both, because that is what scanners type them for.
func altNumber(digits string) ([]byte, bool) {
	n, err := strconv.Atoi(digits)
	if err != nil || n > 255 || len(digits) > maxDigits {
		return nil, false
	}
	if n < 0x80 {
		return []byte{byte(n)}, true
	}
	page := charmap.CodePage437
	if digits[0] == '0' {
		page = charmap.Windows1252
	}
	r := page.DecodeByte(byte(n))
	return utf8.AppendRune(nil, r), r != utf8.RuneError
}
