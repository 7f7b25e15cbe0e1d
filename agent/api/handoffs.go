package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/shipment"
)

// A HandoffView is a pick-up with the parcels on it, and what is expected and
// missing.
type HandoffView struct {
	handoff.Session
	Scanned      int             `json:"scanned" doc:"Parcels on it; the same as count."`
	Expected     int             `json:"expected" doc:"Parcels on it and missing ones together."`
	MissingCount int             `json:"missing_count" doc:"Parcels with a good label that no carrier has; of a closed pick-up, those it left behind."`
	Beside       int             `json:"beside,omitempty" doc:"Parcels that wait too, and that another open pick-up of the carrier takes as well: they are missing from neither until one of the two is closed."`
	MissingList  []missingView   `json:"missing" doc:"The first of them, those that wait longest first."`
	Coming       int             `json:"coming" doc:"Parcels of its carrier whose labels are not on paper yet."`
	Scanners     []scannerView   `json:"scanners,omitempty" doc:"Whose scans the latest ones are."`
	Parcels      []handoff.Entry `json:"parcels,omitempty"`
	Totals       []handoff.Total `json:"totals,omitempty" doc:"By service."`
	Undone       *handoff.Entry  `json:"taken_back,omitempty" doc:"What an undo has taken back."`
	Conflicting  []handoff.Entry `json:"conflicting,omitempty" doc:"Scans of other stations that do not count: of parcels that were scanned here too, or that came after the closing."`
}

// A missingView is a parcel that is expected and not scanned.
type missingView struct {
	handoff.Waiting
	Where string `json:"where" doc:"Where it was seen last."`
}

type scannerView struct {
	Name  string        `json:"name"`
	Count int           `json:"count" doc:"Of the latest 50 scans."`
	Last  handoff.Entry `json:"last"`
}

type handoffAnswer struct {
	Status int
	Body   HandoffView
}

type openInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key with the same body is the same pick-up; with another body it is a conflict."`

	Body struct {
		Carrier  shipment.CarrierID `json:"carrier,omitempty" maxLength:"40" doc:"Whose; required, except for a correction."`
		Service  shipment.ServiceID `json:"service,omitempty" maxLength:"60" doc:"The only service it takes."`
		Trailer  string             `json:"trailer,omitempty" maxLength:"40" doc:"Or the vehicle."`
		Dock     string             `json:"dock,omitempty" maxLength:"40" doc:"The door, one of scanners[].dock where there are any, in capitals or not. Scanners of another door do not scan onto it."`
		By       string             `json:"by,omitempty" maxLength:"100" doc:"Who opens it."`
		Corrects string             `json:"corrects,omitempty" maxLength:"40" doc:"A closed pick-up that this one corrects: parcels that were forgotten are scanned onto it by name (handoff in POST /v1/scans), and undo takes back those that did not leave."`
	}
}

type closeInput struct {
	ID             string `path:"id"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key with the same body closes it once."`

	Body *closeBody `required:"false"`
}

// closeBody is what is said at the end of a pick-up.
type closeBody struct {
	Driver         string            `json:"driver,omitempty" maxLength:"100" doc:"The name of who takes the parcels."`
	Signature      handoff.Signature `json:"signature,omitempty" doc:"The driver's strokes: lists of points [x, y] on a paper of 600 by 200."`
	ConfirmMissing int               `json:"confirm_missing,omitempty" minimum:"0" doc:"How many parcels are missing and left behind; it must be the true number."`
	By             string            `json:"by,omitempty" maxLength:"100" doc:"Who closes it."`
}

type undoInput struct {
	ID             string `path:"id"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key with the same body undoes once."`

	Body *undoBody `required:"false"`
}

// undoBody is which scan is undone, and why.
type undoBody struct {
	TrackingNumber shipment.TrackingNumber `json:"tracking_number,omitempty" maxLength:"100" doc:"Which parcel; the last one where it is left out."`
	Entry          int                     `json:"entry,omitempty" minimum:"0" doc:"Which scan of that parcel, by its place on the pick-up (n): refused where another one counts by now. Needs tracking_number."`
	Scanner        string                  `json:"scanner,omitempty" maxLength:"40" doc:"The last one of this scanner."`
	By             string                  `json:"by,omitempty" maxLength:"100"`
	Reason         string                  `json:"reason,omitempty" maxLength:"200" doc:"Why; it is kept."`
}

