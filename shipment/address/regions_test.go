package address_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment/address"
)

// TestRegions writes regions in the ways that shops do. Each has a postcode of
// the region, which must not disturb.
func TestRegions(t *testing.T) {
	for _, tt := range []struct {
		country, code, given, want string
	}{
		{"US", "94043", "CA", "CA"},
		{"US", "94043", "ca", "CA"},
		{"US", "94043", "Calif.", "CA"},
		{"US", "94043", "US-CA", "CA"},
		{"US", "94043", " california ", "CA"},
		{"US", "94043", "Califronia", "CA"},
		{"US", "10001", "N.Y.", "NY"},
		{"US", "10001", "N. Y.", "NY"},
		{"US", "20500", "D.C.", "DC"},
		{"US", "20500", "Washington DC", "DC"},
		{"US", "09180", "Armed Forces Europe", "AE"},
		{"US", "00926", "Puerto Rico", "PR"},
		{"US", "00802", "Virgin Islands", "VI"},
		{"US", "98101", "Washington State", "WA"},
		{"US", "25301", "W. Va.", "WV"},
		{"CA", "H3B 4W5", "Québec", "QC"},
		{"CA", "H3B 4W5", "quebec", "QC"},
		{"CA", "V6B 1A1", "Colombie-Britannique", "BC"},
		{"CA", "A1C 1A1", "Newfoundland", "NL"},
		{"CA", "C1A 1A1", "Prince Edward Island", "PE"},
		{"CA", "X0A 0H0", "Nunavut", "NU"},
		{"AU", "2009", "New South Wales", "NSW"},
		{"AU", "3000", "Vic.", "VIC"},
		{"BR", "01310-200", "São Paulo", "SP"},
		{"BR", "01310-200", "sao paulo", "SP"},
		{"IT", "20121", "Milano", "MI"},
		{"IT", "20121", "Milan", "MI"},
		{"IT", "80134", "Napoli", "NA"},
		{"IT", "00187", "RM", "RM"},
		{"MX", "06600", "CDMX", "CDMX"},
		{"MX", "06600", "Ciudad de México", "Ciudad de México"},
		{"MX", "06600", "ciudad de mexico", "Ciudad de México"},
		{"MX", "44100", "Jalisco", "Jalisco"},
		{"MX", "44100", "JAL", "JAL"},
		{"MX", "64000", "Nuevo Leon", "Nuevo León"},
		{"ES", "28013", "Madrid", "Madrid"},
		{"ES", "15001", "A Coruña", "La Coruña"},
		{"ES", "07001", "Illes Balears", "Islas Baleares"},
		{"ES", "08010", "Catalunya", "Barcelona"},
		{"ES", "28100", "Comunidad de Madrid", "Madrid"},
		{"IT", "20900", "Lombardia", "MB"},
		{"IT", "50122", "Tuscany", "FI"},
		{"CO", "050021", "Antioquia", "Antioquia"},
		{"MH", "96960", "", "MH"},
		{"IN", "560001", "karnataka", "Karnataka"},
		{"IN", "751001", "Orissa", "Odisha"},
		{"IN", "110001", "New Delhi", "Delhi"},
		{"JP", "100-0005", "Tokyo", "Tokyo"},
		{"JP", "100-0005", "TOKYO", "Tokyo"},
		{"JP", "100-0005", "JP-13", "Tokyo"},
		{"JP", "100-0005", "東京都", "東京都"},
		{"CN", "510000", "Guangdong", "Guangdong"},
		{"CN", "510000", "广东省", "广东省"},
		{"KR", "03051", "Seoul", "Seoul"},
		{"KR", "03051", "서울특별시", "서울특별시"},
		{"IE", "D02 X285", "Co. Dublin", "Co. Dublin"},
		{"IE", "D02 X285", "County Dublin", "Co. Dublin"},
		{"AE", "", "Dubai", "Dubai"},
		{"AE", "", "abu dhabi", "Abu Dhabi"},
		{"HK", "", "KLN", "Kowloon"},
		{"TW", "104", "Taipei", "Taipei"},
		{"TW", "104", "taipei", "Taipei City"},
		{"TR", "34000", "Istanbul", "İstanbul"},
		{"RU", "125009", "Moscow", "Moscow"}, // as given: no spelling in Latin letters is the post's own
		{"RU", "125009", "moscow", "Moskva"},
		{"RU", "630099", "Novosibirsk Oblast", "Novosibirsk Oblast"},
		{"CN", "830002", "Xinjiang", "Xinjiang"},
		{"CN", "510620", "Guangdong Province", "Guangdong Province"},
		{"UA", "01044", "Kyiv", "Kyiv"},
		{"MX", "64000", "NL", "NL"},
		{"MX", "64000", "nl", "N.L."},
		{"MX", "06600", "DF", "CDMX"},
		{"VE", "1010", "Distrito Capital", "Distrito Capital"},
	} {
		got := address.Check(in(tt.country, "1 Some Street", "Somewhere", tt.given, tt.code))
		if got.Address.Region != tt.want || got.Verdict == address.Invalid {
			t.Errorf("%s %q becomes %q, %v, want %q", tt.country, tt.given, got.Address.Region, got.Issues, tt.want)
		}
	}
}

