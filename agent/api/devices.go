package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
)

// A DeviceView is a printer, a scanner or a scale as the API shows it.
type DeviceView struct {
	Name   string    `json:"name"`
	State  string    `json:"state"`
	Words  string    `json:"words,omitempty"`
	Todo   string    `json:"todo,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since"`

	Conditions []string     `json:"conditions,omitempty" doc:"What a printer reports, such as paper_out; see docs/printer-states.md."`
	Machine    *machineView `json:"machine,omitempty" doc:"The machine that answers as this printer."`
	Other      string       `json:"other,omitempty" doc:"It answers in place of another machine; POST this as machine to /v1/printers/{name}/use, or /v1/scanners/{name}/use, to use it from now on."`
}

// machineView is a machine as the API shows it.
type machineView struct {
	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Firmware string `json:"firmware,omitempty"`
}

func deviceView(d desk.Device) DeviceView {
	v := DeviceView{
		Name: d.Name, State: d.State, Words: d.Words, Todo: d.Todo, Detail: d.Detail, Since: d.Since,
		Conditions: d.Conditions, Other: cmp.Or(d.Other.Device(), d.OtherScanner.Key()),
	}
	if id := d.Machine; id.Device() != "" {
		v.Machine = &machineView{Model: id.Model, Serial: id.Serial, Firmware: id.Firmware}
	}
	return v
}

type devicesAnswer struct {
	Body struct {
		Devices []DeviceView `json:"devices"`
	}
}

func (s *server) deviceRoutes(a huma.API) {
	for path, kind := range map[string]string{"/v1/printers": "printer", "/v1/scanners": "scanner", "/v1/scales": "scale"} {
		huma.Register(a, huma.Operation{
			OperationID: "list-" + kind + "s", Method: http.MethodGet, Path: path, Summary: "The station's " + kind + "s and how they are",
		}, func(context.Context, *struct{}) (*devicesAnswer, error) {
			out := &devicesAnswer{}
			out.Body.Devices = []DeviceView{}
			for _, d := range s.Desk.Devices() {
				if d.Kind == kind {
					out.Body.Devices = append(out.Body.Devices, deviceView(d))
				}
			}
			return out, nil
		})
	}
}

type useInput struct {
	Name string `path:"name"`
	Body struct {
		Machine string `json:"machine" minLength:"1" maxLength:"200" doc:"The machine to use, as other in the list of printers or scanners names it."`
	}
}

func (s *server) useRoute(a huma.API) {
	for _, of := range []struct {
		id, path, word string
		use            func(ctx context.Context, name, machine string) error
	}{{"use-machine", "/v1/printers/{name}/use", "printer", s.Desk.UseMachine}, {"use-scanner", "/v1/scanners/{name}/use", "scanner", s.Desk.UseScanner}} {
		huma.Register(a, huma.Operation{
			OperationID: of.id, Method: http.MethodPost, Path: of.path, DefaultStatus: http.StatusNoContent,
			Summary: "Say that the machine which answers in place of another is this " + of.word + " from now on",
		}, func(ctx context.Context, in *useInput) (*struct{}, error) {
			if err := of.use(ctx, in.Name, in.Body.Machine); err != nil {
				return nil, problem(err)
			}
			return &struct{}{}, nil
		})
	}
}

