package address_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
)

// TestLinesByOrigin holds what a border changes: the name of the country, in
// the language of the post that reads it first, and the prefix of the postcode.
func TestLinesByOrigin(t *testing.T) {
	german := in("DE", "Königsallee 60F", "Düsseldorf", "", "40212")
	swiss := in("CH", "Bahnhofstrasse 1", "Zürich", "", "8001")
	for _, tt := range []struct {
		name, origin string
		in           shipment.Address
		want         string // the last two lines
	}{
		{"English", "US", german, "40212 Düsseldorf|GERMANY"},
		{"French", "FR", german, "40212 Düsseldorf|ALLEMAGNE"},
		{"German", "AT", german, "40212 Düsseldorf|DEUTSCHLAND"},
		{"Spanish", "MX", german, "40212 Düsseldorf|ALEMANIA"},
		{"Italian", "IT", german, "40212 Düsseldorf|GERMANIA"},
		{"Dutch", "NL", german, "40212 Düsseldorf|DUITSLAND"},
		{"Portuguese", "BR", german, "40212 Düsseldorf|ALEMANHA"},
		{"French, of several", "CH", german, "40212 Düsseldorf|ALLEMAGNE"},
		{"a language without names here", "PL", german, "40212 Düsseldorf|GERMANY"},
		{"Japanese letters only beside such", "JP", german, "40212 Düsseldorf|GERMANY"},
		{"Japanese", "JP", in("CN", "建国门外大街1号", "朝阳区", "北京市", "100004"), "Ava Smith|中国"},
		{"Chinese", "CN", in("JP", "丸の内1-9-1", "千代田区", "東京都", "100-0005"), "Ava Smith|日本"},
		{"origin not known", "", german, "40212 Düsseldorf|GERMANY"},
		{"at home", "DE", german, "Königsallee 60F|40212 Düsseldorf"},
		{"prefix over the border", "DE", swiss, "CH-8001 Zürich|SCHWEIZ"},
		{"no prefix at home", "CH", swiss, "Bahnhofstrasse 1|8001 Zürich"},
		{"Finland from abroad", "SE", in("FI", "Mäkelänkatu 25", "Helsinki", "", "00550"), "FI-00550 HELSINKI|FINLAND"},
		{"Sweden at home, two spaces", "SE", in("SE", "Nybyvägen 3", "Farsta", "", "123 45"), "Nybyvägen 3|123 45  FARSTA"},
		{"Latvia's prefix is part of the code", "LV", in("LV", "Brīvības iela 1", "Rīga", "", "LV-1010"), "Brīvības iela 1|Rīga, LV-1010"},
		{"British forces name no country", "US", shipment.Address{Name: "Pte Smith", Line1: "1 Rifles", City: "BFPO 61", PostalCode: "BFPO 61", Country: "GB"}, "1 Rifles|BFPO 61"},
		{"Puerto Rico from the mainland", "US", in("US", "150 Calle A", "San Juan", "PR", "00926"), "150 Calle A|SAN JUAN PR 00926"},
		{"no country that is one", "US", in("Atlantis", "1 Main St", "Poseidonia", "", ""), "Poseidonia|ATLANTIS"},
		{"no country at all", "US", in("", "1 Main St", "Poseidonia", "", ""), "1 Main St|Poseidonia"},
		{"Åland", "US", in("AX", "Strandgatan 1", "Mariehamn", "", "22100"), "AX-22100 Mariehamn|ÅLAND ISLANDS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := address.Lines(tt.in, tt.origin)
			if diff := cmp.Diff(tt.want, strings.Join(lines[len(lines)-2:], "|")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestLinesOfCountries holds each country's own order and signs, and that an empty
// field leaves none of its signs behind.
func TestLinesOfCountries(t *testing.T) {
	type A = shipment.Address
	for _, tt := range []struct {
		name string
		in   A
		want string
	}{
		{"Singapore says its city once", in("SG", "10 Eunos Road 8", "Singapore", "", "408600"), "10 Eunos Road 8|SINGAPORE 408600"},
		{"Singapore keeps another", in("SG", "10 Eunos Road 8", "Geylang", "", "408600"), "10 Eunos Road 8|Geylang|SINGAPORE 408600"},
		{"Dubai once", in("AE", "Sheikh Zayed Rd", "Dubai", "Dubai", ""), "Sheikh Zayed Rd|Dubai"},
		{"Dubai with its district", in("AE", "Sheikh Zayed Rd", "Al Barsha", "Dubai", ""), "Sheikh Zayed Rd|Al Barsha|Dubai"},
		{"Beijing once, in Latin", in("CN", "1 Jianguomenwai Ave", "Beijing", "Beijing", "100004"), "1 Jianguomenwai Ave|BEIJING 100004"},
		{"Tokyo once, in Latin", in("JP", "1-9-1 Marunouchi", "Tokyo", "Tokyo", "100-0005"), "1-9-1 Marunouchi|Tokyo|100-0005"},
		{"Korea, from big to small", in("KR", "세종대로 110", "중구", "서울특별시", "04524"), "서울특별시 중구|세종대로 110|Ava Smith|04524"},
		{"Korea in Latin", in("KR", "110 Sejong-daero", "Jung-gu", "Seoul", "04524"), "110 Sejong-daero|Jung-gu|Seoul|04524"},
		{"Taiwan", in("TW", "信義路五段7號", "信義區", "台北市", "110"), "110|台北市信義區|信義路五段7號|Ava Smith"},
		{"Hong Kong in Chinese", in("HK", "金融街8號", "中環", "香港島", ""), "香港島中環|金融街8號|Ava Smith"},
		{"Macao", in("MO", "南灣大馬路1號", "澳門", "", ""), "澳門|南灣大馬路1號|Ava Smith"},
		{"Japan, region in the city", in("JP", "丸の内1-9-1", "東京都千代田区", "東京都", "100-0005"), "〒100-0005|東京都千代田区|丸の内1-9-1|Ava Smith"},
		{"France, CEDEX", A{Company: "ACME", Name: "Ava Smith", Line1: "1 rue X", Line2: "BP 90432", City: "Paris Cedex 08", PostalCode: "75008", Country: "FR"}, "1 rue X|BP 90432|75008 PARIS CEDEX 08"},
		{"Hungary, street after the place", in("HU", "Andrássy út 1", "Budapest", "", "1061"), "BUDAPEST|ANDRÁSSY ÚT 1|1061"},
		{"Brazil, bairro before the city", A{Name: "Ava Smith", Line1: "Av. Paulista 1578", District: "Bela Vista", City: "São Paulo", Region: "SP", PostalCode: "01310-200", Country: "BR"}, "Av. Paulista 1578|Bela Vista|SÃO PAULO - SP|01310-200"},
		{"Mexico, colonia before the city", A{Name: "Ava Smith", Line1: "Reforma 222", District: "Juárez", City: "Ciudad de México", Region: "CDMX", PostalCode: "06600", Country: "MX"}, "Reforma 222|Juárez|06600 CIUDAD DE MÉXICO, CDMX"},
		{"Mexico without state", in("MX", "Reforma 222", "Ciudad de México", "", "06600"), "Reforma 222|06600 CIUDAD DE MÉXICO"},
		{"Colombia without department", in("CO", "Cra 7 1-2", "Bogotá", "", "111221"), "Cra 7 1-2|Bogotá 111221"},
		{"Turkey without city", in("TR", "Atatürk Cad. 1", "", "İstanbul", "34000"), "Atatürk Cad. 1|34000 İstanbul"},
		{"Spain without city", in("ES", "Calle Real 28", "", "Madrid", "28100"), "Calle Real 28|28100|MADRID"},
		{"Spain, town named as its province", in("ES", "Gran Vía 28", "Madrid", "Madrid", "28013"), "Gran Vía 28|28013 MADRID"},
		{"Ireland, Eircode alone", in("IE", "1 Dame Street", "Dublin 2", "Co. Dublin", "D02 X285"), "1 Dame Street|DUBLIN 2|Co. Dublin|D02 X285"},
		{"Ghana has no format and loses nothing", A{Name: "Ava Smith", Line1: "1 Ring Rd", District: "Osu", City: "Accra", Region: "Greater Accra", PostalCode: "GA-123-4567", Country: "GH"}, "1 Ring Rd|Osu|GA-123-4567 Accra|Greater Accra"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(address.Lines(tt.in, tt.in.Country), "|")
			for _, head := range []string{"ACME|", "Ava Smith|", "AVA SMITH|"} {
				got = strings.TrimPrefix(got, head)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