// TestRegionLocal writes regions of addresses in the country's own letters.
func TestRegionLocal(t *testing.T) {
	for _, tt := range []struct {
		country, line, city, given, code, want string
	}{
		{"JP", "丸の内1-9-1", "千代田区", "東京", "100-0005", "東京都"},
		{"JP", "丸の内1-9-1", "千代田区", "", "100-0005", "東京都"},
		{"JP", "梅田3-1-1", "北区", "osaka", "530-0001", "大阪府"},
		{"CN", "建国门外大街1号", "朝阳区", "北京", "100004", "北京市"},
		{"TW", "信義路五段7號", "信義區", "臺北市", "110", "台北市"},
		{"KR", "세종대로 110", "중구", "Seoul", "04524", "서울특별시"},
	} {
		got := address.Check(in(tt.country, tt.line, tt.city, tt.given, tt.code))
		if got.Address.Region != tt.want || got.Verdict == address.Invalid {
			t.Errorf("%s %q becomes %q, %v, want %q", tt.country, tt.given, got.Address.Region, got.Issues, tt.want)
		}
	}
}

// TestRegionMismatch holds postcodes against the regions of other places, and reads
// what the message says.
func TestRegionMismatch(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		country, city, region, code string
		want                        []string // parts of the one message
	}{
		{"US", "US", "Mountain View", "NY", "94043", []string{"lies in California (CA)", "not in New York (NY)", "begin with 00501, 00544, 06390, 10"}},
		{"US nobody's", "US", "Nowhere", "NY", "00012", []string{"not in use anywhere in United States"}},
		{"US city tells region is wrong", "US", "New York", "CA", "10001", []string{"the region is probably wrong: write New York"}},
		{"US city tells postcode is wrong", "US", "New York", "NY", "94043", []string{"the postcode is probably wrong"}},
		{"US Maryland's office is not Virginia's", "US", "Camp Springs", "VA", "20588", []string{"Maryland"}},
		{"US military", "US", "APO", "AP", "09180", []string{"Armed Forces (AE)"}},
		{"CA", "CA", "Vancouver", "BC", "M5H 1A1", []string{"lies in Ontario (ON)", "begin with V"}},
		{"CA north", "CA", "Iqaluit", "NT", "X0A 0H0", []string{"Nunavut"}},
		{"AU", "AU", "Sydney", "NSW", "3000", []string{"Victoria (VIC)"}},
		{"MX", "MX", "Guadalajara", "Jalisco", "64000", []string{"Nuevo León", "Jalisco"}},
		{"IN", "IN", "Mumbai", "Karnataka", "400001", []string{"Maharashtra"}},
		{"BR", "BR", "Rio", "RJ", "01310-200", []string{"São Paulo (SP)"}},
		{"ES", "ES", "Sevilla", "Madrid", "41001", []string{"Sevilla", "the region is probably wrong"}},
		{"IT", "IT", "Roma", "MI", "00187", []string{"Roma", "the region is probably wrong"}},
		{"JP", "JP", "Kita-ku", "Tokyo", "530-0001", []string{"Osaka"}},
		{"CN", "CN", "Chaoyang", "Shanghai", "100004", []string{"Beijing"}},
		{"KR", "KR", "Jung-gu", "Busan", "04524", []string{"Seoul"}},
		{"TW", "TW", "Xinyi", "Kaohsiung City", "110", []string{"Taipei"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := address.Check(in(tt.country, "1 Some Street", tt.city, tt.region, tt.code))
			var codes []string
			for _, is := range got.Issues {
				codes = append(codes, is.Code+" "+string(is.Severity))
				for _, w := range tt.want {
					if !strings.Contains(is.Message, w) {
						t.Errorf("message %q does not say %q", is.Message, w)
					}
				}
			}
			if diff := cmp.Diff([]string{"postal_code_region_mismatch error"}, codes); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestFuzzyRegions holds that prefixes which cross borders warn, and that Germany's
// states, which no label names, are left as they are.
func TestFuzzyRegions(t *testing.T) {
	for _, tt := range []struct {
		country, region, code, line string
		want                        []string
	}{
		{"DE", "Bayern", "10117", "Unter den Linden 77", []string{"valid", "postal_code postal_code_region_mismatch warning"}},
		{"DE", "bavaria", "80331", "Marienplatz 1", []string{"valid"}},
		{"DE", "BE", "10117", "Unter den Linden 77", []string{"valid"}},
		{"DE", "Landkreis Dahme-Spreewald", "12529", "Hauptstraße 1", []string{"valid"}},
		{"TR", "Ankara", "34000", "Atatürk Cad. 1", []string{"valid", "postal_code postal_code_region_mismatch warning"}},
	} {
		if diff := cmp.Diff(tt.want, summary(address.Check(in(tt.country, tt.line, "Somewhere", tt.region, tt.code)))); diff != "" {
			t.Errorf("%s %s %s (-want +got)\n%s", tt.country, tt.region, tt.code, diff)
		}
	}
}

// TestRegionsThatMatch holds the exceptions: postcodes that a plain list of prefixes
// would refuse.
func TestRegionsThatMatch(t *testing.T) {
	for _, tt := range []struct{ country, region, code string }{
		{"US", "MA", "05501"},
		{"US", "VT", "05601"},
		{"US", "NY", "06390"},
		{"US", "CT", "06390"}, // the prefix is Connecticut's
		{"US", "TX", "73301"},
		{"US", "OK", "73301"},
		{"US", "WY", "83414"},
		{"US", "ID", "83440"},
		{"US", "AS", "96799"},
		{"US", "HI", "96720"},
		{"US", "GU", "96910"},
		{"US", "MP", "96950"},
		{"US", "PW", "96940"},
		{"US", "FM", "96941"},
		{"US", "MH", "96960"},
		{"US", "AA", "34002"},
		{"US", "DC", "56901"},
		{"CA", "ON", "K1A 0A9"},
		{"CA", "QC", "K1A 0A9"},
		{"CA", "NT", "X1A 1A1"},
		{"AU", "NSW", "2620"},
		{"AU", "ACT", "2620"},
		{"AU", "SA", "0872"},
		{"AU", "WA", "0872"},
		{"IN", "Telangana", "500001"},
		{"IN", "Andhra Pradesh", "520001"},
		{"CN", "Inner Mongolia", "750306"},
		{"CN", "Ningxia", "750001"},
	} {
		got := address.Check(in(tt.country, "1 Some Street", "Somewhere", tt.region, tt.code))
		for _, is := range got.Issues {
			if is.Code == address.PostalCodeRegion {
				t.Errorf("%s %s %s: %s", tt.country, tt.region, tt.code, is.Message)
			}
		}
	}
}

func TestUnknownRegion(t *testing.T) {
	for _, tt := range []struct{ country, region, code, want string }{
		{"US", "XX", "94043", "error; 94043 lies in California"},
		{"US", "Califronia", "", "error; did you mean California (CA)?"},
		{"JP", "Tokio", "", "error; did you mean Tokyo?"},
		{"AU", "Queensand", "", "error; did you mean Queensland (QLD)?"},
		{"VN", "Khanh Hao", "70010", "warning; did you mean Khanh Hoa Province?"},
	} {
		got := address.Check(in(tt.country, "1 Some Street", "Somewhere", tt.region, tt.code))
		severity, part, _ := strings.Cut(tt.want, "; ")
		found := false
		for _, is := range got.Issues {
			found = found || is.Code == address.UnknownRegion && string(is.Severity) == severity && strings.Contains(is.Message, part)
		}
		if !found {
			t.Errorf("%s %q: %+v, want %s", tt.country, tt.region, got.Issues, tt.want)
		}
	}
}