// useForm takes the press of the button on the packer's page.
func (s *server) useForm(use func(ctx context.Context, name, machine string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := use(r.Context(), r.PathValue("name"), r.PostFormValue(page.MachineField)); err != nil {
			guard.Problem(w, status(err), err.Error())
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

type scanInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key with the same body is the same scan: it counts once, and is answered as it was. With another body it is a conflict. A scan that shall count needs a new one."`

	Body struct {
		Data string `json:"data" minLength:"1" maxLength:"8192" doc:"What was scanned or typed, byte for byte."`
		Role string `json:"role,omitempty" enum:"bench,dock" doc:"What the scan is for; bench where it is left out."`

		Scanner string `json:"scanner,omitempty" maxLength:"40" doc:"Which scanner it was, for scanners that others read; page where it is left out."`
		Handoff string `json:"handoff,omitempty" maxLength:"40" doc:"At the dock: the one pick-up that is meant. Where it is left out, the open one of the parcel's carrier."`
		Dock    string `json:"dock,omitempty" maxLength:"40" doc:"At the dock: the door, where several have pick-ups open."`
		Bench   string `json:"bench,omitempty" maxLength:"40" doc:"At which bench; the first where it is left out."`

		Damaged string `json:"damaged,omitempty" maxLength:"200" doc:"Why the data is no whole scan, as that its end did not come: it is refused with these words, whatever it looks like, and kept with its bytes."`
	}
}

type scanAnswer struct {
	Body struct {
		Signal  string           `json:"signal" enum:"good,warn,bad"`
		Code    string           `json:"code"`
		Message string           `json:"message"`
		OrderID shipment.OrderID `json:"order_id,omitempty"`
		Scan    scan.Scan        `json:"scan"`

		Repeated bool `json:"repeated,omitempty" doc:"The same data from the same place, without an Idempotency-Key, within half a second: it did not count again, and this is what the first was answered."`
	}
}

var signalWords = map[scanner.Signal]string{scanner.Good: "good", scanner.Warn: "warn", scanner.Bad: "bad", scanner.Unkept: "bad", scanner.Wait: "bad", scanner.Heard: "good"}

func (s *server) scans(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "scan", Method: http.MethodPost, Path: "/v1/scans", DefaultStatus: http.StatusOK,
		Summary:     "A scan typed by a person or sent by a page",
		Description: "Without an Idempotency-Key the same data from the same place within half a second is one look at one label: it counts once, and is answered as the first time, with repeated true. With keys, only the keys tell.",
	}, func(ctx context.Context, in *scanInput) (*scanAnswer, error) {
		role := scanner.Role(in.Body.Role)
		if role == "" {
			role = scanner.Bench
		}
		sent := scanner.Scan{Scanner: cmp.Or(in.Body.Scanner, typedScanner), Role: role, Raw: []byte(in.Body.Data), At: s.Now(), Bad: in.Body.Damaged}
		once, err := onceOf(keyOf(ctx, in.IdempotencyKey), "scan", in.Body)
		if err != nil {
			return nil, problem(err)
		}
		place, bench := handoff.Place{}, in.Body.Bench
		if role == scanner.Dock {
			place.Handoff, bench = in.Body.Handoff, ""
			if place.Dock, err = s.Desk.Dock(in.Body.Dock); err != nil {
				return nil, problem(err)
			}
		}
		decide := func() (desk.ScanResult, error) { return s.Desk.ScanOnce(ctx, once, sent, place, bench) }
		if once.Key != "" { // then that says what is one scan
			r, err := decide()
			return scanned(r, err)
		}
		r, repeats, err := s.looks.first(ctx, []string{sent.Scanner, string(role), bench, place.Dock, place.Handoff}, sent, decide)
		out, err := scanned(r, err)
		if err == nil && repeats {
			out.Body.Repeated = true
			if terr := s.Desk.Repeated(ctx, sent, r.Parsed, bench); terr != nil { // what counts was kept before
				s.Log.ErrorContext(ctx, "that a scan was repeated could not be kept; it had counted before, and was answered so", "scanner", sent.Scanner, "err", terr)
			}
		}
		return out, err
	})
}

// scanned is the answer to a scan.
func scanned(r desk.ScanResult, err error) (*scanAnswer, error) {
	if err != nil {
		return nil, problem(err)
	}
	out := &scanAnswer{}
	out.Body.Signal, out.Body.Code, out.Body.Message = signalWords[r.Signal], r.Code, r.Message
	out.Body.OrderID, out.Body.Scan = r.Order, r.Parsed
	return out, nil
}
