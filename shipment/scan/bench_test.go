package scan_test

import (
	"strings"
	"testing"
	"time"

	"waybill/scanner"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

// BenchmarkParse has what a bench meets in a day. 48 000 scans
// a second are 20.8 µs each.
func BenchmarkParse(b *testing.B) {
	table := carrier.Default()
	for name, raw := range map[string]string{
		"own":      "]Q1WB1/576461413000007919/1Z999AA10123456784",
		"ups":      "]C01Z999AA10123456784",
		"impb":     "]C142022153\x1d9101026837331000039521",
		"sscc":     "]C100106141412345678908",
		"product":  "]E04006381333931",
		"wedge":    "420221539101026837331000039521",
		"maxicode": "]U1[)>\x1e01\x1d96303081829\x1d840\x1d003\x1d1Z00427185\x1dUPSN\x1d999AA1\x1d327\x1d\x1d1/1\x1d7\x1dN\x1d\x1dATLANTA\x1dGA\x1e\x04",
		"link":     "]Q1https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426",
		"command":  "WBC:NEXT",
		"noise":    "HELLO WORLD 12345",
	} {
		data := []byte(raw)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scan.Parse(table, data)
			}
		})
	}
}

// BenchmarkHostile has scans of the greatest length that is read, each made to
// keep one part of the reading busy.
func BenchmarkHostile(b *testing.B) {
	const most = 4096
	table := carrier.Default()
	for name, piece := range map[string]string{
		"digits": "0", "separators": "\x1d", "brackets": "(", "elements": "99A\x1d", "bracketed": "(99)A", "carets": "^99A", "parts": "|^99A",
		"slashes": "/", "keys": "/01/09521234543213", "attributes": "&99=A", "percent": "%2", "letters": "A", "braces": "{GS}", "ecis": `\000026`,
	} {
		for head, aim := range map[string]string{"none": "", "gs1_128": "]C1", "qr": "]Q2", "link": "https://a/01/09521234543213"} {
			data := []byte(aim + strings.Repeat(piece, most/len(piece)+1))[:most]
			b.Run(name+"/"+head, func(b *testing.B) {
				for b.Loop() {
					scan.Parse(table, data)
				}
			})
		}
	}
}

// BenchmarkFrameAndParse is what a scan costs from bytes in a stream to its
// meaning: ten scans of a bench's day run together, as one read brings them.
func BenchmarkFrameAndParse(b *testing.B) {
	table := carrier.Default()
	var stream []byte
	n := 0
	for _, raw := range []string{
		"]Q1WB1/576461413000007919/1Z999AA10123456784", "]C01Z999AA10123456784", "]C142022153\x1d9101026837331000039521",
		"]C100106141412345678908", "]E04006381333931", "420221539101026837331000039521", "WBC:NEXT", "]C0RB123456785GB",
		"]C01001921334250001000300779017972697", "]d20109521234543213\x1d10LOT",
	} {
		stream = append(append(stream, raw...), '\r')
		n++
	}
	framer := scanner.NewFramer(scanner.Framing{})
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	scans := 0
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range framer.Push(stream, at) {
			scan.Parse(table, f.Raw)
			scans++
		}
	}
	if scans < b.N*n-1 {
		b.Fatalf("%d scans of %d", scans, b.N*n)
	}
	b.ReportMetric(float64(scans)/b.Elapsed().Seconds(), "scans/s")
}
