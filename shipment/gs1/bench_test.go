package gs1_test

import (
	"testing"

	"waybill/shipment/gs1"
)

func BenchmarkParseElements(b *testing.B) {
	for name, data := range map[string]string{
		"two":  "42090058\x1d9400111899223197428490",
		"five": "0109521234543213173112311012345\x1d21ABC123\x1d3102000750",
		"ten":  "00106141412345678908\x1d4300ACME%20CORP\x1d4301J%20DOE\x1d43021%20MAIN%20ST\x1d4305VERNON\x1d4306CA\x1d4307US\x1d42090058\x1d4308555\x1d43211",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				els, err := gs1.ParseElements(data)
				if err == nil {
					err = gs1.CheckTogether(els)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseLink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gs1.ParseLink("https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426"); err != nil {
			b.Fatal(err)
		}
	}
}
