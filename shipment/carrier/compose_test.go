package carrier_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// A madeBy is a scheme's prefix, the carrier that must own its numbers, the last
// serial that fits and how the check digit must be judged.
type madeBy struct {
	scheme, prefix string
	carrier        shipment.CarrierID
	last           int64
	check          string
}

var made = []madeBy{
	{carrier.UPS1Z, "999AA103", "ups", 9_999_999, "ok"},
	{carrier.UPS1Z, "A1B2C3YW", "ups", 9_999_999, "ok"},
	{carrier.USPSIMpb, "92001903000000", "usps", 9_999_999, "ok"},
	{carrier.USPSIMpb, "93055898787", "usps", 9_999_999_999, "ok"},
	{carrier.USPSIMpb, "9405512901326076", "usps", 99_999, "ok"},
	{carrier.USPSIMpb, "9405512000001", "usps", 99_999_999, "ok"},
	{carrier.S10, "LX/US", "usps", 99_999_999, "ok"},
	{carrier.S10, "RB/GB", "royal_mail", 99_999_999, "ok"},
	{carrier.S10, "EE/CV", "s10", 99_999_999, "ok"},
	{carrier.SSCC, "10614141", "sscc", 999_999_999, "ok"},
	{carrier.SSCC, "30614141", "sscc", 999_999_999, "ok"},
	{carrier.SSCC, "006141410", "sscc", 99_999_999, "ok"},
	{carrier.SSCC, "0061414101", "sscc", 9_999_999, "ok"},
	{carrier.SSCC, "90614141012", "sscc", 999_999, "ok"},
	{carrier.DPD, "0998", "dpd", 9_999_999_999, "ok"},
	{carrier.FedEx12, "77", "fedex", 999_999_999, "ok"},
	{carrier.DHL10, "33", "dhl_express", 9_999_999, "ok"},
	{carrier.Plain, "YT", "yunexpress", 9_999_999_999_999_999, "none"},
	{carrier.Own, "GFUS{14}", "gofo", 99_999_999_999_999, "none"},
	{carrier.Own, "LX{8}US", "", 99_999_999, ""},
	{carrier.Own, "ACME{8}{mod37_36}", "", 99_999_999, ""},
	{carrier.Own, "700{18}{gs1_mod10}", "", 999_999_999_999_999_999, ""},
}

// prefixes are the first of made for each scheme.
var prefixes = func() map[string]madeBy {
	first := map[string]madeBy{}
	for i := len(made) - 1; i >= 0; i-- {
		first[made[i].scheme] = made[i]
	}
	return first
}()

// TestComposeRecognised holds that whatever we make we also recognise, as the
// right carrier's, with a right check digit, when that carrier is expected, and
// that two serials never make one number.
func TestComposeRecognised(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	for _, m := range made {
		tested[m.scheme] = true
		t.Run(m.scheme+" "+strings.ReplaceAll(m.prefix, "/", "-"), func(t *testing.T) {
			t.Parallel()
			if last, err := carrier.Last(m.scheme, m.prefix); last != m.last || err != nil {
				t.Fatalf("last serial %d, %v; want %d", last, err, m.last)
			}
			rapid.Check(t, func(rt *rapid.T) { m.check1(rt, rapid.Int64Range(0, m.last).Draw(rt, "serial")) })
			for _, serial := range []int64{m.last + 1, -1} {
				if n, err := carrier.Compose(m.scheme, m.prefix, serial); err == nil {
					t.Errorf("serial %d gave %s", serial, n)
				}
			}
		})
	}
	for _, scheme := range carrier.Schemes() {
		if !tested[scheme] {
			t.Errorf("scheme %s is not tested", scheme)
		}
	}
}

func (m madeBy) check1(t *rapid.T, serial int64) {
	n, err := carrier.Compose(m.scheme, m.prefix, serial)
	if err != nil {
		t.Fatal(err)
	}
	other, err := carrier.Compose(m.scheme, m.prefix, (serial+1)%(m.last+1))
	if err != nil || other == n || len(other) != len(n) {
		t.Fatalf("two serials made %s and %s, %v", n, other, err)
	}
	if m.carrier == "" {
		return // an own form, which the built-in table cannot know
	}
	normalized, matches := carrier.Default().Recognise(string(n), carrier.Hints{Carrier: m.carrier})
	if len(matches) == 0 || matches[0].Carrier != m.carrier || !matches[0].Valid || matches[0].CheckDigit != m.check || normalized != string(n) {
		t.Fatalf("%s %s is recognised as %s %+v", m.scheme, n, normalized, matches)
	}
}

