package address_test

import (
	"testing"

	"waybill/shipment"
	"waybill/shipment/address"
)

// BenchmarkCheck checks addresses as orders bring them: sound ones, ones to correct
// and ones to refuse. The bound of the product is 20 µs each on one core.
func BenchmarkCheck(b *testing.B) {
	for name, a := range map[string]shipment.Address{
		"US":            us(nil),
		"US corrected":  us(func(a *shipment.Address) { a.Region, a.PostalCode, a.Country = "california", "940431351", "USA" }),
		"US mismatch":   us(func(a *shipment.Address) { a.Region = "NY" }),
		"US misspelt":   us(func(a *shipment.Address) { a.Region, a.PostalCode = "Califronia", "" }),
		"US box":        in("US", "PO Box 1187", "Anchorage", "AK", "99510"),
		"GB":            in("GB", "10 Downing Street", "London", "", "SW1A 2AA"),
		"GB corrected":  in("United Kingdom", "10 Downing Street", "London", "", "sw1a2aa"),
		"DE":            in("DE", "Unter den Linden 77", "Berlin", "", "10117"),
		"FR accents":    in("FR", "12 rue de l'Église", "Besançon", "", "25000"),
		"JP":            in("JP", "丸の内1-9-1", "千代田区", "東京都", "〒100-0005"),
		"JP Latin":      in("JP", "1-9-1 Marunouchi", "Chiyoda-ku", "Tokyo", "100-0005"),
		"CN":            in("CN", "建国门外大街1号", "朝阳区", "北京市", "100004"),
		"RU":            in("RU", "ул. Тверская, д. 7", "Москва", "Москва", "125009"),
		"BR":            in("BR", "Av. Paulista 1578, Apto 12", "São Paulo", "SP", "01310200"),
		"AE":            in("AE", "Sheikh Zayed Rd", "Dubai", "Dubai", "00000"),
		"KE no regions": in("KE", "Moi Avenue 1", "Nairobi", "", "00100"),
	} {
		b.Run(name, func(b *testing.B) {
			address.Check(a) // parses the country
			b.ReportAllocs()
			for b.Loop() {
				address.Check(a)
			}
		})
	}
}

func BenchmarkLines(b *testing.B) {
	a := us(nil)
	b.ReportAllocs()
	for b.Loop() {
		address.Lines(a, "DE")
	}
}

// BenchmarkCountryCode finds a country by its own name.
func BenchmarkCountryCode(b *testing.B) {
	address.CountryCode("Deutschland") // builds the names
	b.ReportAllocs()
	for b.Loop() {
		address.CountryCode("Deutschland")
	}
}
