package address_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/shipment/address"
)

func TestTransliterate(t *testing.T) {
	for _, tt := range []struct {
		country, in string
		to          address.Alphabet
		want        string
	}{
		{"DE", "Königstraße", address.ASCII, "Koenigstrasse"},
		{"DE", "ÄRZTEHAUS GROẞE STRAßE", address.ASCII, "AERZTEHAUS GROSSE STRASSE"},
		{"DE", "Königstraße", address.Latin1, "Königstraße"},
		{"DK", "Ærøskøbing", address.ASCII, "Aeroeskoebing"},
		{"DK", "Århus", address.ASCII, "Aarhus"},
		{"NO", "Ålesund", address.ASCII, "Aalesund"},
		{"SE", "Malmö", address.ASCII, "Malmoe"},
		{"IS", "Þingvellir, Ísafjörður", address.ASCII, "Thingvellir, Isafjordur"},
		{"FR", "Hôtel de l’Œuvre", address.ASCII, "Hotel de l'Oeuvre"},
		{"TR", "İstiklal Caddesi, Beyoğlu, ışık", address.ASCII, "Istiklal Caddesi, Beyoglu, isik"},
		{"PL", "Łódź, ul. Świętokrzyska", address.ASCII, "Lodz, ul. Swietokrzyska"},
		{"PL", "Łódź", address.Latin1, "Lódz"},
		{"VN", "Đường Nguyễn Huệ", address.ASCII, "Duong Nguyen Hue"},
		{"CZ", "Přemyslovská 12", address.ASCII, "Premyslovska 12"},
		{"RU", "Тверская улица, Щёлково", address.ASCII, "Tverskaia ulitsa, Shchelkovo"},
		{"UA", "Київ, вул. Хрещатик, Єнакієве, Ялта", address.ASCII, "Kyiv, vul. Khreshchatyk, Yenakiieve, Yalta"},
		{"BG", "София, бул. Цар Освободител, Търново, Щит", address.ASCII, "Sofiya, bul. Tsar Osvoboditel, Tarnovo, Shtit"},
		{"RS", "Београд, Његошева, Ђорђе", address.Latin, "Beograd, Njegoševa, Đorđe"},
		{"RS", "Краљице Наталије, Чачак", address.ASCII, "Kraljice Natalije, Cacak"},
		{"GR", "Αθήνα, Οδός Ευριπίδου, Ναυπλίου", address.ASCII, "Athina, Odos Evripidou, Nafpliou"},
		{"GR", "ΘΕΣΣΑΛΟΝΙΚΗ", address.ASCII, "THESSALONIKI"},
		{"ES", "C/ Núm. 3 – 2º", address.ASCII, "C/ Num. 3 - 2o"},
		{"JP", "東京都", address.Any, "東京都"},
	} {
		a := shipment.Address{Name: "X", Line1: tt.in, Country: tt.country}
		f := address.ForCarrier(a, address.Limits{Name: 99, Company: 99, Street: 99, StreetLines: 3, City: 99, Alphabet: tt.to})
		if len(f.Issues) > 0 || f.Address.Line1 != tt.want {
			t.Errorf("%s %q in %s: %q %v, want %q", tt.country, tt.in, tt.to, f.Address.Line1, f.Issues, tt.want)
		}
	}
	for _, in := range []string{"東京都千代田区", "ちよだ", "서울", "شارع الملك", "רחוב הרצל", "ถนนสุขุมวิท", "नई दिल्ली", "Main 東 St"} {
		if got, err := address.Transliterate(in, "", address.ASCII); err == nil || got != "" {
			t.Errorf("Transliterate(%q) = %q, %v: want a refusal", in, got, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range strings.Fields("ups fedex usps dhl_express dhl_paket royal_mail canada_post default") {
		l, known := address.LimitsOf(shipment.CarrierID(c))
		if !known || l.Name < 20 || l.Company < 20 || l.Street < 30 || l.City < 20 || l.StreetLines < 2 || l.Source == "" {
			t.Errorf("%s: %+v", c, l)
		}
		if _, err := time.Parse(time.DateOnly, l.CheckedOn); err != nil {
			t.Errorf("%s: %v", c, err)
		}
		switch l.Alphabet {
		case address.ASCII, address.Latin1, address.Latin, address.Any:
		default:
			t.Errorf("%s: alphabet %q", c, l.Alphabet)
		}
	}
	if l, known := address.LimitsOf("nobody"); known || l.Street != 35 || l.Carrier != "nobody" {
		t.Errorf("a carrier that nobody has written down: %+v, %v", l, known)
	}
}

func TestForCarrier(t *testing.T) {
	for _, tt := range []struct {
		name, carrier, country string
		in                     string
		want                   string
		code                   string
	}{
		{"short", "ups", "US", "1 Main St|Apt 4", "1 Main St|Apt 4", ""},
		{"unit to a line of its own", "ups", "US", "12345 Martin Luther King Junior Blvd Apt 12", "12345 Martin Luther King Junior|Blvd Apt 12", ""},
		{"unit to a line of its own, street fits", "ups", "US", "12345 Martin Luther King Blvd Apt 1234", "12345 Martin Luther King Blvd|Apt 1234", ""},
		{"comma", "ups", "GB", "Flat 3, Mulberry House, 12 Long Acre Road", "Flat 3, Mulberry House|12 Long Acre Road", ""},
		{"lines joined", "usps", "US", "Building C|12 Main Street|Floor 3", "Building C, 12 Main Street, Floor 3", ""},
		{"abbreviated", "usps", "US", "12345 South Martin Luther King Junior Boulevard Northeast|Building 4 Suite 1200|Attention Receiving Department", "ATTN RECEIVING DEPARTMENT, 12345 S MARTIN|LUTHER KING JUNIOR BLVD NE, BLDG 4 STE 1200", ""},
		{"Canadian unit", "canada_post", "CA", "123 Main St #10", "10-123 Main St", ""},
		{"Canadian unit with its word", "canada_post", "CA", "123 Main St, Apt #10", "123 Main St, Apt 10", ""},
		{"Canadian unit first", "ups", "CA", "#10 123 Main St", "Unit 10 123 Main St", ""},
		{"German street", "fedex", "DE", "Bürgermeister-Schmidt-Gedächtnisstraße 117", "Bürgermeister-Schmidt-Gedächtnisstr. 117", "too_long"},
		{"one word too long", "ups", "DE", strings.Repeat("x", 36) + " 12", strings.Repeat("x", 36) + " 12", "too_long"},
		{"Han for an ASCII carrier", "usps", "JP", "丸の内1-9-1", "丸の内1-9-1", "not_latin"},
	} {
		parts := append(strings.Split(tt.in, "|"), "", "")
		l, _ := address.LimitsOf(shipment.CarrierID(tt.carrier))
		f := address.ForCarrier(shipment.Address{Name: "Ann", Line1: parts[0], Line2: parts[1], Line3: parts[2], Country: tt.country}, l)
		var got []string
		for _, s := range []string{f.Address.Line1, f.Address.Line2, f.Address.Line3} {
			if s != "" {
				got = append(got, s)
			}
		}
		code := ""
		if len(f.Issues) > 0 {
			code = f.Issues[0].Code
		}
		if tt.code != "" {
			tt.want = tt.in // what does not fit is left whole
		}
		if diff := cmp.Diff([]string{tt.want, tt.code}, []string{strings.Join(got, "|"), code}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// TestForCarrierLosesNothing holds for any lines: what comes out fits or is said
// not to, and no number or word is cut.
func TestForCarrierLosesNothing(t *testing.T) {
	word := rapid.SampledFrom(strings.Fields("12 350 4B Main Boulevard Apt Unit # Northwest Königstraße Rechtsanwaltskanzleigebäude, Suite 1200 Hauptstraße Floor de la Saint-Germain-des-Prés"))
	country := rapid.SampledFrom([]string{"US", "DE", "FR", "GB", "RU"})
	digits := func(a shipment.Address) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, a.Line1+a.Line2+a.Line3)
	}
	rapid.Check(t, func(t *rapid.T) {
		line := func(name string, least int) string {
			return strings.Join(rapid.SliceOfN(word, least, 9).Draw(t, name), " ")
		}
		a := shipment.Address{Name: "A", Line1: line("one", 1), Line2: line("two", 0), Line3: line("three", 0), Country: country.Draw(t, "country")}
		l, _ := address.LimitsOf(rapid.SampledFrom([]shipment.CarrierID{"ups", "usps", "dhl_paket", "royal_mail", "x"}).Draw(t, "carrier"))
		f := address.ForCarrier(a, l)
		if len(f.Issues) == 0 {
			n := 0
			for _, s := range []string{f.Address.Line1, f.Address.Line2, f.Address.Line3} {
				if s != "" {
					n++
				}
				if utf8.RuneCountInString(s) > l.Street {
					t.Fatalf("%q is longer than %d", s, l.Street)
				}
			}
			if n > l.StreetLines {
				t.Fatalf("%d lines for %d", n, l.StreetLines)
			}
		}
		d, was := []rune(digits(f.Address)), []rune(digits(a))
		if len(d) != len(was) {
			t.Fatalf("digits of %+v became %+v", a, f.Address)
		}
	})
}

func FuzzTransliterate(f *testing.F) {
	f.Add("Königstraße, Київ", "UA")
	f.Fuzz(func(t *testing.T, s, country string) {
		if got, err := address.Transliterate(s, country, address.ASCII); err == nil && utf8.ValidString(s) {
			for _, r := range got {
				if r >= 0x80 {
					t.Fatalf("%q became %q", s, got)
				}
			}
		}
	})
}