// Numbers that are printed in specifications and on known labels.
func TestComposeKnownNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scheme, prefix string
		serial         int64
		want           shipment.TrackingNumber
	}{
		{carrier.UPS1Z, "999AA101", 2345678, "1Z999AA10123456784"},
		{carrier.USPSIMpb, "92001901326076", 83345, "9200190132607600833457"},
		{carrier.USPSIMpb, "93612898787", 31763379, "9361289878700317633795"},
		{carrier.S10, "RB/CV", 12345678, "RB123456785CV"},
		{carrier.SSCC, "10614141", 234567890, "00106141412345678908"},
		{carrier.DHL10, "33", 1881002, "3318810025"},
		{carrier.FedEx12, "98", 657878885, "986578788855"},
		{carrier.Own, "ACME{8}{mod37_36}", 7, "ACME00000007A"},
	} {
		if n, err := carrier.Compose(tt.scheme, tt.prefix, tt.serial); n != tt.want || err != nil {
			t.Errorf("Compose(%s, %s, %d) = %s, %v; want %s", tt.scheme, tt.prefix, tt.serial, n, err, tt.want)
		}
	}
}

func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ scheme, prefix, says string }{
		{"nope", "", "unknown scheme"},
		{carrier.UPS1Z, "999AA1", "8 capital letters and digits"},
		{carrier.UPS1Z, "999aa103", "8 capital letters and digits"},
		{carrier.USPSIMpb, "82055903000000", "channel"},
		{carrier.USPSIMpb, "95055903000000", "channel"},
		{carrier.USPSIMpb, "9", "Mailer ID"},
		{carrier.USPSIMpb, "92055", "not 0 digits"},
		{carrier.USPSIMpb, "92055903000", "never begin with 9"},
		{carrier.USPSIMpb, "92055803000000", "always begin with 9"},
		{carrier.USPSIMpb, "93055903000000", "channel 92"},
		{carrier.USPSIMpb, "92055898787", "channel 92"},
		{carrier.USPSIMpb, "940551290132607", "after the first 7"},
		{carrier.S10, "LXUS", "LX/US"},
		{carrier.S10, "L1/US", "LX/US"},
		{carrier.SSCC, "1061414A", "company prefix"},
		{carrier.SSCC, "1061", "company prefix"},
		{carrier.SSCC, "10614141012345", "company prefix"},
		{carrier.DPD, "99A8", "4 to 4 digits"},
		{carrier.Plain, "YT-", "capital letters"},
		{carrier.Own, "ACME", "{N}"},
		{carrier.Own, "ACME{8}{8}", "no such check character"},
		{carrier.Own, "acme{8}", "capital letters"},
		{carrier.Own, "ACME{19}", "1 to 18"},
		{carrier.Own, "ACME{0}", "1 to 18"},
		{carrier.Own, "A{3}", "8 to 30"},
		{carrier.Own, "ABCDEFGHIJKLMNOPQRST{11}", "8 to 30"},
		{carrier.Own, "ACME{8}{gs1_mod10}", "digits only"},
		{carrier.Own, "ACME{8}{luhn}", "no such check character"},
	} {
		n, err := carrier.Compose(tt.scheme, tt.prefix, 1)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Compose(%s, %q) = %s, %v; want an error with %q", tt.scheme, tt.prefix, n, err, tt.says)
		}
	}
}

