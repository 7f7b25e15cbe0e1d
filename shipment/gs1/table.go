package gs1

// rules holds the application identifiers a packing desk meets. A key ending
// in n stands for four digits, the last being the number of decimals.
var rules = map[string]rule{
	"00": {digits: -1, min: 18, max: 18, checked: true}, // SSCC
	"01": {digits: -1, min: 14, max: 14, checked: true}, // GTIN
	"02": {digits: -1, min: 14, max: 14, checked: true}, // GTIN of contained items
	"10": text(20),                                      // batch
	"11": day, "12": day, "13": day, "15": day, "16": day, "17": day,
	"20": number(2, 2), // variant
	"21": text(20),     // serial
	"22": text(20),
	"30": number(1, 8), "37": number(1, 8), // counts
	"235": text(28),
	"240": text(30), "241": text(30), "242": number(1, 6), "243": text(20),
	"250": text(30), "251": text(30),
	"400": text(30), // order number
	"401": text(30), // consignment
	"402": {digits: -1, min: 17, max: 17, checked: true},
	"403": text(30), // routing code
	"410": party, "411": party, "412": party, "413": party, "414": party, "415": party, "416": party, "417": party,
	"420": text(20),                     // ship-to postcode
	"421": {digits: 3, min: 4, max: 12}, // ship-to postcode with ISO country
	"422": number(3, 3),                 // origin
	"423": number(3, 15),
	"424": number(3, 3), "425": number(3, 15), "426": number(3, 3),
	"427":  text(3),
	"310n": number(6, 6), "311n": number(6, 6), "312n": number(6, 6), "313n": number(6, 6),
	"314n": number(6, 6), "315n": number(6, 6), "316n": number(6, 6),
	"320n": number(6, 6), "330n": number(6, 6), "331n": number(6, 6), "332n": number(6, 6), "333n": number(6, 6),
	"340n": number(6, 6),
	"390n": number(1, 15), "391n": number(4, 18), "392n": number(1, 15), "393n": number(4, 18),
	"4300": text(35), "4301": text(35), "4302": text(70), "4303": text(70), "4304": text(70),
	"4305": text(70), "4306": text(70), "4307": {min: 2, max: 2}, "4308": text(30),
	"7001": number(13, 13), "7002": text(30), "7003": number(10, 10),
	"8005": number(6, 6), "8008": number(8, 12),
	"8017": {digits: -1, min: 18, max: 18, checked: true},
	"8018": {digits: -1, min: 18, max: 18, checked: true},
	"8020": text(25), "8200": text(70),
	"90": text(30),
	"91": text(90), "92": text(90), "93": text(90), "94": text(90), "95": text(90),
	"96": text(90), "97": text(90), "98": text(90), "99": text(90),
}

var (
	day   = rule{digits: -1, min: 6, max: 6, date: true}
	party = rule{digits: -1, min: 13, max: 13, checked: true}
)

func text(longest int) rule          { return rule{min: 1, max: longest} }
func number(shortest, most int) rule { return rule{digits: -1, min: shortest, max: most} }

// lookup returns the application identifier at the front of data. No known one
// is the beginning of another, so the first that fits is the only one.
func lookup(data []byte) (string, rule, bool) {
	for n := 2; n <= 4 && n <= len(data); n++ {
		ai := string(data[:n])
		if r, ok := rules[ai]; ok {
			return ai, r, true
		}
		if n == 4 && ai[3] >= '0' && ai[3] <= '9' {
			if r, ok := rules[ai[:3]+"n"]; ok {
				return ai, r, true
			}
		}
	}
	return "", rule{}, false
}
