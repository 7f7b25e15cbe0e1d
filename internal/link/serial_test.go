package link

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSerial(t *testing.T) {
	usual := Serial{Path: "/dev/ttyUSB0", Baud: 9600, Bits: 8, Parity: "none", Stop: 1, Flow: XonXoff}
	with := func(change func(*Serial)) Serial {
		s := usual
		change(&s)
		return s
	}
	port := "serial:///dev/ttyUSB0"
	if runtime.GOOS == "windows" {
		usual.Path, port = "COM12", "serial://com12"
	}
	for _, tt := range []struct {
		address string
		want    Serial
		err     string
	}{
		{port, usual, ""},
		{port + "?baud=115200&flow=rtscts", with(func(s *Serial) { s.Baud, s.Flow = 115200, RTSCTS }), ""},
		{port + "?bits=7&parity=even&stop=2&flow=none", with(func(s *Serial) { s.Bits, s.Parity, s.Stop, s.Flow = 7, "even", 2, NoFlow }), ""},
		{port + "?flow=xonxoff&parity=odd", with(func(s *Serial) { s.Parity = "odd" }), ""},
		{port + "?baud=0", Serial{}, "baud="},
		{port + "?baud=fast", Serial{}, "baud=fast"},
		{port + "?parity=mark", Serial{}, "parity=mark"},
		{port + "?speed=9600", Serial{}, "speed=9600"},
		{port + "?baud=%zz", Serial{}, "device address"},
		{"serial://", Serial{}, "names no port"},
		{"serial:///", Serial{}, "names no port"},
		{"serial://dev/ttyUSB0", Serial{}, "three slashes"},
		{"tcp://host", Serial{}, "no serial port"},
	} {
		t.Run(tt.address, func(t *testing.T) {
			got, err := ParseSerial(tt.address)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error is %v, want one with %q", err, tt.err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	foreign := "serial://COM3"
	if runtime.GOOS == "windows" {
		foreign = "serial:///dev/ttyUSB0"
	}
	if _, err := ParseSerial(foreign); err == nil || !strings.Contains(err.Error(), "on Windows") {
		t.Errorf("%s: %v, want the names of ports here", foreign, err)
	}
}

func TestRate(t *testing.T) {
	port := "serial:///dev/ttyUSB0"
	if runtime.GOOS == "windows" {
		port = "serial://COM1"
	}
	for address, want := range map[string]int{
		port:                                   960,
		port + "?baud=115200":                  11520,
		port + "?baud=9600&parity=even&stop=2": 800,
		port + "?baud=50&bits=7&parity=odd":    5,
		"tcp://host":                           0,
		"":                                     0,
	} {
		if got := Rate(address); got != want {
			t.Errorf("%s: %d bytes a second, want %d", address, got, want)
		}
	}
}
