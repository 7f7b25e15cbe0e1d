package driver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"

	"waybill/internal/link"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/printertest"
)

// port is a transcript over a port that tells of the printer beside the data.
type port struct {
	io.ReadWriteCloser
	id     string
	status link.PortStatus
}

func (p port) DeviceID() (string, error) {
	if p.id == "" {
		return "", errors.New("it does not tell")
	}
	return p.id, nil
}

func (p port) PortStatus() (link.PortStatus, error) { return p.status, nil }

// TestThePortTellsTheLanguage holds that nothing is sent to a printer that would
// print it, where the port tells that it would.
func TestThePortTellsTheLanguage(t *testing.T) {
	const languages, hi = "! U1 getvar \"device.languages\"\r\n", "~HI\r\n"
	for name, tt := range map[string]struct {
		driver     string
		port       port
		transcript []printertest.IO
		want       printer.Condition
		also       printer.Condition
		serial     string
	}{
		"zpl, and the port says EPL": {
			"zpl",
			port{id: "MFG:Zebra;MDL:LP2844;CMD:EPL;"},
			[]printertest.IO{{W: languages}},
			printer.WrongLanguage, "", "",
		},
		"zpl, and the printer says ZPL after all": {
			"zpl",
			port{id: "MFG:Zebra;CMD:EPL;"},
			[]printertest.IO{{W: languages, R: "\"epl_zpl\""}, {W: hi}},
			printer.NoAnswer, "", "",
		},
		"zpl, and the port says both": {"zpl", port{id: "CMD:EPL,ZPL;"}, []printertest.IO{{W: languages}, {W: hi}}, printer.NoAnswer, "", ""},
		"zpl, and the port says nothing we know": {
			"zpl",
			port{id: "CMD:XPP,XL;", status: link.PortStatus{PaperOut: true}},
			[]printertest.IO{{W: languages}, {W: hi}},
			printer.NoAnswer, printer.PaperOut, "",
		},
		"epl, and the port says ZPL":   {"epl", port{id: "CMD:ZPL;"}, nil, printer.WrongLanguage, "", ""},
		"epl, and the port fails":      {"epl", port{}, []printertest.IO{{W: "\r\n^ee\r\n"}}, printer.NoAnswer, "", ""},
		"epl, which has a number here": {"epl", port{id: "MDL:LP2844;CMD:EPL;SN:42A"}, []printertest.IO{{W: "\r\n^ee\r\n", R: "07\r\n"}, {W: "\r\nUQ\r\n", R: "UKQ1935HLU V4.42\r\n"}, {W: "\r\n^ee\r\n", R: "07\r\n"}}, printer.PaperOut, "", "42A"},
		"tspl, asked in no letters":    {"tspl", port{id: "CMD:ZPL;"}, []printertest.IO{{W: longState}, {W: byteState}}, printer.NoAnswer, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := printertest.Playback(t, tt.transcript...)
				p, err := driver.All()[tt.driver].Open(t.Context(), printer.Options{
					Name: "p", Log: slog.New(slog.DiscardHandler),
					Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
						conn, err := dial(ctx)
						tt.port.ReadWriteCloser = conn
						return tt.port, err
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				id, err := p.Identity(t.Context())
				if err != nil || id.Serial != tt.serial {
					t.Errorf("identity %+v, %v", id, err)
				}
				st, err := p.Status(t.Context())
				if err != nil || !st.Has(tt.want) || tt.also != "" && !st.Has(tt.also) || st.Detail == "" {
					t.Errorf("status %+v, %v; want %s %s", st, err, tt.want, tt.also)
				}
			})
		})
	}
}
