package address_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment/address"
)

// TestStandardUS holds delivery lines against the examples and rules of USPS
// Publication 28.
func TestStandardUS(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"123 Main Street", "123 MAIN ST"},
		{"1600 Amphitheatre Parkway", "1600 AMPHITHEATRE PKWY"},
		{"350 Fifth Avenue, Suite 3300", "350 FIFTH AVE STE 3300"},
		{"350 5th Ave.", "350 5TH AVE"},
		{"101 North Main Street Apartment 12", "101 N MAIN ST APT 12"},
		{"475 L'Enfant Plaza SW", "475 LENFANT PLZ SW"},
		// Directionals, 233.
		{"12 North Avenue", "12 NORTH AVE"},
		{"12 E West Street", "12 E WEST ST"},
		{"100 Bay West Drive", "100 BAY WEST DR"},
		{"100 Main St South East", "100 MAIN ST SE"},
		{"100 South West Main St", "100 SW MAIN ST"},
		{"123 Avenue N", "123 AVENUE N"},
		{"842 East 1700 South", "842 E 1700 S"},
		{"5 South Street", "5 SOUTH ST"},
		{"5 North", "5 NORTH"},
		// Suffixes, 234: only the last, two suffixes, none.
		{"789 Main Avenue Drive", "789 MAIN AVENUE DR"},
		{"4513 3rd Street Circle West", "4513 3RD STREET CIR W"},
		{"1 Broadway", "1 BROADWAY"},
		{"9 Court", "9 COURT"},
		{"201 County Road 30", "201 COUNTY ROAD 30"},
		{"17 Plaza Del Sol", "17 PLAZA DEL SOL"},
		// Numbers, 232 and appendix D.
		{"112-10 Bronx Road", "112-10 BRONX RD"},
		{"123 1/2 Main St", "123 1/2 MAIN ST"},
		{"39.2 Road", "39.2 RD"},
		{"N6W23001 Bluemound Rd", "N6W23001 BLUEMOUND RD"},
		// Units, 213 and appendix C2.
		{"102 Main Street Apt # 101", "102 MAIN ST APT 101"},
		{"102 Main Street #101", "102 MAIN ST # 101"},
		{"55 Sylvan Blvd Rear", "55 SYLVAN BLVD REAR"},
		{"1600 Central Pl Bldg 14 Rm 3", "1600 CENTRAL PL BLDG 14 RM 3"},
		{"30 Front Street", "30 FRONT ST"},
		{"12 Key Boulevard", "12 KEY BLVD"},
		{"12 Lower River Road", "12 LOWER RIVER RD"},
		{"20 Oak St Penthouse", "20 OAK ST PH"},
		{"20 Oak St 3rd Fl", "20 OAK ST 3RD FL"},
		{"20 Oak St Floor 3", "20 OAK ST FL 3"},
		{"1 Elm St Lot B12", "1 ELM ST LOT B12"},
		{"10 Main St Unit B", "10 MAIN ST UNIT B"},
		{"10 Main St PMB 234", "10 MAIN ST PMB 234"},
		// Boxes and routes, 24 to 28.
		{"P.O. Box 11890", "PO BOX 11890"},
		{"P O Box G", "PO BOX G"},
		{"Post Office Box No. 12", "PO BOX 12"},
		{"POB 12", "PO BOX 12"},
		{"Caller 12", "PO BOX 12"},
		{"Drawer L", "PO BOX L"},
		{"R.R. 2, Box 152", "RR 2 BOX 152"},
		{"Rural Route 03 Box 98 D", "RR 3 BOX 98D"},
		{"RFD 4 #Box 87A", "RFD 4 # BOX 87A"}, // no form of the publication: left alone
		{"RD 4 Box 19-1A", "RR 4 BOX 19-1A"},
		{"Highway Contract Route 68 Box 23A", "HC 68 BOX 23A"},
		{"Star Route 1 Box 2", "HC 1 BOX 2"},
		{"psc 3 box 1204", "PSC 3 BOX 1204"},
		{"CMR 1250 Box 98", "CMR 1250 BOX 98"},
		{"Unit 2050 Box 4190", "UNIT 2050 BOX 4190"},
		{"General Delivery", "GENERAL DELIVERY"},
		// Puerto Rico, 29: Spanish words stay.
		{"1234 Calle Aurora", "1234 CALLE AURORA"},
		{"150 Calle A Apt 3", "150 CALLE A APT 3"},
	} {
		if got := address.StandardUS(tt.in).Line(); got != tt.want {
			t.Errorf("StandardUS(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestStandardUSLines(t *testing.T) {
	for _, tt := range []struct{ in, above, line string }{
		{"Urb Las Gladiolas|150 Calle A", "URB LAS GLADIOLAS", "150 CALLE A"},
		{"c/o Jane Doe|12 Main St|Apt 4", "C/O JANE DOE", "12 MAIN ST APT 4"},
		{"Attn: Receiving|12 Main Street", "ATTN RECEIVING", "12 MAIN ST"},
		{"Empire State Building|350 5th Avenue|Suite 3300", "EMPIRE STATE BUILDING", "350 5TH AVE STE 3300"},
		{"12 Main St|# 4", "", "12 MAIN ST # 4"},
		{"12 Main St|PMB 234", "", "12 MAIN ST PMB 234"},
		{"12 Main St|Ring the bell", "RING THE BELL", "12 MAIN ST"},
		{"", "", ""},
	} {
		d := address.StandardUS(strings.Split(tt.in, "|")...)
		if above := strings.Join(d.Above, "|"); above != tt.above || d.Line() != tt.line {
			t.Errorf("StandardUS(%q) = %q, %q, want %q, %q", tt.in, above, d.Line(), tt.above, tt.line)
		}
	}
}

// TestStandardUSSettles holds that the standard form of a standard form is
// itself, for what is built like an address.
func TestStandardUSSettles(t *testing.T) {
	part := func(words string) *rapid.Generator[string] { return rapid.SampledFrom(strings.Split(words, ",")) }
	gens := []*rapid.Generator[string]{
		part("12,350,112-10,N6W23001,5 1/2"), part(",N,North,S.,South West,East"), part("Main,Oak,First,5th,West,Lower River,Saint John,Front"),
		part(",Street,Ave.,Drive,Avenue Drive,Ln,Pkwy,Circle"), part(",N,West,South East"), part(",Apt 4B,Suite 200,#12,Unit # 7,Rear,Floor 3,Bldg 2 Rm 5,Lot 9,PMB 77"),
	}
	rapid.Check(t, func(t *rapid.T) {
		var words []string
		for _, g := range gens {
			words = append(words, g.Draw(t, "part"))
		}
		line := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		once := address.StandardUS(line).Line()
		if twice := address.StandardUS(once).Line(); twice != once {
			t.Fatalf("%q became %q and then %q", line, once, twice)
		}
	})
}

// TestStandardUSLosesNoDigit holds for any words at all: a house number that is
// lost is a parcel that is lost.
func TestStandardUSLosesNoDigit(t *testing.T) {
	word := rapid.SampledFrom(strings.Fields("12 350 1/2 N North Main First Oak West Street Ave Drive Apt # 4B Suite 200 PO Box RR HC Unit PSC 39.2 112-10 Rear Front Floor Lot Key O'Brien St. C/O"))
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		line := strings.Join(rapid.SliceOfN(word, 1, 8).Draw(t, "words"), " ")
		d := address.StandardUS(line)
		if all := strings.Join(d.Above, " ") + " " + d.Line(); digits(all) != digits(line) {
			t.Fatalf("%q became %q: digits lost", line, all)
		}
	})
}

func FuzzStandardUS(f *testing.F) {
	f.Add("12 North Main St. Apt #4", "PO Box 12")
	f.Fuzz(func(_ *testing.T, a, b string) { address.StandardUS(a, b).Line() })
}
