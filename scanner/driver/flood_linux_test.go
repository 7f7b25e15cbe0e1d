package driver_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
)

// No scan is lost however fast they come: twenty thousand run together through a
// pseudo terminal, and a million where WAYBILL_LONG is set.
func TestFlood(t *testing.T) {
	n := 20_000
	if os.Getenv("WAYBILL_LONG") != "" {
		n = 1_000_000
	}
	for _, port := range []string{"system", "library"} {
		t.Run(port, func(t *testing.T) {
			v, err := virtual.Open(virtual.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			s, err := driver.All()["serial"].Open(t.Context(), scanner.Options{Name: "s", Address: v.Address(), Line: scanner.Line{Port: port}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			sent := make(chan error, 1)
			began := time.Now()
			go func() {
				var block bytes.Buffer
				for i := range n {
					fmt.Fprintf(&block, "1Z999AA1%014d\r", i)
					if block.Len() > 4000 || i == n-1 {
						if err := v.Send(block.Bytes()); err != nil {
							sent <- err
							return
						}
						block.Reset()
					}
				}
				sent <- nil
			}()
			for i := range n {
				got, err := s.Next(t.Context())
				if err != nil {
					t.Fatalf("scan %d: %v", i, err)
				}
				if want := fmt.Sprintf("1Z999AA1%014d", i); string(got.Raw) != want || got.Bad != "" {
					t.Fatalf("scan %d is %q (%s), want %q", i, got.Raw, got.Bad, want)
				}
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
			t.Logf("%d scans, %.0f a second", n, float64(n)/time.Since(began).Seconds())
		})
	}
}
