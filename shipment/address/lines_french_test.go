package address_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
)

// TestLinesFrench holds the order of La Poste's six lines, whatever order a shop's
// form has.
func TestLinesFrench(t *testing.T) {
	for _, tt := range []struct {
		name                string
		country             string
		line1, line2, line3 string
		want                []string
	}{
		{"street first, as forms ask", "FR", "12 rue de l'Église", "Bâtiment C", "Appt 4", []string{"Appt 4", "Bâtiment C", "12 rue de l'Église"}},
		{"in order already", "FR", "Résidence Les Pins", "12 rue de l'Église", "BP 12", []string{"Résidence Les Pins", "12 rue de l'Église", "BP 12"}},
		{"the box last", "FR", "BP 12", "12 rue de l'Église", "", []string{"12 rue de l'Église", "BP 12"}},
		{"a line of nothing known stays below", "FR", "12 rue de l'Église", "Code 1234A", "", []string{"12 rue de l'Église", "Code 1234A"}},
		{"a word that only begins so", "FR", "12 rue de l'Église", "Batignolles", "", []string{"12 rue de l'Église", "Batignolles"}},
		{"overseas", "RE", "4 rue de Paris", "Imm. Océan", "", []string{"IMM. OCÉAN", "4 RUE DE PARIS"}},
		{"not in Belgium", "BE", "Rue Neuve 10", "Bâtiment C", "", []string{"Rue Neuve 10", "Bâtiment C"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := address.Lines(shipment.Address{Name: "Ava Smith", Line1: tt.line1, Line2: tt.line2, Line3: tt.line3, City: "Lyon", PostalCode: "69002", Country: tt.country}, tt.country)
			if diff := cmp.Diff(tt.want, lines[1:len(lines)-1]); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestPackstation says that a Packstation lacks the buyer's number, and only then.
func TestPackstation(t *testing.T) {
	const missing = "a parcel locker or shop: only the carrier who runs it delivers there; the buyer's Postnummer (6 to 10 digits) is missing, without which it comes back: ask for it"
	const complete = "a parcel locker or shop: only the carrier who runs it delivers there"
	for _, tt := range []struct{ line1, line2, company, want string }{
		{"Packstation 123", "", "", missing},
		{"Packstation 123", "12345678", "", complete},
		{"12345678", "Packstation 123", "", complete},
		{"Packstation 123", "", "Postnummer: 1234567", complete},
		{"Packstation 123", "Hinterhof 12", "", missing},
		{"Postfiliale 502", "", "", complete}, // opens by the name, too
	} {
		a := in("DE", tt.line1, "Berlin", "", "10117")
		a.Line2, a.Company = tt.line2, tt.company
		got := ""
		for _, is := range address.Check(a).Issues {
			if is.Code == address.ParcelLocker {
				got = is.Message
			}
		}
		if got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.line1, tt.line2, got, tt.want)
		}
	}
}
