package address_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
)

// us returns a sound address of the United States, changed by f.
func us(f func(*shipment.Address)) shipment.Address {
	a := shipment.Address{Name: "Zoë Núñez", Line1: "1600 Amphitheatre Pkwy", City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"}
	if f != nil {
		f(&a)
	}
	return a
}

func in(country, line1, city, region, code string) shipment.Address {
	return shipment.Address{Name: "Ava Smith", Line1: line1, City: city, Region: region, PostalCode: code, Country: country}
}

func summary(r address.Result) []string {
	out := []string{string(r.Verdict)}
	for _, is := range r.Issues {
		out = append(out, is.Field+" "+is.Code+" "+string(is.Severity))
	}
	for _, c := range r.Changes {
		out = append(out, c.Field+" → "+c.New)
	}
	return out
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   shipment.Address
		want []string
	}{
		{"OK US", us(nil), []string{"valid"}},
		{"OK ZIP+4 without hyphen", us(func(a *shipment.Address) { a.PostalCode = "940431351" }), []string{"corrected", "postal_code → 94043-1351"}},
		{"OK state by name, country by name", us(func(a *shipment.Address) { a.Region, a.Country = "california", "usa" }), []string{"corrected", "country → US", "region → CA"}},
		{"OK state with ISO prefix", us(func(a *shipment.Address) { a.Region = "US-CA" }), []string{"corrected", "region → CA"}},
		{"OK leading zero lost in a spreadsheet", in("US", "10 Dean Rd", "East Falmouth", "MA", "2536"), []string{"corrected", "postal_code → 02536"}},
		{"OK two leading zeros lost", in("US", "150 Calle A", "San Juan", "PR", "926"), []string{"corrected", "postal_code → 00926"}},
		{"bad four digits where no zero was lost", us(func(a *shipment.Address) { a.PostalCode = "9404" }), []string{"invalid", "postal_code postal_code_format error"}},
		{"bad ZIP of another state", us(func(a *shipment.Address) { a.Region = "NY" }), []string{"invalid", "postal_code postal_code_region_mismatch error"}},
		{"bad ZIP nobody has", us(func(a *shipment.Address) { a.PostalCode = "00012" }), []string{"invalid", "postal_code postal_code_region_mismatch error"}},
		{"bad state", us(func(a *shipment.Address) { a.Region = "XX" }), []string{"invalid", "region unknown_region error"}},
		{"bad letters in ZIP", us(func(a *shipment.Address) { a.PostalCode = "9404E" }), []string{"invalid", "postal_code postal_code_format error"}},
		{"bad nothing but a country", shipment.Address{Country: "US"}, []string{"invalid", "name missing error", "line1 missing error", "city missing error", "region missing error", "postal_code missing error"}},
		{"bad no country", us(func(a *shipment.Address) { a.Country = "" }), []string{"invalid", "country missing error"}},
		{"bad unknown country", us(func(a *shipment.Address) { a.Country = "Atlantis" }), []string{"invalid", "country unknown_country error"}},
		{"OK company instead of name", us(func(a *shipment.Address) { a.Name, a.Company = "", "ACME" }), []string{"valid"}},
		{"OK second line moves up", us(func(a *shipment.Address) { a.Line1, a.Line2 = "", "1600 Amphitheatre Pkwy" }), []string{"corrected", "line1 → 1600 Amphitheatre Pkwy", "line2 → "}},

		{"OK shared and excepted ZIPs: Fishers Island", in("US", "1 Main St", "Fishers Island", "NY", "06390"), []string{"valid"}},
		{"OK shared and excepted ZIPs: Andover", in("US", "1 Main St", "Andover", "MA", "05501"), []string{"valid"}},
		{"OK shared and excepted ZIPs: Alta", in("US", "1 Main St", "Alta", "WY", "83414"), []string{"valid"}},
		{"OK shared and excepted ZIPs: Austin", in("US", "1 Main St", "Austin", "TX", "73301"), []string{"valid"}},
		{"OK shared and excepted ZIPs: 20588", in("US", "1 Main St", "Camp Springs", "MD", "20588"), []string{"valid"}},
		{"OK shared and excepted ZIPs: 20598", in("US", "1 Main St", "Springfield", "VA", "20598"), []string{"valid"}},
		{"OK shared and excepted ZIPs: 73960", in("US", "1 Main St", "Texhoma", "TX", "73960"), []string{"valid"}},
		{"OK shared and excepted ZIPs: Pago Pago", in("US", "1 Main St", "Pago Pago", "AS", "96799"), []string{"valid"}},
		{"OK Guam as a country", in("GU", "1 Marine Corps Dr", "Hagåtña", "", "96910"), []string{"corrected", "region → GU", "country → US"}},
		{"OK Puerto Rico as a country", in("Puerto Rico", "150 Calle A", "San Juan", "", "00926"), []string{"corrected", "country → PR", "region → PR", "country → US"}},
		{"OK APO", in("US", "PSC 76 Box 4410", "APO", "AP", "96319"), []string{"valid"}},
		{"OK but odd: military state with a town", in("US", "PSC 76 Box 4410", "Misawa", "AP", "96319"), []string{"valid", "city military_city warning"}},

		{"OK Canada", in("CA", "111 Wellington St", "Ottawa", "ON", "k1a0a9"), []string{"corrected", "postal_code → K1A 0A9"}},
		{"OK Canada, Gatineau", in("CA", "1 Rue X", "Gatineau", "Québec", "K1A 0A9"), []string{"corrected", "region → QC"}},
		{"bad Canada, letter never used", in("CA", "1 Rue X", "Ottawa", "ON", "K1D 0A9"), []string{"invalid", "postal_code postal_code_format error"}},
		{"bad Canada, other province", in("CA", "1 Rue X", "Ottawa", "BC", "K1A 0A9"), []string{"invalid", "postal_code postal_code_region_mismatch error"}},
		{"OK Britain", in("UK", "10 Downing Street", "London", "", "sw1a2aa"), []string{"corrected", "country → GB", "postal_code → SW1A 2AA"}},
		{"OK Britain, short", in("GB", "1 High St", "Birmingham", "", "B6 5BA"), []string{"valid"}},
		{"OK Britain, Girobank", in("GB", "1 High St", "Bootle", "", "GIR 0AA"), []string{"valid"}},
		{"OK Britain, forces", shipment.Address{Name: "Pte Smith", Line1: "1 Rifles", PostalCode: "BFPO 61", Country: "GB"}, []string{"valid"}},
		{"bad Britain, inward letter never used", in("GB", "1 High St", "London", "", "SW1A 2AI"), []string{"invalid", "postal_code postal_code_format error"}},
		{"OK Ireland", in("IE", "Dame Street", "Dublin 2", "", "d02xn27"), []string{"corrected", "postal_code → D02 XN27"}},
		{"OK Ireland without Eircode", in("IE", "Dame Street", "Dublin 2", "", ""), []string{"valid"}},
		{"OK Germany with car plate", in("DE", "Unter den Linden 77", "Berlin", "", "D-10117"), []string{"corrected", "postal_code → 10117"}},
		{"bad Germany before 1993", in("DE", "Unter den Linden 77", "Berlin", "", "1080"), []string{"invalid", "postal_code postal_code_format error"}},
		{"bad no postcode", in("DE", "Unter den Linden 77", "Berlin", "", ""), []string{"invalid", "postal_code missing error"}},
		{"OK Netherlands", in("NL", "Dam 1", "Amsterdam", "", "1012JS"), []string{"corrected", "postal_code → 1012 JS"}},
		{"OK Sweden", in("SE", "Drottninggatan 1", "Stockholm", "", "SE-11151"), []string{"corrected", "postal_code → 111 51"}},
		{"OK Poland", in("PL", "ul. Prosta 1", "Warszawa", "", "00325"), []string{"corrected", "postal_code → 00-325"}},
		{"OK Brazil", in("BR", "Av. Paulista 1578", "São Paulo", "São Paulo", "01310200"), []string{"corrected", "postal_code → 01310-200", "region → SP"}},
		{"OK Japan", in("JP", "丸の内1-9-1", "千代田区", "東京都", "〒100ー0005"), []string{"corrected", "postal_code → 〒100-0005", "postal_code → 100-0005"}},
		{"OK Japan, full width", in("JP", "丸の内1-9-1", "千代田区", "東京都", "１００－０００５"), []string{"corrected", "postal_code → 100-0005"}},
		{"OK Saudi Arabia, Arabic digits", in("SA", "King Fahd Rd", "Riyadh", "", "١٢٣٤٥"), []string{"corrected", "postal_code → 12345"}},
		{"OK Hong Kong with a made-up postcode", in("HK", "8 Finance Street", "Hong Kong", "", "999077"), []string{"corrected", "postal_code → "}},
		{"OK Emirates", in("AE", "شارع الشيخ زايد", "دبي", "DU", ""), []string{"corrected", "region → إمارة دبيّ"}},
		{"OK Emirates with zeros", in("AE", "Sheikh Zayed Rd", "Dubai", "", "00000"), []string{"corrected", "postal_code → "}},
		{"OK Australia", in("AU", "48 Pirrama Rd", "Pyrmont", "New South Wales", "2009"), []string{"corrected", "region → NSW"}},
		{"bad Australia, other state", in("AU", "1 Main St", "Somewhere", "VIC", "2009"), []string{"invalid", "postal_code postal_code_region_mismatch error"}},
		{"OK Australia, served from across the border", in("AU", "1 Tooleybuc Rd", "Mathoura", "NSW", "3644"), []string{"valid"}},
		{"OK Singapore needs no city", in("SG", "1 Raffles Place", "", "", "048616"), []string{"valid"}},
		{"bad Laos", in("LA", "1 Rue Samsenthai", "Vientiane", "", "01a"), []string{"invalid", "postal_code postal_code_format error", "postal_code → 01A"}},
		{"OK country of which no postcodes are known", in("TT", "1 Frederick St", "Port of Spain", "", "100-601"), []string{"valid"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summary(address.Check(tt.in))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCheckText(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"OK plain", "Siobhán O'Connor", []string{"valid"}},
		{"OK right to left, Han, Persian joiner", "مريم 李 می\u200cخواهم", []string{"valid"}},
		{"OK trimmed and folded", "  Ava \u00a0 Smith ", []string{"corrected", "name → Ava Smith"}},
		{"OK byte order mark and soft hyphen", "\ufeffAva Sm\u00adith", []string{"corrected", "name → Ava Smith"}},
		{"OK line break inside, said aloud", "Ava\nSmith", []string{"corrected", "name control_character warning", "name → Ava Smith"}},
		{"OK pictograph, said aloud", "Ava ❤️ Smith👩‍🚀", []string{"corrected", "name unprintable warning", "name → Ava Smith"}},
		{"bad nothing but pictographs", "🎉", []string{"invalid", "name unprintable warning", "name missing error", "name → "}},
		{"bad escape", "Ava\x1bSmith", []string{"invalid", "name control_character error", "name → AvaSmith"}},
		{"bad text direction", "Ava\u202eSmith", []string{"invalid", "name control_character error", "name → AvaSmith"}},
		{"bad replacement character", "Ava \ufffd", []string{"invalid", "name unprintable error", "name → Ava"}},
		{"bad private use", "Ava \ue000", []string{"invalid", "name unprintable error", "name → Ava"}},
		{"bad not UTF-8", "Ava \xff", []string{"invalid", "name unprintable error", "name → Ava ", "name → Ava"}},
		{"bad NUL", "Ava\x00Smith", []string{"invalid", "name control_character error", "name → AvaSmith"}},
		{"bad isolate", "\u2066Ava\u2069", []string{"invalid", "name control_character error", "name → Ava"}},
		{"bad unassigned", "Ava\u0378", []string{"invalid", "name unprintable error", "name → Ava"}},
		{"bad pile of marks", "Ava" + strings.Repeat("\u0336", 9), []string{"invalid", "name unprintable error", "name → Ava\u0336\u0336\u0336\u0336"}},
		{"OK mark of direction dropped", "\u200fAva", []string{"corrected", "name → Ava"}},
		{"OK joiner that joins nothing", "A\u200dva", []string{"corrected", "name → Ava"}},
		{"OK accents joined", "Zoe\u0308", []string{"corrected", "name → Zoë"}},
		{"OK full width", "Ｓｍｉｔｈ１（株）", []string{"corrected", "name → Smith1（株）"}},
		{"OK full width, no East Asian text", "Ｓｍｉｔｈ，Ｊ", []string{"corrected", "name → Smith,J"}},
		{"OK half-width Katakana", "ﾀﾅｶ", []string{"corrected", "name → タナカ"}},
		{"OK no-break hyphen", "Anna‑Lena", []string{"corrected", "name → Anna-Lena"}},
		{"OK look-alikes, said aloud", "M\u0430in", []string{"corrected", "name look_alike warning", "name → Main"}},
		{"OK look-alike the other way round", "\u0041\u043d\u043d\u0430", []string{"corrected", "name look_alike warning", "name → Анна"}},
		{"OK Cyrillic is no look-alike", "Анна Smith", []string{"valid"}},
		{"OK but odd: alphabets mixed without twins", "Smжith", []string{"valid", "name look_alike warning"}},
		{"OK entities", "O&#39;Brien &amp; Co", []string{"corrected", "name → O'Brien & Co"}},
		{"OK read with the wrong code page", "JÃ¼rgen MÃ¼ller", []string{"corrected", "name → Jürgen Müller"}},
		{"OK Â that is meant", "Ângela São Vicente", []string{"valid"}},
		{"OK but odd: letter lost", "M?ller", []string{"valid", "name lost_character warning"}},
		{"OK question mark", "Who?", []string{"valid"}},
		{"OK long for carriers", strings.Repeat("a", 36), []string{"valid", "name too_long warning"}},
		{"bad long for labels", strings.Repeat("a", 101), []string{"invalid", "name too_long error"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := summary(address.Check(us(func(a *shipment.Address) { a.Name = tt.in })))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPOBox(t *testing.T) {
	for _, tt := range []struct {
		country, line, city string
		want                bool
	}{
		{"US", "PO Box 1187", "", true},
		{"US", "P.O. Box 1187", "", true},
		{"US", "p o box 12", "", true},
		{"US", "POB 12", "", true},
		{"US", "Post Office Box 7", "", true},
		{"US", "POBOX 12", "", true},
		{"US", "Apt 4, PO BOX 9", "", true},
		{"AU", "GPO Box 12", "", true},
		{"AU", "Locked Bag 3", "", true},
		{"NZ", "Private Bag 92", "", true},
		{"FR", "BP 90432", "", true},
		{"FR", "12 Rue X", "Paris CEDEX 08", true},
		{"DE", "Postfach 12 34", "", true},
		{"NL", "Postbus 1", "", true},
		{"ES", "Apartado de Correos 12", "", true},
		{"CL", "Casilla 45", "", true},
		{"BR", "Caixa Postal 9", "", true},
		{"SE", "Box 123", "", true},
		{"FI", "PL 12", "", true},
		{"RU", "а/я 15", "", true},
		{"AE", "P.O.Box 1234", "", true},
		{"AE", "ص.ب 1234", "", true},
		{"JP", "私書箱12号", "", true},
		{"IT", "Casella Postale 12", "", true},
		{"CA", "C.P. 12", "", true},

		{"US", "P0 Box 12", "", true},
		{"US", "P.O.BOX 12", "", true},
		{"US", "PO-Box #12", "", true},
		{"US", "POST OFFICE BOX NO. 12", "", true},
		{"US", "Box 12", "", true},
		{"US", "Drawer L", "", true},
		{"US", "Caller 12", "", true},
		{"US", "General Delivery", "", true},
		{"ZA", "Private Bag X12", "", true},
		{"KE", "P.O Box 30197-00100", "", true},
		{"FR", "B.P. 12", "", true},
		{"FR", "CS 20120", "", true},
		{"FR", "Boîte postale 12", "", true},
		{"SN", "BP 5005", "", true},
		{"CH", "Case postale 12", "", true},
		{"CH", "Casella postale", "", true},
		{"AT", "Pf. 12", "", true},
		{"HU", "Pf. 702", "", true},
		{"BE", "Postbus 12", "", true},
		{"NO", "Postboks 1012 Sentrum", "", true},
		{"IS", "Pósthólf 12", "", true},
		{"ES", "Apdo. 12", "", true},
		{"ES", "Apdo. Correos 12", "", true},
		{"CO", "Apartado Aéreo 12", "", true},
		{"MX", "Apartado Postal 12", "", true},
		{"AR", "Casilla de Correo 12", "", true},
		{"PL", "skr. poczt. 12", "", true},
		{"PL", "Skrytka pocztowa 12", "", true},
		{"CZ", "pošt. přihrádka 12", "", true},
		{"CZ", "Poštovní přihrádka 12", "", true},
		{"SK", "Poštový priečinok 12", "", true},
		{"HR", "p.p. 12", "", true},
		{"SI", "Poštni predal 12", "", true},
		{"RO", "Căsuța poștală 12", "", true},
		{"BG", "п.к. 12", "", true},
		{"GR", "Τ.Θ. 12", "", true},
		{"TR", "P.K. 12", "", true},
		{"RU", "абонентский ящик 12", "", true},
		{"UA", "а/с 12", "", true},
		{"IL", "ת.ד. 12", "", true},
		{"TW", "臺北郵政第12號信箱", "", true},
		{"CN", "北京100600信箱", "", true},
		{"KR", "광화문우체국 사서함 12호", "", true},
		{"TH", "ตู้ ปณ. 12", "", true},
		{"VN", "Hòm thư 12", "", true},
		{"GB", "FREEPOST RRAB-CDEF", "", true},

		{"GB", "Postfachstrasse 3", "", false},
		{"DE", "Postfachstraße 3", "", false},
		{"AU", "12 Box Hill Rd", "Box Hill", false},
		{"US", "40 Boxwood Ln", "", false},
		{"GB", "BP Station Rd", "", false},
		{"FR", "2 rue du BP", "", false},
		{"AU", "12 Locke Rd", "", false},
		{"US", "12 Pob Ln", "", false},
		{"GB", "3 Old Post Box Cottages", "", false},
		{"GB", "The Private House, Bagshot", "", false},
		{"CN", "电子信箱路", "", false},
		{"US", "Po Valley Rd 12", "", false},
		{"US", "1 Bin Ct", "", false},
		{"US", "12 Drawer St", "", false},
		{"ES", "Calle la Casilla", "", false},
		{"US", "HC 1 Box 12", "", false},
		{"US", "Unit 2050 Box 4190", "APO", false},
		{"US", "PSC 76 Box 4410", "APO", false},
		{"US", "RR 2 Box 15", "", false},
		{"US", "12 Box Hill Rd", "", false},
		{"US", "1 Poboxer St", "", false},
		{"US", "350 5th Ave", "", false},
		{"GB", "BP 12 Service Station", "", false},
		{"MX", "Reforma 222, C.P. 06600", "", false},
		{"DE", "Packstation 123", "", false},
		{"GB", "Box Lane 4", "", false},
		{"US", "77 Post Rd", "", false},
		{"ES", "Calle Apartado 3", "", true},
	} {
		a := shipment.Address{Country: tt.country, Line1: tt.line, City: tt.city}
		if got := address.IsPOBox(a); got != tt.want {
			t.Errorf("IsPOBox(%s %q %q) = %v", tt.country, tt.line, tt.city, got)
		}
	}
	got := summary(address.Check(in("US", "PO Box 1187", "Anchorage", "AK", "99510")))
	if diff := cmp.Diff([]string{"valid", "line1 po_box warning"}, got); diff != "" {
		t.Errorf("a box is a warning (-want +got)\n%s", diff)
	}
	got = summary(address.Check(in("DE", "Packstation 123", "Berlin", "", "10117")))
	if diff := cmp.Diff([]string{"valid", "line1 parcel_locker warning"}, got); diff != "" {
		t.Errorf("a locker is a warning (-want +got)\n%s", diff)
	}
}

func TestCountries(t *testing.T) {
	for code, want := range map[string]string{"US": "United States", "XK": "Kosovo", "CI": "Côte d'Ivoire"} {
		if got, ok := address.CountryName(code); got != want || !ok {
			t.Errorf("CountryName(%s) = %q, %v", code, got, ok)
		}
	}
	if _, ok := address.CountryName("XX"); ok {
		t.Error("XX is a country")
	}
	n := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if _, ok := address.CountryName(string([]rune{a, b})); ok {
				n++
			}
		}
	}
	if n != 252 {
		t.Errorf("%d countries, want ISO's 249, Kosovo, Ascension and Tristan da Cunha", n)
	}
}

// TestCheckCityOfSigns holds that a city without a letter, too long to be taken
// for a placeholder, harms nothing that looks for its words elsewhere.
func TestCheckCityOfSigns(t *testing.T) {
	a := us(func(a *shipment.Address) { a.City, a.Line2 = strings.Repeat("-", 30), a.Region })
	if got := address.Check(a); got.Address.City != a.City || got.Address.Line2 != a.Line2 {
		t.Errorf("became %+v", got.Address)
	}
	a.Line2 = "Apt 1, CA"
	address.Check(a)
}

// FuzzCheck holds that a sound address, once normalised, has nothing left to change.
func FuzzCheck(f *testing.F) {
	f.Add("Ava", "1 Main St", "San Juan", "", "926", "PR")
	f.Add("芳 \u202e", "丸の内1-9-1", "千代田区", "東京都", "〒１００-0005", "日本")
	f.Add(" ❤️ ", "", "BFPO", "us-ca", "bfpo61", "uk")
	f.Fuzz(func(t *testing.T, name, line1, city, region, code, country string) {
		first := address.Check(shipment.Address{Name: name, Line2: line1, City: city, Region: region, PostalCode: code, Country: country})
		if first.Verdict == address.Invalid {
			return // a person mends it before it is printed
		}
		again := address.Check(first.Address)
		if len(again.Changes) > 0 {
			t.Errorf("changed again: %+v after %+v", again.Changes, first.Changes)
		}
		if first.Address != again.Address {
			t.Errorf("%+v became %+v", first.Address, again.Address)
		}
		for _, l := range address.Lines(first.Address, "US") {
			if l != strings.TrimSpace(l) || l == "" {
				t.Errorf("label line %q", l)
			}
		}
	})
}
