package address

// A format is how a country writes an address.
type format struct {
	// layout is the label from top to bottom: lines divided by "|", words by
	// spaces. N name, O organisation, A address lines, D district, C city,
	// S region, Z postcode; other characters of a word are printed only with
	// the field they stand at. "_" prints a space, a leading "," or "/" no space
	// before the word.
	layout string
	// local is the layout of an address written in the country's own script,
	// where that runs from big to small.
	local string
	// require names the fields the post cannot do without; "R" is city or region.
	require string
	// upper names the fields the post wants in upper case.
	upper string
	// zip is what a postcode is, as shapes divided by spaces: 9 a digit, A a
	// letter, * either, other characters themselves, "_" a space. Empty: any.
	zip string
	// zipRE, where shapes are too weak, must match the whole postcode too.
	zipRE string
	// noZip says that the country has no postcodes.
	noZip bool
}

// formats are the countries whose addresses are checked beyond their being
// complete. Of any other country only name, street and city are asked.
var formats = map[string]format{
	"US": {layout: "N|O|A|D|C S Z", require: "CSZ", upper: "CS", zip: "99999 99999-9999"},
	"CA": {layout: "N|O|A|D|C S _Z", require: "CSZ", upper: "NOADCSZ", zip: "A9A_9A9", zipRE: `[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d`},
	"MX": {layout: "N|O|A|D|Z C ,_S", require: "CZ", upper: "CSZ", zip: "99999"},
	"GB": {
		layout: "N|O|A|D|C|S|Z", require: "CZ", upper: "CZ", zip: "A9_9AA A99_9AA A9A_9AA AA9_9AA AA99_9AA AA9A_9AA AAA_9AA BFPO_9 BFPO_99 BFPO_999 BFPO_9999",
		zipRE: `GIR 0AA|BFPO \d{1,4}|[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRV-Y]?) \d[ABD-HJLNP-UW-Z]{2}`,
	},
	"IE": {layout: "N|O|A|D|C|S|Z", require: "C", upper: "CZ", zip: "A**_****", zipRE: `(?:[AC-FHKNPRTV-Y]\d{2}|D6W) [0-9AC-FHKNPRTV-Y]{4}`},
	"DE": {layout: "N|O|A|D|Z C", require: "CZ", zip: "99999"},
	"AT": {layout: "N|O|A|D|Z C", require: "CZ", zip: "9999"},
	"CH": {layout: "N|O|A|D|Z C", require: "CZ", zip: "9999"},
	"LI": {layout: "N|O|A|D|Z C", require: "CZ", zip: "9999"},
	"FR": {layout: "O|N|A|D|Z C", require: "CZ", upper: "C", zip: "99999"},
	"MC": {layout: "O|N|A|D|Z C", require: "CZ", upper: "C", zip: "99999", zipRE: `980\d\d`},
	"BE": {layout: "O|N|A|D|Z C", require: "CZ", zip: "9999"},
	"NL": {layout: "O|N|A|D|Z _C", require: "CZ", upper: "CZ", zip: "9999_AA", zipRE: `[1-9]\d{3} [A-Z]{2}`},
	"LU": {layout: "O|N|A|D|Z C", require: "CZ", zip: "9999"},
	"ES": {layout: "N|O|A|D|Z C (S)", require: "CZ", upper: "CS", zip: "99999", zipRE: `(?:0[1-9]|[1-4]\d|5[0-2])\d{3}`},
	"PT": {layout: "N|O|A|D|Z C", require: "CZ", upper: "C", zip: "9999-999 9999"},
	"IT": {layout: "N|O|A|D|Z C S", require: "CZ", upper: "CS", zip: "99999"},
	"SM": {layout: "N|O|A|D|Z C", require: "CZ", upper: "C", zip: "99999", zipRE: `4789\d`},
	"SE": {layout: "O|N|A|D|Z _C", require: "CZ", upper: "C", zip: "999_99"},
	"NO": {layout: "N|O|A|D|Z C", require: "CZ", upper: "C", zip: "9999"},
	"DK": {layout: "N|O|A|D|Z C", require: "CZ", zip: "9999"},
	"FI": {layout: "O|N|A|D|Z C", require: "CZ", upper: "C", zip: "99999"},
	"IS": {layout: "N|O|A|D|Z C", require: "CZ", zip: "999"},
	"PL": {layout: "N|O|A|D|Z C", require: "CZ", zip: "99-999"},
	"CZ": {layout: "N|O|A|D|Z _C", require: "CZ", zip: "999_99"},
	"SK": {layout: "N|O|A|D|Z _C", require: "CZ", zip: "999_99"},
	"HU": {layout: "N|O|C|D|A|Z", require: "CZ", upper: "C", zip: "9999"},
	"RO": {layout: "N|O|A|D|Z C|S", require: "CZ", zip: "999999"},
	"BG": {layout: "N|O|A|D|Z C", require: "CZ", zip: "9999"},
	"GR": {layout: "N|O|A|D|Z C", require: "CZ", upper: "C", zip: "999_99"},
	"HR": {layout: "N|O|A|D|Z C", require: "CZ", upper: "C", zip: "99999"},
	"SI": {layout: "N|O|A|D|Z C", require: "CZ", upper: "C", zip: "9999"},
	"EE": {layout: "N|O|A|D|Z C", require: "CZ", zip: "99999"},
	"LV": {layout: "N|O|A|D|C ,_Z", require: "CZ", zip: "LV-9999 9999"},
	"LT": {layout: "O|N|A|D|Z C", require: "CZ", zip: "LT-99999 99999"},
	"MT": {layout: "N|O|A|D|C|Z", require: "CZ", upper: "CZ", zip: "AAA_9999 AAA_99"},
	"CY": {layout: "N|O|A|D|Z C", require: "CZ", zip: "9999"},
	"TR": {layout: "N|O|A|D|Z C /S", require: "CZ", zip: "99999"},
	"UA": {layout: "N|O|A|D|C|S|Z", require: "CZ", zip: "99999"},
	"RU": {layout: "N|O|A|D|C|S|Z", require: "CZ", upper: "C", zip: "999999"},
	"KZ": {layout: "N|O|A|D|C|S|Z", require: "C", zip: "999999 A99*9*9"},
	"IL": {layout: "N|O|A|D|C Z", require: "C", zip: "9999999 99999"},
	"AE": {layout: "N|O|A|D|C|S", require: "R", noZip: true},
	"SA": {layout: "N|O|A|D|C Z", require: "C", zip: "99999 99999-9999"},
	"QA": {layout: "N|O|A|D|C|S", require: "C", noZip: true},
	"IN": {layout: "N|O|A|D|C Z|S", require: "CSZ", zip: "999999", zipRE: `[1-9]\d{5}`},
	"CN": {layout: "N|O|A|D|C|S Z", local: "Z|SCD|A|O|N", require: "CSZ", zip: "999999"},
	"TW": {layout: "N|O|A|D|C ,_S Z", local: "Z|SCD|A|O|N", require: "CZ", zip: "999 99999 999999 999-99 999-999"},
	"HK": {layout: "N|O|A|D|C|S", local: "SCD|A|O|N", require: "R", noZip: true},
	"MO": {layout: "N|O|A|D|C|S", local: "SCD|A|O|N", noZip: true},
	"JP": {layout: "N|O|A|D|C ,_S|Z", local: "〒Z|SCD|A|O|N", require: "SZ", zip: "999-9999"},
	"KR": {layout: "N|O|A|D|C|S|Z", local: "S_C_D|A|O|N|Z", require: "CZ", zip: "99999"},
	"SG": {layout: "N|O|A|D|C Z", require: "Z", upper: "C", zip: "999999"},
	"MY": {layout: "N|O|A|D|Z C|S", require: "CZ", upper: "CS", zip: "99999"},
	"TH": {layout: "N|O|A|D|C|S Z", require: "CZ", zip: "99999"},
	"VN": {layout: "N|O|A|D|C|S Z", require: "R", zip: "99999 999999"},
	"PH": {layout: "N|O|A|D|Z C|S", require: "C", zip: "9999"},
	"ID": {layout: "N|O|A|D|C|S Z", require: "C", zip: "99999"},
	"PK": {layout: "N|O|A|D|C-Z|S", require: "C", zip: "99999"},
	"AU": {layout: "O|N|A|D|C S Z", require: "CSZ", upper: "CS", zip: "9999"},
	"NZ": {layout: "N|O|A|D|C Z|S", require: "CZ", zip: "9999"},
	"BR": {layout: "N|O|A|D|C -_S|Z", require: "CSZ", upper: "CS", zip: "99999-999"},
	"AR": {layout: "N|O|A|D|Z C|S", require: "C", upper: "ACZ", zip: "9999 A9999AAA"},
	"CL": {layout: "N|O|A|D|Z C|S", require: "C", zip: "9999999"},
	"CO": {layout: "N|O|A|D|C ,_S|Z", require: "C", zip: "999999"},
	"PE": {layout: "N|O|A|D|C Z|S", require: "C", zip: "99999"},
	"ZA": {layout: "N|O|A|D|C|Z", require: "CZ", zip: "9999"},
	"EG": {layout: "N|O|A|D|C|S|Z", require: "C", zip: "99999 9999999"},
	"JM": {layout: "N|O|A|D|C|S", require: "C", noZip: true},
	"PA": {layout: "N|O|A|D|C|S", require: "C", noZip: true},
	"BS": {layout: "N|O|A|D|C|S", require: "C", noZip: true},
	"FJ": {layout: "N|O|A|D|C|S", require: "C", noZip: true},
	"GH": {layout: "N|O|A|D|C Z|S", require: "C"},
}

// anywhere is the format of a country that has no row.
var anywhere = format{layout: "N|O|A|D|Z C|S", require: "C"}

func formatOf(country string) format {
	if f, ok := formats[country]; ok {
		return f
	}
	return anywhere
}