// TestOverlap holds Overlap against the numbers themselves. It may say yes too
// often where check characters differ, never no too often.
func TestOverlap(t *testing.T) {
	t.Parallel()
	prefixes := []struct{ scheme, prefix string }{
		{carrier.SSCC, "106141410000000"[:13]},
		{carrier.SSCC, "10614141"},
		{carrier.SSCC, "106141410"},
		{carrier.SSCC, "1061414100000"},
		{carrier.FedEx12, "770000000"},
		{carrier.FedEx12, "77000000"},
		{carrier.FedEx12, ""},
		{carrier.DHL10, "3300000"},
		{carrier.DHL10, "33"},
		{carrier.USPSIMpb, "9405512901326076"},
		{carrier.Plain, "YT"},
		{carrier.Plain, "YT0"},
		{carrier.Own, "YT00000000000000{2}"},
		{carrier.Own, "YT{16}"},
		{carrier.Own, "YT000000000000000{2}"},
		{carrier.Own, "00000000{3}"},
		{carrier.Own, "000000{3}{gs1_mod10}"},
		{carrier.Own, "0000000{3}{gs1_mod10}"},
		{carrier.S10, "LX/US"},
		{carrier.Own, "LX00000{4}US"},
		{carrier.Own, "LX00000{4}GB"},
		{carrier.Own, "LX0000000{4}"},
	}
	block := func(t *rapid.T, name string) (carrier.Block, map[shipment.TrackingNumber]bool) {
		p := rapid.SampledFrom(prefixes).Draw(t, name)
		first := rapid.Int64Range(0, 60).Draw(t, name+" first")
		b := carrier.Block{Scheme: p.scheme, Prefix: p.prefix, First: first, Last: first + rapid.Int64Range(0, 30).Draw(t, name+" more")}
		set := map[shipment.TrackingNumber]bool{}
		for serial := b.First; serial <= b.Last; serial++ {
			n, err := carrier.Compose(b.Scheme, b.Prefix, serial)
			if err != nil {
				t.Fatal(err)
			}
			set[n] = true
		}
		return b, set
	}
	rapid.Check(t, func(t *rapid.T) {
		a, as := block(t, "a")
		b, bs := block(t, "b")
		shared := ""
		for n := range as {
			if bs[n] {
				shared = string(n)
			}
		}
		got, err := a.Overlap(b)
		back, err2 := b.Overlap(a)
		if err != nil || err2 != nil || got != back {
			t.Fatalf("%+v and %+v: %v, %v; the other way round %v, %v", a, b, got, err, back, err2)
		}
		if shared != "" && !got {
			t.Fatalf("%+v and %+v share %s, and Overlap says no", a, b, shared)
		}
		if shared == "" && got && a.Scheme == b.Scheme && a.Scheme != carrier.Own {
			t.Fatalf("%+v and %+v share nothing, and Overlap says yes", a, b)
		}
	})
}

func TestOverlapRefuses(t *testing.T) {
	t.Parallel()
	good := carrier.Block{Scheme: carrier.DHL10, Prefix: "33", First: 0, Last: 10}
	for _, bad := range []carrier.Block{
		{Scheme: "nope"},
		{Scheme: carrier.DHL10, Prefix: "33", First: -1, Last: 3},
		{Scheme: carrier.DHL10, Prefix: "33", First: 0, Last: 10_000_000},
	} {
		if _, err := good.Overlap(bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
		if _, err := bad.Overlap(good); err == nil {
			t.Errorf("%+v first: no error", bad)
		}
	}
	if over, err := good.Overlap(carrier.Block{Scheme: carrier.DHL10, Prefix: "33", First: 5, Last: 4}); over || err != nil {
		t.Errorf("an empty block: %v, %v", over, err)
	}
}

func TestDPDBars(t *testing.T) {
	t.Parallel()
	n, err := carrier.Compose(carrier.DPD, "0998", 20033)
	if err != nil {
		t.Fatal(err)
	}
	bars, human, err := carrier.DPDBars(n, "81827", "350", "276")
	if bars != "%008182709980000020033350276" || human != "008182709980000020033350276C" || err != nil {
		t.Errorf("bars %s, human %s, %v", bars, human, err)
	}
	for _, tt := range []struct {
		number                     shipment.TrackingNumber
		postcode, service, country string
		says                       string
	}{
		{"0998000002003", "81827", "350", "276", "14 digits"},
		{"09980000020033A", "81827", "350", "276", "check character"},
		{"09980000020033", "81827-000", "350", "276", "postcode"},
		{"09980000020033", "", "350", "276", "postcode"},
		{"09980000020033", "81827", "35", "276", "3 digits"},
		{"09980000020033", "81827", "350", "DE", "3 digits"},
	} {
		if _, _, err := carrier.DPDBars(tt.number, tt.postcode, tt.service, tt.country); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: error %v", tt, err)
		}
	}
}

// FuzzCompose holds that a prefix and serial from a configuration never make a
// number that another serial makes too, and never break the program.
func FuzzCompose(f *testing.F) {
	for _, m := range made {
		f.Add(m.scheme, m.prefix, int64(1))
	}
	f.Add(carrier.Own, "A{99}", int64(-1))
	f.Fuzz(func(t *testing.T, scheme, prefix string, serial int64) {
		n, err := carrier.Compose(scheme, prefix, serial)
		if err != nil {
			return
		}
		last, err := carrier.Last(scheme, prefix)
		if err != nil || serial < 0 || serial > last {
			t.Errorf("%s of serial %d, where the last is %d, %v", n, serial, last, err)
		}
		if !strings.Contains(string(n), fmt.Sprint(serial)) || strings.Trim(string(n), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Errorf("serial %d made %q", serial, n)
		}
	})
}
