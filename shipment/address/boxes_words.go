package address

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// boxTable is the phrases, a row each: kind, what must follow, countries ("*"
// all): phrase. Words are lower case without accents, as boxWords cuts them.
//
// Kinds: box, kept, locker. Followed by: - anything, # a number, = a number and
// the end. A leading ^ ties the phrase to the start of the line, @ to the city.
//
// The words are those that posts and shops of these languages use (general
// knowledge; USPS Publication 28 for CALLER, DRAWER, LOCKBOX and BIN; Deutsche
// Post, La Poste and Australia Post name theirs on their addressing pages).
const boxTable = `
box - *: po box
box - *: p o box
box - *: pobox
box # *: p0 box
box # *: p 0 box
box # *: pob
box # *: p o b
box - *: post office box
box - *: postal box
box # *: post box
box # *: postbox
box # *: p box
box - *: gpo box
box - *: g p o box
box # *: gpo
box - *: private bag
box - *: locked bag
box - *: private mail bag
box # AU NZ ZA BW ZM MW: mail bag
box # AU: community mail bag
box # AU: cmb
box - *: care po
box = US PR GU VI CA: ^box
box # US PR GU VI CA: ^drawer
box # US PR GU VI CA: ^po drawer
box # US PR GU VI CA: ^p o drawer
box # US PR GU VI CA: ^caller
box # US PR GU VI CA: ^firm caller
box # US PR GU VI CA: ^lockbox
box # US PR GU VI CA: ^lock box
box # US PR GU VI CA: ^bin
box - *: postfach
box - *: briefpostfach
box = DE AT CH LI HU: ^pf
box # HU: pf
box # HU: postafiok
box # FR MC BE LU CH CI SN CM MA TN DZ MG GA BJ BF ML NE TG CD CG GN TD CF DJ KM MR RW BI HT LB PF NC RE GP MQ GF YT PM WF MF BL: bp
box # FR MC BE LU CH CI SN CM MA TN DZ MG GA BJ BF ML NE TG CD CG GN TD CF DJ KM MR RW BI HT LB PF NC RE GP MQ GF YT PM WF MF BL: b p
box # FR MC GP MQ GF RE: cs
box # FR MC: tsa
box - FR MC GP MQ GF RE PM NC PF YT BL MF: @cedex
box - *: boite postale
box - *: case postale
box - *: casella postale
box # IT SM VA CH: c p
box # IT SM VA CH CA: ^cp
box # CA: c p
box - CA: case postale
box # IT CH: cas post
box - *: caixa postal
box # BR: cx postal
box # BR: ^cx p
box - *: postbus
box # NL BE: antwoordnummer
box - *: postboks
box # NO DK: ^boks
box # SE FI AX: ^box
box # FI AX: ^pl
box # FI AX: ^pb
box - FI AX: postilokero
box - FI AX: postlada
box - *: postholf
box - *: apartado postal
box - *: apartado de correos
box - *: apartado de correo
box - *: apartado aereo
box # *: apartado
box # *: apdo
box - *: apdo postal
box - *: apdo de correos
box - *: apdo correos
box # *: aptdo
box - *: aptdo postal
box # MX ES AR CO: ^ap
box # MX ES AR CO: ^a p
box # CO: ^aa
box # CO: a a
box # *: casilla
box - *: casilla de correo
box - *: casilla de correos
box - *: casilla postal
box # CL: clasificador
box # AR UY: ^cc
box - *: skrytka pocztowa
box - *: skr poczt
box - *: skr pocztowa
box # PL: ^skr
box - *: postovni prihradka
box - *: post prihradka
box - *: postova prihradka
box - *: postovy priecinok
box - *: postanski pretinac
box - *: postanski fah
box - *: postni predal
box # HR SI RS BA ME: ^p p
box # HR SI RS BA ME: ^pp
box - *: casuta postala
box # RO: ^c p
box # RO: ^cp
box - *: posta kutusu
box # TR: p k
box # TR: ^pk
box # LT: ^a / d
box # LV: ^a / k
box # EE: postkast
box - *: hom thu
box - *: hop thu
box - *: kotak pos
box - *: tromol pos
box - *: peti surat
box - *: beg berkunci
box - *: а / я
box - *: а я
box - *: абонентскии ящик
box - *: а / с
box - *: абонентська скринька
box - *: поштова скринька
box - *: пощенска кутия
box # BG: п к
box # BG: пк
box # RS BA ME: пф
box - *: поштански фах
box - GR CY: ταχυδρομικη θυριδα
box - *: ταχ θυρ
box # GR CY: τ θ
box # GR CY: τθ
box - *: صندوق بريد
box - *: صندوق البريد
box - *: صندوق پستی
box # *: ص ب
box - *: תא דואר
box # *: ת ד
box # *: תד
box - GB: ^freepost
kept - *: general delivery
kept - *: poste restante
kept - *: post restante
kept - *: postlagernd
kept - *: hauptpostlagernd
kept - *: lista de correos
kept - *: fermo posta
kept - *: fermoposta
kept - *: до востребования
locker - *: packstation
locker - *: postfiliale
locker - *: paketbox
locker - *: paketshop
locker - *: postabholstation
locker - AT: abholstation
locker - CH LI: mypost
locker - CH LI: my post 24
locker - *: pickpost
locker - *: paczkomat
locker - *: paczkomaty
locker - *: parcel locker
locker - *: parcel lockers
locker - AU: parcel collect
locker - *: parcel point
locker - *: parcelpoint
locker - *: pickup point
locker - *: pick up point
locker - *: pickup station
locker - *: inpost locker
locker - *: amazon locker
locker - *: amazon hub
locker - *: hermes paketshop
locker - *: mondial relay
locker - *: point relais
locker - *: relais pickup
locker - *: relais colis
locker - *: pickup relais
locker - *: pakkeboks
locker - *: pakkeautomat
locker - *: pakkeshop
locker - *: paketautomat
locker - *: instabox
locker - *: citypaq
locker - *: punto pack
locker - *: alzabox
locker - *: balikovna
locker - *: zasilkovna
locker - *: foxpost
locker - *: pakiautomaat
locker - *: easybox
locker - *: постамат
locker - *: почтомат
locker - *: поштомат
`