// onceOf returns what makes a request the same as another one.
func onceOf(key string, said ...any) (desk.Once, error) {
	raw, err := json.Marshal(said)
	sum := sha256.Sum256(raw)
	return desk.Once{Key: key, BodySHA256: hex.EncodeToString(sum[:])}, err
}

type handoffPath struct {
	ID      string `path:"id"`
	Missing int    `query:"missing" minimum:"0" maximum:"10000" default:"100" doc:"How many missing parcels to list."`
	Parcels bool   `query:"parcels" default:"true" doc:"Whether to list the parcels on it."`
}

func (s *server) handoffs(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "open-handoff", Method: http.MethodPost, Path: "/v1/handoffs", DefaultStatus: http.StatusCreated,
		Summary:     "Open a carrier's pick-up",
		Description: "Where a scan has opened one for the same carrier already, it becomes this one, with what is on it. Once a person has opened one at a dock, parcels of other carriers are refused there.",
	}, s.openHandoff)
	huma.Register(a, huma.Operation{
		OperationID: "get-handoff", Method: http.MethodGet, Path: "/v1/handoffs/{id}", Summary: "A pick-up: expected, scanned, missing, and the parcels on it",
	}, func(ctx context.Context, in *handoffPath) (*handoffAnswer, error) {
		v, err := s.handoffView(ctx, in.ID, in.Missing, in.Parcels)
		if err != nil {
			return nil, problem(err)
		}
		return &handoffAnswer{http.StatusOK, v}, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "list-handoffs", Method: http.MethodGet, Path: "/v1/handoffs", Summary: "The latest pick-ups, or those that are open",
	}, s.listHandoffs)
}

func (s *server) openHandoff(ctx context.Context, in *openInput) (*handoffAnswer, error) {
	b := in.Body
	if b.Carrier == "" && b.Corrects == "" {
		return nil, huma.NewError(http.StatusUnprocessableEntity, "carrier: required, as ups (or corrects: the pick-up that is corrected).")
	}
	if _, ok := s.Carriers.Carrier(b.Carrier); !ok && b.Carrier != "" {
		return nil, huma.NewError(http.StatusUnprocessableEntity, "No carrier is known as "+string(b.Carrier)+".")
	}
	once, err := onceOf(keyOf(ctx, in.IdempotencyKey), "open", b)
	if err != nil {
		return nil, problem(err)
	}
	session, err := s.Desk.OpenHandoffOnce(ctx, once, desk.Opening{
		Carrier: b.Carrier, Service: b.Service, Trailer: b.Trailer, Dock: b.Dock, By: b.By, Corrects: b.Corrects,
	})
	if clash := (*desk.ClashError)(nil); errors.As(err, &clash) {
		return nil, s.inTheWay(clash)
	}
	if err != nil {
		return nil, problem(err)
	}
	v, err := s.handoffView(ctx, session.ID, 100, false)
	if err != nil {
		return nil, problem(err)
	}
	return &handoffAnswer{http.StatusCreated, v}, nil
}

// inTheWay is the problem document of an opening that others are in the way of.
func (s *server) inTheWay(e *desk.ClashError) error {
	details := make([]error, len(e.Open))
	for i, other := range e.Open {
		details[i] = &huma.ErrorDetail{Location: "body.carrier", Value: other.ID, Message: "open " + other.Whereabouts(s.clock)}
	}
	return huma.NewError(http.StatusConflict, e.Error(), details...)
}

type handoffsAnswer struct {
	Body struct {
		Handoffs []handoff.Session `json:"handoffs"`
	}
}

func (s *server) listHandoffs(ctx context.Context, in *struct {
	Open bool `query:"open" doc:"Only those that are open."`
},
) (*handoffsAnswer, error) {
	out := &handoffsAnswer{}
	out.Body.Handoffs = []handoff.Session{}
	if in.Open {
		open, err := s.Desk.OpenHandoffs(ctx, 1)
		if err != nil {
			return nil, problem(err)
		}
		for _, l := range open {
			out.Body.Handoffs = append(out.Body.Handoffs, l.Session)
		}
		return out, nil
	}
	list, err := s.Desk.Handoffs(ctx, 50)
	if err != nil {
		return nil, problem(err)
	}
	out.Body.Handoffs = append(out.Body.Handoffs, list...)
	return out, nil
}

