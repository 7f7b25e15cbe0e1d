package template

import (
	"fmt"
	"time"

	"github.com/expr-lang/expr"
)

// codeFunctions are what carriers' symbols write instead of words: countries as
// numbers, and days as their place in the year.
func codeFunctions() []expr.Option {
	return []expr.Option{
		textFunction("country_number", countryNumber),
		textFunction("day_of_year", dayOfYear),
	}
}

// textFunction lets expressions call a function from text to text.
func textFunction(name string, call func(string) (string, error)) expr.Option {
	return expr.Function(name, func(args ...any) (any, error) {
		s, ok := args[0].(string)
		if !ok {
			return nil, fmt.Errorf("%s: want text, have %v", name, args[0])
		}
		return call(s)
	}, new(func(string) string))
}

// dayOfYear returns the place of a day in its year, 001 to 366, which carriers
// call the Julian date.
func dayOfYear(date string) (string, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "", fmt.Errorf("day_of_year: %q is not a date such as 2026-11-23", date)
	}
	return fmt.Sprintf("%03d", day.YearDay()), nil
}

// countryNumber returns the three digits of a country that is named by its two
// letters.
func countryNumber(code string) (string, error) {
	for i := 0; i < len(countryNumbers); i += 5 {
		if countryNumbers[i:i+2] == code {
			return countryNumbers[i+2 : i+5], nil
		}
	}
	return "", fmt.Errorf("country_number: %q is not the two letters of a country", code)
}

// countryNumbers is ISO 3166-1: two letters and three digits for each country.
// Kosovo has none there and the one that Unicode gives it here. Ascension and
// Tristan da Cunha, whose letters are only reserved there, have Saint Helena's,
// which is the number of all three.
const countryNumbers = "" +
	"AC654AD020AE784AF004AG028AI660AL008AM051AO024AQ010AR032AS016AT040AU036AW533AX248AZ031BA070BB052BD050BE056BF854BG100BH048BI108" +
	"BJ204BL652BM060BN096BO068BQ535BR076BS044BT064BV074BW072BY112BZ084CA124CC166CD180CF140CG178CH756CI384CK184CL152CM120CN156" +
	"CO170CR188CU192CV132CW531CX162CY196CZ203DE276DJ262DK208DM212DO214DZ012EC218EE233EG818EH732ER232ES724ET231FI246FJ242FK238" +
	"FM583FO234FR250GA266GB826GD308GE268GF254GG831GH288GI292GL304GM270GN324GP312GQ226GR300GS239GT320GU316GW624GY328HK344HM334" +
	"HN340HR191HT332HU348ID360IE372IL376IM833IN356IO086IQ368IR364IS352IT380JE832JM388JO400JP392KE404KG417KH116KI296KM174KN659" +
	"KP408KR410KW414KY136KZ398LA418LB422LC662LI438LK144LR430LS426LT440LU442LV428LY434MA504MC492MD498ME499MF663MG450MH584MK807" +
	"ML466MM104MN496MO446MP580MQ474MR478MS500MT470MU480MV462MW454MX484MY458MZ508NA516NC540NE562NF574NG566NI558NL528NO578NP524" +
	"NR520NU570NZ554OM512PA591PE604PF258PG598PH608PK586PL616PM666PN612PR630PS275PT620PW585PY600QA634RE638RO642RS688RU643RW646" +
	"SA682SB090SC690SD729SE752SG702SH654SI705SJ744SK703SL694SM674SN686SO706SR740SS728ST678SV222SX534SY760SZ748TA654TC796TD148TF260" +
	"TG768TH764TJ762TK772TL626TM795TN788TO776TR792TT780TV798TW158TZ834UA804UG800UM581US840UY858UZ860VA336VC670VE862VG092VI850" +
	"VN704VU548WF876WS882XK983YE887YT175ZA710ZM894ZW716"