// boxPhrases are the rows of boxTable by their first word.
var boxPhrases = sync.OnceValue(func() map[string][]boxPhrase {
	kinds := map[string]boxKind{"box": postBox, "kept": keptThere, "locker": aLocker}
	needs := map[string]need{"-": nothing, "#": number, "=": numberOnly}
	out := map[string][]boxPhrase{}
	for line := range strings.Lines(boxTable) {
		head, phrase, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		f := strings.Fields(head)
		p := boxPhrase{kind: kinds[f[0]], needs: needs[f[1]], in: strings.Join(f[2:], " ")}
		if p.in == "*" {
			p.in = ""
		}
		words := strings.Fields(phrase)
		words[0], p.onlyTop = strings.CutPrefix(words[0], "^")
		words[0], p.inCity = strings.CutPrefix(words[0], "@")
		p.rest = words[1:]
		out[words[0]] = append(out[words[0]], p)
	}
	return out
})

// A boxSign marks a box in scripts that put no spaces between words.
type boxSign struct {
	text   string
	kind   boxKind
	digits bool // a number must stand next to it
}

var boxSigns = []boxSign{
	{"私書箱", postBox, false},
	{"私書函", postBox, false},
	{"郵便局留", keptThere, false},
	{"局留", keptThere, false},
	{"邮政信箱", postBox, false},
	{"郵政信箱", postBox, false},
	{"专用信箱", postBox, false},
	{"號信箱", postBox, false},
	{"号信箱", postBox, false},
	{"信箱", postBox, true},
	{"사서함", postBox, false},
	{"우체국유치", keptThere, false},
	{"ตู้ ปณ", postBox, false},
	{"ตู้ปณ", postBox, false},
	{"ตู้ไปรษณีย์", postBox, false},
	{"ป.ณ.", postBox, true},
	{"डाक पेटी", postBox, false},
	{"宅配ロッカーPUDO", aLocker, false},
	{"PUDOステーション", aLocker, false},
	{"菜鸟驿站", aLocker, false},
	{"丰巢", aLocker, false},
	{"快递柜", aLocker, false},
	{"智能柜", aLocker, false},
	{"智能櫃", aLocker, false},
	{"自提柜", aLocker, false},
	{"順便自提", aLocker, false},
}

func (s boxSign) applies(line string, i int) bool {
	if !s.digits {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(strings.TrimRight(line[:i], " 第號号"))
	after, _ := utf8.DecodeRuneInString(strings.TrimLeft(line[i+len(s.text):], " :：第"))
	return unicode.IsDigit(before) || unicode.IsDigit(after)
}
