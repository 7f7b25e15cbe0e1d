package address_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
)

func TestCheckMisplaced(t *testing.T) {
	type A = shipment.Address
	for _, tt := range []struct {
		name string
		in   A
		want []string
	}{
		{"state and ZIP with the city", in("US", "1 Main St", "Austin, TX 78701", "", ""), []string{"corrected", "city → Austin, TX", "postal_code → 78701", "city → Austin", "region → TX"}},
		{"state with the city, given too", in("US", "1 Main St", "Austin TX", "Texas", "78701"), []string{"corrected", "city → Austin", "region → TX"}},
		{"state with the city against the ZIP", in("US", "1 Main St", "Austin, NY", "", "78701"), []string{"corrected", "region → TX"}},
		{"ZIP with the city, given too", in("US", "1 Main St", "Austin 78701", "TX", "78701"), []string{"corrected", "city → Austin"}},
		{"ZIP with the city against the field", in("US", "1 Main St", "Austin 78702", "TX", "78701"), []string{"valid"}},
		{"ZIP with the state", in("US", "1 Main St", "Austin", "TX 78701", ""), []string{"corrected", "region → TX", "postal_code → 78701"}},
		{"state with the ZIP", in("US", "1 Main St", "Austin", "", "TX 78701"), []string{"corrected", "postal_code → 78701", "region → TX"}},
		{"city and ZIP exchanged", in("US", "1 Main St", "78701", "TX", "Austin"), []string{"corrected", "city → Austin", "postal_code → 78701"}},
		{"no state, ZIP of one", in("US", "1 Main St", "Austin", "", "78701"), []string{"corrected", "region → TX"}},
		{"no state, ZIP of one place across the Sound", in("US", "1 Main St", "Fishers Island", "", "06390"), []string{"corrected", "region → NY"}},
		{"no province, postcode of two", in("CA", "1 Rue X", "Ottawa", "", "K1A 0A9"), []string{"invalid", "region missing error"}},
		{"Washington DC twice", in("US", "1600 Pennsylvania Ave NW", "Washington DC", "DC", "20500"), []string{"corrected", "city → Washington"}},
		{"a city that ends like a state", in("US", "1 Main St", "Kansas City", "MO", "64106"), []string{"valid"}},
		{"city numbered", in("IE", "Dame Street", "Dublin 2", "", "D02 XN27"), []string{"valid"}},
		{"city numbered, Prague", in("CZ", "Na Příkopě 1", "Praha 1", "", "110 00"), []string{"valid"}},
		{"postcode before the city", in("DE", "Unter den Linden 77", "10117 Berlin", "", ""), []string{"corrected", "city → Berlin", "postal_code → 10117"}},
		{"country with the city", in("CA", "1 King St", "Toronto, Canada", "ON", "M5H 1A1"), []string{"corrected", "city → Toronto"}},
		{"everything in the line", in("US", "1 Main St, Austin, TX 78701", "", "", ""), []string{"corrected", "line1 → 1 Main St", "city → Austin", "region → TX", "postal_code → 78701"}},
		{"everything in the line and in the fields", in("US", "1 Main St, Austin, TX 78701", "Austin", "TX", "78701"), []string{"corrected", "line1 → 1 Main St"}},
		{"place again in line 2", A{Name: "A B", Line1: "1 Main St", Line2: "Austin, TX 78701", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US"}, []string{"corrected", "line2 → "}},
		{"city again in line 2", A{Name: "A B", Line1: "1 Main St", Line2: "austin", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US"}, []string{"corrected", "line2 → "}},
		{"line twice", A{Name: "A B", Line1: "1 Main St", Line2: "1 MAIN ST.", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US"}, []string{"corrected", "line2 → "}},
		{"name in line 1", A{Name: "Ann Bell", Line1: "Ann Bell", Line2: "1 Main St", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US"}, []string{"corrected", "line1 → ", "line1 → 1 Main St", "line2 → "}},
		{"name as company", A{Name: "Ann Bell", Company: "ann bell", Line1: "1 Main St", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US"}, []string{"corrected", "company → "}},
		{"placeholders", A{Name: "Ann Bell", Company: "N/A", Line1: "1 Main St", Line2: "-", Line3: "none", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US", Phone: "000-000-0000"}, []string{"corrected", "company → ", "line2 → ", "line3 → ", "phone → "}},
		{"placeholder where something must be", A{Name: "Ann Bell", Line1: "N/A", City: "Austin", Region: "TX", PostalCode: "78701", Country: "US"}, []string{"invalid", "line1 missing error", "line1 → "}},
		{"Naples is no placeholder", in("IT", "Via Toledo 1", "Napoli", "NA", "80134"), []string{"valid"}},
		{"military under the host's country", in("DE", "CMR 402 Box 100", "APO", "AE", "09180"), []string{"corrected", "country → US"}},
		{"military, all in the city", in("Germany", "CMR 402 Box 100", "APO AE 09180", "", ""), []string{"corrected", "country → DE", "country → US", "city → APO AE", "postal_code → 09180", "city → APO", "region → AE"}},
		{"no house number", in("DE", "Hauptstraße", "Berlin", "", "10827"), []string{"valid", "line1 house_number_missing warning"}},
		{"no house number, said", in("ES", "Camino Real s/n", "Toledo", "", "45001"), []string{"valid"}},
		{"no house number, named house", in("GB", "Rose Cottage, Mill Lane", "Ludlow", "", "SY8 1AA"), []string{"valid"}},
		{"number first in Germany", in("DE", "12 Hauptstraße", "Berlin", "", "10827"), []string{"valid", "line1 house_number_order warning"}},
		{"street that begins with a number", in("DE", "17. Juni Platz", "Berlin", "", "10827"), []string{"valid"}},
		{"number first in France", in("FR", "12 rue de Rivoli", "Paris", "", "75004"), []string{"valid"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summary(address.Check(tt.in))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
