package configs_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/shipment"
)

// refusals lists what each label cannot do without.
var refusals = []struct {
	label, name string
	change      func(*carrierLabel)
	want        string
}{
	{"usps-4x6", "abroad", func(c *carrierLabel) { c.order.ShipTo.Country = "CA" }, "for addresses in the United States"},
	{"usps-4x6", "no ZIP Code", func(c *carrierLabel) { c.order.ShipTo.PostalCode = "" }, "needs the ZIP Code"},
	{"usps-4x6", "another's number", func(c *carrierLabel) { c.order.TrackingNumber = "1Z999AA10300427185" }, "not an IMpb"},
	{"usps-4x6", "no postage", func(c *carrierLabel) { c.field("postage", "") }, "label.fields.postage"},
	{"ups-4x6", "another's number", func(c *carrierLabel) { c.order.TrackingNumber = "3318810025" }, "not a UPS number"},
	{"ups-4x6", "no routing code", func(c *carrierLabel) { c.field("ups_routing_code", "") }, "label.fields.ups_routing_code"},
	{"ups-4x6", "no class", func(c *carrierLabel) { c.order.TrackingNumber = "1Z999AA1DL00427185" }, "label.fields.ups_class"},
	{"ups-4x6", "no ZIP Code", func(c *carrierLabel) { c.order.ShipTo.PostalCode = "" }, "needs the ZIP Code"},
	{"fedex-4x6", "no account", func(c *carrierLabel) { c.field("account", "") }, "label.fields.account"},
	{"fedex-4x6", "no service code", func(c *carrierLabel) { c.field("fedex_service", "") }, "label.fields.fedex_service"},
	{"fedex-4x6", "no form ID", func(c *carrierLabel) { c.field("form_id", "") }, "label.fields.form_id"},
	{"fedex-4x6", "no routing", func(c *carrierLabel) { c.field("ursa", "") }, "label.fields.ursa"},
	{"fedex-4x6", "12 digits", func(c *carrierLabel) { c.order.TrackingNumber = "779017972697" }, "label.fields.fedex_barcode"},
	{"fedex-4x6", "another's 34 digits", func(c *carrierLabel) {
		c.order.TrackingNumber = "779017972697"
		c.field("fedex_barcode", "1001901781990001000300617767839437")
	}, "end in the tracking number"},
	{"dhl-express-4x6", "no waybill", func(c *carrierLabel) { c.order.TrackingNumber = "JJD014600009876543210" }, "label.fields.waybill"},
	{"dhl-express-4x6", "no licence plate", func(c *carrierLabel) { c.field("license_plate", "") }, "label.fields.license_plate"},
	{"dhl-express-4x6", "no plate of the second", func(c *carrierLabel) {
		c.order.Parcels, c.k = append(c.order.Parcels, c.order.Parcels[0]), 2
		c.field("license_plate_1", "JD014600009876543210")
	}, "license_plate_1, license_plate_2"},
	{"dhl-express-4x6", "no origin", func(c *carrierLabel) { c.field("origin", "") }, "label.fields.origin"},
	{"dhl-express-4x6", "no destination", func(c *carrierLabel) { c.field("destination", "") }, "label.fields.destination"},
	{"dhl-express-4x6", "no routing code", func(c *carrierLabel) { c.field("routing_code", "") }, "label.fields.routing_code"},
	{"dhl-paket-4x6", "another's number", func(c *carrierLabel) { c.order.TrackingNumber = "3318810025" }, "not a DHL Paket number"},
	{"dhl-paket-4x6", "no routing code", func(c *carrierLabel) { c.field("routing_code", "") }, "label.fields.routing_code"},
	{"dhl-paket-4x6", "no billing number", func(c *carrierLabel) { c.field("billing_number", "") }, "label.fields.billing_number"},
}

