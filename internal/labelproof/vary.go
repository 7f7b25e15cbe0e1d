package labelproof

import (
	"fmt"
	"math/rand/v2"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// A place is an address that people might have; the name stands beside it.
type place struct{ line1, line2, city, region, postal, country string }

// A Script is a way of writing, with names and places of people who use it.
type Script struct {
	Name    string
	Probe   rune // a letter that a font of the script has
	given   []string
	family  []string
	places  []place
	company []string
}

// Scripts returns the scripts that labels are tried in.
func Scripts() []Script { return append(embedded(), others()...) }

// embedded returns those of the faces that ship with the program.
func embedded() []Script {
	return []Script{
		{
			"Latin", 'Å',
			[]string{"Zoë", "Søren", "Łukasz", "Éloïse", "Ångström", "Iñaki", "Çağla", "Renée", "Dvořák"},
			[]string{"Müller-Lüdenscheidt", "Ó Súilleabháin", "Øvergård", "Peña y Muñoz", "Șerban", "Křížová", "Żółć"},
			[]place{
				{"Gartenstraße 12", "Hinterhaus, 2. Stock", "Leipzig", "", "04109", "DE"},
				{"12 bis rue de l'Église", "Bât. C", "Besançon", "", "25000", "FR"},
				{"Calle Núñez de Balboa 7", "2º dcha.", "A Coruña", "", "15003", "ES"},
				{"ul. Żwirki i Wigury 4", "m. 8", "Łódź", "", "90-001", "PL"},
			},
			[]string{"", "", "Café & Söhne GmbH", "L'Œuvre d'Été"},
		},
		{
			"Vietnamese", 'ễ',
			[]string{"Thị Phương", "Hữu", "Quỳnh Như"},
			[]string{"Nguyễn", "Trần Đặng", "Phạm"},
			[]place{{"12 Đường Nguyễn Huệ", "Phường Bến Nghé", "Thành phố Hồ Chí Minh", "", "700000", "VN"}},
			[]string{"", "Công ty Ánh Dương"},
		},
		{
			"Cyrillic", 'Щ',
			[]string{"Анастасия", "Пётр", "Ђорђе", "Олексій"},
			[]string{"Щербакова", "Йовановић", "Ґалаґан"},
			[]place{{"вул. Хрещатик, 22", "кв. 14", "Київ", "", "01001", "UA"}, {"бул. Витоша 89", "ап. 3", "София", "", "1463", "BG"}},
			[]string{"", "ТОВ «Їжак»"},
		},
		{
			"Greek", 'Ω',
			[]string{"Αικατερίνη", "Γεώργιος"},
			[]string{"Παπαδοπούλου", "Οικονόμου"},
			[]place{{"Λεωφόρος Βασιλίσσης Σοφίας 42", "3ος όροφος", "Αθήνα", "", "11528", "GR"}},
			[]string{"", "Εκδόσεις Ίκαρος"},
		},
	}
}

// others returns those that need fonts of the machine.
func others() []Script {
	return []Script{
		{
			"Arabic", 'ع',
			[]string{"محمد", "فاطمة"},
			[]string{"عبد الرحمن", "الزهراني"},
			[]place{{"شارع الملك فهد 12", "الطابق 3", "الرياض", "", "11564", "SA"}},
			[]string{"", "شركة النور"},
		},
		{
			"Hebrew", 'ש',
			[]string{"שירה", "יעקב"},
			[]string{"כהן", "בן־דוד"},
			[]place{{"רחוב דיזנגוף 99", "דירה 4", "תל אביב", "", "6433201", "IL"}},
			[]string{"", "חברת אור בע״מ"},
		},
		{
			"Thai", 'ก',
			[]string{"สมชาย", "กัญญารัตน์"},
			[]string{"ใจดี", "ศรีสุข"},
			[]place{{"99/1 ถนนสุขุมวิท", "แขวงคลองเตย", "กรุงเทพมหานคร", "", "10110", "TH"}},
			[]string{"", "บริษัท รุ่งเรือง"},
		},
		{
			"Devanagari", 'क',
			[]string{"प्रिया", "अर्जुन"},
			[]string{"श्रीवास्तव", "शर्मा"},
			[]place{{"12 महात्मा गांधी मार्ग", "तीसरी मंज़िल", "मुंबई", "MH", "400001", "IN"}},
			[]string{"", "ज्योति उद्योग"},
		},
		{
			"Chinese", '東',
			[]string{"偉", "秀英"},
			[]string{"王", "歐陽"},
			[]place{{"信義路五段7號", "45樓", "台北市", "", "110", "TW"}, {"南京西路100号", "3室", "上海市", "Shanghai", "200003", "CN"}},
			[]string{"", "光華書店"},
		},
		{
			"Japanese", 'ア',
			[]string{"花子", "健太郎"},
			[]string{"佐藤", "渡邊"},
			[]place{{"千代田1-1-1", "グリーンハイツ202", "千代田区", "東京都", "100-0001", "JP"}},
			[]string{"", "株式会社アオイ"},
		},
		{
			"Korean", '한',
			[]string{"지우", "서연"},
			[]string{"김", "황보"},
			[]place{{"세종대로 110", "12층", "서울특별시", "", "04524", "KR"}},
			[]string{"", "주식회사 한빛"},
		},
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// How much of an order's destination a variation replaces.
const (
	Abroad  = iota // everything
	InTown         // the names and the lines, not city, postcode and country
	Carrier        // nothing: what carriers' rules hang on stays
)

// Vary returns o with another buyer, other goods and another number. What a
// carrier's rules hang on stays as it is: the shape of the number, and as much
// of the address as reach says.
func Vary(o shipment.Order, r *rand.Rand, s Script, reach int) shipment.Order {
	o.ID = orderID(r)
	to := &o.ShipTo
	if reach != Carrier {
		p := pick(r, s.places)
		to.Name, to.Company = pick(r, s.given)+" "+pick(r, s.family), pick(r, s.company)
		to.Line1, to.Line2, to.Line3 = p.line1, p.line2, ""
		if reach == Abroad {
			to.City, to.District, to.Region, to.PostalCode, to.Country = p.city, "", p.region, p.postal, p.country
		}
	}
	o.TrackingNumber = otherNumber(r, o.Carrier, o.TrackingNumber)
	o.Items = append([]shipment.Item(nil), o.Items...)
	for i := range o.Items {
		it := &o.Items[i]
		it.SKU = fmt.Sprintf("%s-%03d", pick(r, []string{"MUG", "TEA", "LAMP", "SOCKS-XL", "Ø12"}), r.IntN(1000))
		it.Quantity = 1 + r.IntN(9)
	}
	o.Parcels = append([]shipment.Parcel(nil), o.Parcels...)
	for i := range o.Parcels {
		o.Parcels[i].Weight = shipment.Grams(50 + r.IntN(20000))
	}
	return o
}

func orderID(r *rand.Rand) shipment.OrderID {
	switch r.IntN(4) {
	case 0:
		return shipment.OrderID(fmt.Sprintf("#%d", 1000+r.IntN(99000)))
	case 1:
		return shipment.OrderID(fmt.Sprintf("WEB-%04d/%c", r.IntN(10000), 'A'+rune(r.IntN(26))))
	case 2:
		return shipment.OrderID(fmt.Sprintf("%03d-%07d-%07d", r.IntN(1000), r.IntN(1e7), r.IntN(1e7)))
	}
	return shipment.OrderID(fmt.Sprintf("57%016d", r.Int64N(1e16)))
}

// otherNumber returns a number of the same carrier and shape: other digits
// before the last, and the last one so that the check digit is right. Where
// there is none, it is the same number.
func otherNumber(r *rand.Rand, c shipment.CarrierID, n shipment.TrackingNumber) shipment.TrackingNumber {
	if !valid(c, string(n)) {
		return n
	}
	b := []byte(n)
	changed := 0
	for i := len(b) - 2; i > 0 && changed < 6; i-- {
		if b[i] >= '0' && b[i] <= '9' {
			b[i] = byte('0' + r.IntN(10))
			changed++
		}
	}
	if b[len(b)-1] >= '0' && b[len(b)-1] <= '9' {
		for d := byte('0'); d <= '9'; d++ {
			b[len(b)-1] = d
			if valid(c, string(b)) {
				return shipment.TrackingNumber(b)
			}
		}
	}
	return n
}

// valid reports whether a number is one of the carrier's.
func valid(c shipment.CarrierID, number string) bool {
	same, matches := carrier.Default().Recognise(number, carrier.Hints{Carrier: c})
	if same != number {
		return false
	}
	for _, m := range matches {
		if m.Carrier == c && m.Valid {
			return true
		}
	}
	return false
}