// handoffView returns a pick-up with what is missing, and its parcels if wanted.
func (s *server) handoffView(ctx context.Context, id string, missing int, parcels bool) (HandoffView, error) {
	l, err := s.Desk.LiveHandoff(ctx, id, missing)
	if err != nil {
		return HandoffView{}, err
	}
	v := HandoffView{Session: l.Session, Scanned: l.Count, Expected: l.Expected, MissingCount: l.MissingCount, Beside: l.Beside, Coming: l.Coming, MissingList: s.missing(l.Missing)}
	for _, sc := range l.Scanners {
		v.Scanners = append(v.Scanners, scannerView(sc))
	}
	if !parcels {
		return v, nil
	}
	m, err := s.Desk.Manifest(ctx, id)
	if err != nil {
		return v, err
	}
	v.Parcels, v.Totals, v.Conflicting = append([]handoff.Entry{}, m.Entries...), m.Totals(), m.Conflicts
	return v, nil
}

func (s *server) missing(list []handoff.Waiting) []missingView {
	out := make([]missingView, 0, len(list))
	for _, w := range list {
		out = append(out, missingView{w, w.Where(s.clock)})
	}
	return out
}

// clock writes a time as people at the station read it: without the date where
// it is today's.
func (s *server) clock(t time.Time) string {
	now := s.Now().In(s.location())
	t = t.In(s.location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}

func (s *server) location() *time.Location {
	if s.Location != nil {
		return s.Location
	}
	return s.Now().Location()
}

func (s *server) handoffActs(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "close-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{id}/close", DefaultStatus: http.StatusOK,
		Summary:     "Close a pick-up; it never opens again",
		Description: "Where parcels are missing, confirm_missing must say how many are left behind.",
	}, s.closeHandoff)
	huma.Register(a, huma.Operation{
		OperationID: "undo-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{id}/undo", DefaultStatus: http.StatusOK,
		Summary: "Take back the last parcel scanned onto a pick-up, or the one that is named",
	}, s.undoHandoff)
}

func (s *server) closeHandoff(ctx context.Context, in *closeInput) (*handoffAnswer, error) {
	b := closeBody{}
	if in.Body != nil {
		b = *in.Body
	}
	if err := b.Signature.Check(); err != nil {
		return nil, huma.NewError(http.StatusUnprocessableEntity, err.Error())
	}
	once, err := onceOf(keyOf(ctx, in.IdempotencyKey), "close", in.ID, b)
	if err != nil {
		return nil, problem(err)
	}
	_, _, err = s.Desk.CloseHandoffOnce(ctx, once, in.ID, desk.Closing{
		By: b.By, Driver: b.Driver, Signature: b.Signature, LeaveBehind: b.ConfirmMissing,
	})
	if missing := (*desk.MissingError)(nil); errors.As(err, &missing) {
		return nil, s.notAllThere(missing)
	}
	if err != nil {
		return nil, problem(err)
	}
	v, err := s.handoffView(ctx, in.ID, 100, true)
	if err != nil {
		return nil, problem(err)
	}
	return &handoffAnswer{http.StatusOK, v}, nil
}

// maxTold is how many missing parcels a refusal names.
const maxTold = 20

// notAllThere is the problem document of a close that does not say how many
// parcels are missing.
func (s *server) notAllThere(e *desk.MissingError) error {
	details := []error{}
	for _, w := range s.missing(e.Missing[:min(len(e.Missing), maxTold)]) {
		details = append(details, &huma.ErrorDetail{
			Location: "body.confirm_missing", Value: w.TrackingNumber,
			Message: fmt.Sprintf("%s of order %s: %s", w.TrackingNumber, w.Order, w.Where),
		})
	}
	return huma.NewError(http.StatusConflict, e.Error(), details...)
}

func (s *server) undoHandoff(ctx context.Context, in *undoInput) (*handoffAnswer, error) {
	b := undoBody{}
	if in.Body != nil {
		b = *in.Body
	}
	if b.Entry != 0 && b.TrackingNumber == "" {
		return nil, huma.NewError(http.StatusUnprocessableEntity, "entry: say tracking_number too; a place alone could be another parcel's.")
	}
	once, err := onceOf(keyOf(ctx, in.IdempotencyKey), "undo", in.ID, b)
	if err != nil {
		return nil, problem(err)
	}
	_, entry, err := s.Desk.UndoHandoff(ctx, once, in.ID, desk.Undoing{Number: b.TrackingNumber, Entry: b.Entry, Scanner: b.Scanner, By: b.By, Reason: b.Reason})
	if err != nil {
		return nil, problem(err)
	}
	v, err := s.handoffView(ctx, in.ID, 100, false)
	if err != nil {
		return nil, problem(err)
	}
	v.Undone = &entry
	return &handoffAnswer{http.StatusOK, v}, nil
}