// TestCarrierLabelsRefuse takes from each sample what its label cannot do
// without.
func TestCarrierLabelsRefuse(t *testing.T) {
	t.Parallel()
	for _, tc := range refusals {
		t.Run(tc.label+"/"+tc.name, func(t *testing.T) {
			t.Parallel()
			c := sampleLabel(t, tc.label)
			tc.change(c)
			if _, err := c.lay(labels.DPI203); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}

// usps changes service and number.
func usps(service, number string) func(*carrierLabel) {
	return func(c *carrierLabel) {
		c.settled.ServiceName, c.order.TrackingNumber = service, shipment.TrackingNumber(number)
	}
}

// abroad changes the address, and number and class where they are given.
func abroad(a shipment.Address, number, class string) func(*carrierLabel) {
	return func(c *carrierLabel) {
		c.order.ShipTo, c.order.TrackingNumber = a, shipment.TrackingNumber(cmp.Or(number, string(c.order.TrackingNumber)))
		c.settled.ServiceName = "UPS Worldwide Saver"
		c.field("ups_class", class)
	}
}

// variations is what the samples do not show.
var variations = []struct {
	label, name string
	change      func(*carrierLabel)
	say         []string // words on its face
	read        []string // beginnings of payloads
}{
	{"usps-4x6", "ground advantage", usps("USPS Ground Advantage", "9200190300000000283157"), []string{"G", "USPS GROUND ADVANTAGE"}, []string{"42094928" + gs + "92001903"}},
	{"usps-4x6", "express", usps("Priority Mail Express", "9205590300000000142075"), []string{"E", "USPS PRIORITY MAIL EXPRESS"}, nil},
	{"usps-4x6", "media mail", usps("USPS Media Mail", "9205590300000000142075"), []string{"USPS MEDIA MAIL"}, nil},
	{"usps-4x6", "the whole barcode as number", usps("USPS Priority Mail", "420949289205590300000000142075"), []string{"9205 5903 0000 0000 1420 75"}, []string{"42094928" + gs + "92055903"}},
	{"usps-4x6", "hazardous", func(c *carrierLabel) { c.field("service_icon", "H") }, []string{"H"}, nil},
	{"usps-4x6", "five digits", func(c *carrierLabel) { c.order.ShipTo.PostalCode = "94928" }, []string{"ROHNERT PARK CA 94928"}, []string{"42094928" + gs}},
	{"ups-4x6", "next day", func(c *carrierLabel) {
		c.settled.ServiceName, c.order.TrackingNumber = "UPS Next Day Air", "1Z999AA10100427214"
	}, []string{"1", "UPS NEXT DAY AIR"}, []string{"[)>\x1e01\x1d96303081829\x1d840\x1d001\x1d1Z00427214"}},
	{"ups-4x6", "no ZIP+4", func(c *carrierLabel) { c.order.ShipTo.PostalCode = "30308" }, nil, []string{"42030308", "[)>\x1e01\x1d96303080000\x1d"}},
	{
		"ups-4x6", "Canada", abroad(shipment.Address{Name: "Anaïs Côté", Line1: "200 Bay St", City: "Toronto", Region: "ON", PostalCode: "M5E 1G4", Country: "CA"}, "1Z999AA16600427192", ""),
		[]string{"CANADA"},
		[]string{"421124M5E1G4", "[)>\x1e01\x1d96M5E1G4\x1d124\x1d066\x1d1Z00427192"},
	},
	{
		"ups-4x6", "Austria", abroad(shipment.Address{Name: "Jörg Gruber", Line1: "Salzburger Straße 2", City: "Hallein", PostalCode: "5400", Country: "AT"}, "1Z999AA1DL00427185", "403"),
		[]string{"AUSTRIA"},
		[]string{"4210405400", "[)>\x1e01\x1d965400  \x1d040\x1d403"},
	},
	{
		"ups-4x6", "no postcodes there", abroad(shipment.Address{Name: "Chan Siu Ming", Line1: "1 Harbour View St", City: "Central", Country: "HK"}, "", ""),
		nil,
		[]string{"[)>\x1e01\x1d96      \x1d344\x1d003"},
	},
	{"ups-4x6", "as full as its MaxiCode gets", func(c *carrierLabel) {
		c.order.ShipTo.City = "Rancho Sta Margarita" // 20 letters
		c.order.Parcels, c.k = slices.Repeat([]shipment.Parcel{{Weight: 68000}}, 100), 100
	}, []string{"100 OF 100", "150 LBS"}, []string{"[)>\x1e01\x1d96303081829\x1d840\x1d003\x1d1Z00427185\x1dUPSN\x1d999AA1\x1d327\x1d\x1d100/100\x1d150\x1dN\x1d\x1dRANCHO STA MARGARITA\x1dGA\x1e\x04"}},
	{"ups-4x6", "from Germany", func(c *carrierLabel) { c.order.ShipFrom.Country = "DE" }, []string{"2.7 KG"}, nil},
	{
		"fedex-4x6", "home delivery", func(c *carrierLabel) {
			c.settled.ServiceName, c.order.TrackingNumber = "FedEx Home Delivery", "9622001900000000000000776632517510"
			for _, name := range []string{"form_id", "ursa", "airport", "commit"} {
				c.field(name, "")
			}
			c.field("fedex_service", "804")
		},
		[]string{"H", "Home Delivery", "HOME DELIVERY", "7766 3251 7510", "9622 0019 0 (000 000 0000) 0 00 7766 3251 7510"},
		[]string{"[)>\x1e01\x1d0294115\x1d840\x1d804\x1d776632517510\x1dFDEG\x1d", "96220019"},
	},
	{"fedex-4x6", "12 digits and the barcode", func(c *carrierLabel) {
		c.order.TrackingNumber = "779017972697"
		c.field("fedex_barcode", "1001921334250001000300779017972697")
	}, []string{"7790 1797 2697", "0201"}, []string{"1001921334", "[)>\x1e01\x1d0294115\x1d840\x1d01\x1d7790179726970201\x1dFDE\x1d"}},
	{"fedex-4x6", "to Mexico", func(c *carrierLabel) {
		c.order.ShipTo = shipment.Address{Name: "Lucía Rodríguez", Line1: "Av. Juárez 100", City: "Guadalajara", Region: "JAL", PostalCode: "44100", Country: "MX"}
	}, []string{"JAL-MX", "MEXICO"}, []string{"[)>\x1e01\x1d0244100\x1d484\x1d"}},
	{"dhl-express-4x6", "the plate as number", func(c *carrierLabel) {
		c.order.TrackingNumber = "JJD014600009876543210"
		c.field("waybill", "3318810025")
		c.field("license_plate", "")
	}, []string{"WAYBILL 33 1881 0025", "(J) JD01 4600 0098 7654 3210"}, []string{"3318810025", "JJD0146"}},
	{"dhl-express-4x6", "second of two", func(c *carrierLabel) {
		c.order.Parcels, c.k = append(c.order.Parcels, c.order.Parcels[0]), 2
		c.field("license_plate_2", "JD014600009876543211")
	}, []string{"2 / 2", "(J) JD01 4600 0098 7654 3211"}, []string{"JJD014600009876543211"}},
	{"dhl-express-4x6", "no postcodes there", func(c *carrierLabel) {
		c.order.ShipTo = shipment.Address{Name: "Marisa Pitto", Line1: "32 Town Range", City: "Gibraltar", Country: "GI"}
		c.field("routing_code", "GI:GIBGIB+46000001")
		c.field("destination", "GI-GIB-GIB")
	}, []string{"GI-GIB-GIB"}, []string{"2LGI:GIBGIB+46000001"}},
	{"dhl-paket-4x6", "to Austria", func(c *carrierLabel) {
		c.order.ShipTo = shipment.Address{Name: "Jörg Gruber", Line1: "Salzburger Straße 2", City: "Hallein", PostalCode: "5400", Country: "AT"}
		c.settled.ServiceName = "DHL Paket International"
		c.field("routing_code", "0405400+80000000000000")
	}, []string{"DHL PAKET INTERNATIONAL", "(403)0405400+80000000000000"}, []string{"4030405400+8", "003404"}},
}

// TestCarrierServices lays out what the samples do not show: other services,
// other countries, several parcels, and a number in its other form.
func TestCarrierServices(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	for _, tc := range variations {
		t.Run(tc.label+"/"+tc.name, func(t *testing.T) {
			t.Parallel()
			c := sampleLabel(t, tc.label)
			tc.change(c)
			l, _ := c.prove(t, labels.DPI203)
			words := "\n" + said(l) + "\n"
			for _, want := range tc.say {
				if !strings.Contains(words, "\n"+want+"\n") {
					t.Errorf("its words do not say %q:\n%s", want, words)
				}
			}
			for _, want := range tc.read {
				var payloads []string
				for _, s := range symbolsOf(l) {
					payloads = append(payloads, string(s.Payload))
				}
				if !slices.ContainsFunc(payloads, func(p string) bool { return strings.HasPrefix(p, want) }) {
					t.Errorf("no symbol begins with %q: %q", want, payloads)
				}
			}
		})
	}
}

// TestCarrierLabelsHoldLongNames fills every line of both addresses, in three
// scripts, and says what must not ship.
func TestCarrierLabelsHoldLongNames(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	for script, word := range map[string]string{
		"Latin":    "Konstantinopolitanischer Dudelsackp",
		"Cyrillic": "Всероссийское Общество Книголюбов №",
		"Greek":    "Αικατερίνη Παπαδοπούλου Βασιλειάδου",
	} {
		if n := len([]rune(word)); n != 35 {
			t.Fatalf("%s: %d characters, want 35", script, n)
		}
		for _, name := range carrierTemplates {
			for _, mark := range []string{"", "REPRINT", "SAMPLE · DO NOT SHIP"} {
				t.Run(script+"/"+name+"/"+mark, func(t *testing.T) {
					t.Parallel()
					c := sampleLabel(t, name)
					for _, a := range []*shipment.Address{&c.order.ShipTo, &c.order.ShipFrom} {
						a.Name, a.Company, a.Line1, a.Line2, a.City = word, word, word, word, "Llanfairpwllgwyngyll-Sant-Tysilio"
					}
					c.order.ID = "5782149000112233451234567890"
					c.settled.Reprint, c.settled.Sample = mark == "REPRINT", strings.HasPrefix(mark, "SAMPLE")
					l, _ := c.prove(t, labels.DPI203)
					words := said(l)
					for _, m := range []string{"REPRINT", "SAMPLE"} {
						if strings.Contains(words, m) != (mark != "" && strings.HasPrefix(mark, m)) {
							t.Errorf("marked %q, its words:\n%s", mark, words)
						}
					}
				})
			}
		}
	}
}
