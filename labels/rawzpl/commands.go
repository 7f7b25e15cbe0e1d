package rawzpl

import "strings"

// A kind is what becomes of a command.
type kind int

const (
	unknown  kind = iota
	begin         // ^XA
	end           // ^XZ
	fieldEnd      // ^FS
	escape        // ^FH
	data          // a field's data
	graphic       // a picture
	quantity      // ^PQ
	prefix        // ^CC, ^CT, ^CD
	units         // ^MU
	mark          // it prints something by itself
	place         // it says where and how, until the label or the station's next label says otherwise
	lasting       // the same, and is undone at the label's end
	remark        // a comment, which is not sent
	setting       // it sets the printer up, and is left out
)

// kinds is what a label may consist of. Of the kind place are only commands that
// hold for a field or a format, and those that every label of the station sets
// for itself: the next label must not suffer from this one.
var kinds = table(map[kind]string{
	begin: "XA", end: "XZ", fieldEnd: "FS", escape: "FH", data: "FD FV", graphic: "GF", quantity: "PQ",
	prefix:  "CC CT CD",
	units:   "MU",
	mark:    "GB GC GD GE XG IM",
	place:   "A A@ B0 B1 B2 B3 B4 B5 B7 B8 B9 BA BB BC BD BE BF BI BJ BK BL BM BO BP BQ BR BS BT BU BX BY BZ CF CI FB FC FM FO FP FR FT GS JM LH LL LR LS PM PO PW TB",
	lasting: "CV FW PA",
	remark:  "FX",
	setting: "JZ LT MC MD MF ML MM MN MT PF PR SZ XB XS",
})

// settings are the control commands that are left out like settings.
const settings = "JS SD TA"

// restores undoes what is lasting.
var restores = map[string]string{"CV": "^CVN", "FW": "^FWN,0", "PA": "^PA0,0,0,0"}

func table(lists map[kind]string) map[string]kind {
	t := make(map[string]kind)
	for k, names := range lists {
		for _, name := range strings.Fields(names) {
			t[name] = k
		}
	}
	return t
}

func kindOf(c command) kind {
	switch {
	case !c.control && c.name == "JU" && strings.EqualFold(strings.TrimSpace(string(c.args)), "S"):
		return setting // label programs write it with their settings; what is left of them without is not kept
	case !c.control:
		return kinds[c.name]
	case changesPrefix(c.name):
		return prefix
	case has(settings, c.name):
		return setting
	}
	return unknown
}

func has(names, name string) bool {
	for have := range strings.FieldsSeq(names) {
		if have == name {
			return true
		}
	}
	return false
}

// A ban is why commands are never let in. It changes no decision, for what is
// not known is refused as well; but it says why.
type ban struct{ names, why, remedy string }

// bans holds for both prefixes. It is sorted from general knowledge of ZPL II, not
// command by command from its guide.
var bans = []ban{
	{"JU JR JQ JT JL JC JG JJ JW JN JO JI KD KL KN KP KV NB NC ND NI NN NP NR NS NT NW PN SC SE SI SL SO SP SR SS ST CO CW CM FL LF MA MI MP MW RO RE WS WX WV ZZ", "changes how the printer is set up", "leave it out; the station's IT sets the printer up"},
	{"DY DF DG DB DE DS DT DU DN IS TO", "stores data in the printer", "send pictures within the label, as ^GFA, and whole labels without ^DF"},
	{"ID EG EF JB JA JX", "erases what the printer holds", "leave it out"},
	{"HF HG HY HZ HW HH HT HV HL HR HK HQ HI HS HM HD HB HU", "makes the printer send data back, where the station waits for its state", "leave it out; GET /v1/printers says how the printer is"},
	{"SX SQ", "has the printer send messages elsewhere", "leave it out"},
	{"WC WD WQ WR WL WT JD JE JF JH JP PH PP PS PL", "feeds, prints or stops by itself, which upsets the count of labels", "leave it out"},
	{"XF FN IL FE", "takes its content from what the printer holds", "send the whole label"},
	{"SN SF", "has the printer count, which is wrong after a lost label", "number the labels yourself: one format a label"},
	{"RB RF RI RM RN RQ RS RT RU RV RW RZ RA RL HX", "writes or reads RFID tags, which is not built", "leave it out"},
}

// denied returns why a command is never let in; empty where no ban names it.
func denied(c command) (why, remedy string) {
	if kindOf(c) != unknown {
		return "", ""
	}
	for _, b := range bans {
		if has(b.names, c.name) {
			return b.why, b.remedy
		}
	}
	if c.control {
		return "is a control command, which acts at once and not on this label", "leave it out; a ~ that is text is written as _7E, with ^FH before the ^FD"
	}
	return "", ""
}
