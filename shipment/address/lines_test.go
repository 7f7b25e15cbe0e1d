package address_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
)

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name   string
		origin string
		in     shipment.Address
		want   string
	}{
		{
			"US at home", "US",
			shipment.Address{Name: "伟 van", Line1: "Urb Las Gladiolas", Line2: "150 Calle A", City: "San Juan", Region: "PR", PostalCode: "00926", Country: "US"},
			"伟 van|Urb Las Gladiolas|150 Calle A|SAN JUAN PR 00926",
		},
		{"US from abroad", "CN", us(nil), "Zoë Núñez|1600 Amphitheatre Pkwy|MOUNTAIN VIEW CA 94043|UNITED STATES"},
		{"Canada, two spaces", "US", in("CA", "1000 Rue De La Gauchetière O", "Montréal", "QC", "H3B 4W5"), "AVA SMITH|1000 RUE DE LA GAUCHETIÈRE O|MONTRÉAL QC  H3B 4W5|CANADA"},
		{"Greece, capitals without accents", "GB", in("GR", "Ερμού 5", "Αθήνα", "", "105 63"), "Ava Smith|Ερμού 5|105 63 ΑΘΗΝΑ|GREECE"},
		{"Greece, what an accent kept apart", "GB", in("GR", "Ερμού 5", "Μάινα", "", "105 63"), "Ava Smith|Ερμού 5|105 63 ΜΑΪΝΑ|GREECE"},
		{"Greece, two signs on a letter", "GB", in("GR", "Ερμού 5", "Πραΰς Αγΐα", "", "105 63"), "Ava Smith|Ερμού 5|105 63 ΠΡΑΫΣ ΑΓΪΑ|GREECE"},
		{"Britain", "US", in("GB", "10 Downing Street", "London", "", "SW1A 2AA"), "Ava Smith|10 Downing Street|LONDON|SW1A 2AA|UNITED KINGDOM"},
		{"Germany", "US", in("DE", "Königsallee 60F", "Düsseldorf", "", "40212"), "Ava Smith|Königsallee 60F|40212 Düsseldorf|GERMANY"},
		{"Italy", "US", in("IT", "Via Monte Napoleone 8", "Milano", "MI", "20121"), "Ava Smith|Via Monte Napoleone 8|20121 MILANO MI|ITALY"},
		{"Spain with province", "US", in("ES", "Calle Real 28", "Alcobendas", "M", "28100"), "Ava Smith|Calle Real 28|28100 ALCOBENDAS|MADRID|SPAIN"},
		{"Spain without", "US", in("ES", "Calle Gran Vía 28", "Madrid", "", "28013"), "Ava Smith|Calle Gran Vía 28|28013 MADRID|SPAIN"},
		{"Mexico", "US", in("MX", "Paseo de la Reforma 222", "Ciudad de México", "CDMX", "06600"), "Ava Smith|Paseo de la Reforma 222|06600 CIUDAD DE MÉXICO, CDMX|MEXICO"},
		{"Brazil", "US", in("BR", "Av. Paulista 1578", "São Paulo", "SP", "01310-200"), "Ava Smith|Av. Paulista 1578|SÃO PAULO - SP|01310-200|BRAZIL"},
		{"Netherlands, two spaces", "US", in("NL", "Dam 1", "Amsterdam", "", "1012 JS"), "Ava Smith|Dam 1|1012 JS  AMSTERDAM|NETHERLANDS"},
		{"Japan in its own order, ward not twice", "US", in("JP", "千代田区丸の内1-9-1", "千代田区", "東京都", "100-0005"), "〒100-0005|東京都|千代田区丸の内1-9-1|Ava Smith|JAPAN"},
		{"Japan in Latin", "US", in("JP", "1-9-1 Marunouchi", "Chiyoda-ku", "Tokyo", "100-0005"), "Ava Smith|1-9-1 Marunouchi|Chiyoda-ku, TOKYO|100-0005|JAPAN"},
		{"China in its own order", "US", in("CN", "建国门外大街1号", "朝阳区", "北京市", "100004"), "100004|北京市朝阳区|建国门外大街1号|Ava Smith|CHINA"},
		{"Hong Kong in Latin", "US", in("HK", "8 Finance Street", "Hong Kong", "", ""), "Ava Smith|8 Finance Street|Hong Kong|HONG KONG"},
		{"Turkey", "US", in("TR", "Atatürk Cad. 1", "Fatih", "İstanbul", "34000"), "Ava Smith|Atatürk Cad. 1|34000 Fatih/İstanbul|TÜRKIYE"},
		{"anywhere", "US", in("LA", "1 Rue Samsenthai", "Vientiane", "", "01000"), "Ava Smith|1 Rue Samsenthai|01000 Vientiane|LAOS"},
		{"France, company first", "FR", shipment.Address{Name: "Léa", Company: "ACME", Line1: "1 Rue X", City: "Paris", PostalCode: "75007", Country: "FR"}, "ACME|Léa|1 Rue X|75007 PARIS"},
		{"nothing", "", shipment.Address{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(address.Lines(tt.in, tt.origin), "|")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestLinesLeaveNothingOut holds for every country that a label shows every
// field, save the region where that country's post writes none.
// TestSenderLines: who sends a parcel abroad is named with the country, so that
// it finds its way back; at home nobody writes it.
func TestSenderLines(t *testing.T) {
	t.Parallel()
	leipzig := in("DE", "Gartenstraße 12", "Leipzig", "", "04109")
	for name, tt := range map[string]struct {
		in   shipment.Address
		to   string
		want string
	}{
		"at home":                 {leipzig, "DE", "Ava Smith|Gartenstraße 12|04109 Leipzig"},
		"abroad":                  {leipzig, "FR", "Ava Smith|Gartenstraße 12|04109 Leipzig|GERMANY"},
		"to nobody knows where":   {leipzig, "", "Ava Smith|Gartenstraße 12|04109 Leipzig"},
		"of the forces":           {shipment.Address{Name: "Ava Smith", Line1: "Unit 5", PostalCode: "BFPO 57", Country: "GB"}, "US", "Ava Smith|Unit 5|BFPO 57"},
		"nobody":                  {shipment.Address{}, "US", ""},
		"nobody, from somewhere":  {shipment.Address{Country: "DE"}, "US", ""},
		"from no country we know": {shipment.Address{Name: "Ava Smith", Country: "ZZ"}, "US", "Ava Smith"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(address.SenderLines(tt.in, tt.to), "|"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLinesLeaveNothingOut(t *testing.T) {
	noRegion := strings.Fields("DE AT CH LI FR MC BE NL LU PT SM SE NO DK FI IS PL CZ SK HU BG GR HR SI EE LV LT MT CY IL SA SG ZA AX FO GL")
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if _, ok := address.CountryName(code); !ok {
				continue
			}
			got := strings.Join(address.Lines(shipment.Address{
				Name: "NAME", Company: "COMPANY", Line1: "LINE1", Line2: "LINE2", Line3: "LINE3",
				City: "CITY", District: "DISTRICT", Region: "REGION", PostalCode: "POSTAL", Country: code,
			}, ""), "\n")
			for _, want := range []string{"NAME", "COMPANY", "LINE1", "LINE2", "LINE3", "CITY", "DISTRICT", "REGION", "POSTAL"} {
				noZip := want == "POSTAL" && address.Check(in(code, "1", "1", "1", "1")).Address.PostalCode == ""
				if !strings.Contains(got, want) && !noZip && !(want == "REGION" && slices.Contains(noRegion, code)) {
					t.Errorf("%s leaves out %s:\n%s", code, want, got)
				}
			}
		}
	}
}
