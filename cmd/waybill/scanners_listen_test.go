package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is printed says of a scan that it repeats the one before, by the window
// that the configuration gives the scanner.
func TestListenTellsRepeats(t *testing.T) {
	for _, tt := range []struct {
		repeats string
		want    []bool
	}{
		{"", []bool{false, true, false}},
		{", repeats: -1s", []bool{false, false, false}},
	} {
		bridge, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer bridge.Close()
		go func() {
			c, err := bridge.Accept()
			if err == nil {
				defer c.Close()
				_, _ = fmt.Fprint(c, "A\rA\rB\r")
				_, _ = c.Read(make([]byte, 1)) // until the other end closes
			}
		}()
		config := filepath.Join(t.TempDir(), "station.yaml")
		text := fmt.Sprintf("station: s\nscanners: [{name: dock, driver: tcp, address: %q, role: dock%s}]\n", bridge.Addr(), tt.repeats)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		c := scannersListenCmd{Config: config, Name: "dock", Count: 3}
		if err := c.Run(&console{ctx: t.Context(), out: &out, log: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
		var got []bool
		for dec := json.NewDecoder(&out); dec.More(); {
			var h heardScan
			if err := dec.Decode(&h); err != nil {
				t.Fatal(err)
			}
			got = append(got, h.Repeats)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("with %q, repeats (-want +got):\n%s", tt.repeats, d)
		}
	}
}
