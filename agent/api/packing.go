package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/shipment"
)

// A BenchView is a bench as the API shows it.
type BenchView struct {
	Name     string           `json:"name"`
	Operator *operatorView    `json:"operator,omitempty" doc:"Who is at the bench, by the last badge that was scanned there; left out where nobody is, and where that badge has lapsed (packing.badge_lasts)."`
	OrderID  shipment.OrderID `json:"order_id,omitempty" doc:"The order in hand."`
	Next     string           `json:"next,omitempty" doc:"What to do next, in one sentence."`
	Parcel   *benchParcel     `json:"parcel,omitempty" doc:"The parcel in hand."`
	Items    []benchItem      `json:"items,omitempty"`
	Label    *benchLabel      `json:"label,omitempty" doc:"The label that is to be scanned before anything else goes on."`
	Scale    *benchWeight     `json:"scale,omitempty" doc:"What the bench's scale says now."`
	Told     *benchTold       `json:"told,omitempty" doc:"The last that somebody at the bench was told."`
}

type operatorView struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Supervisor bool   `json:"supervisor"`
}

type benchParcel struct {
	Parcel  int                  `json:"parcel" doc:"Which of the order's, from 1."`
	Of      int                  `json:"of"`
	Box     int                  `json:"box,omitempty"`
	BoxName string               `json:"box_name,omitempty"`
	Weight  shipment.Grams       `json:"weight_g,omitempty"`
	Least   shipment.Grams       `json:"least_g,omitempty" doc:"The expected weight, from."`
	Most    shipment.Grams       `json:"most_g,omitempty" doc:"The expected weight, to; left out beside a least where nobody knows what the packaging weighs."`
	Asked   bool                 `json:"supervisor_asked,omitempty" doc:"A supervisor is asked about the weight."`
	Length  shipment.Millimetres `json:"length_mm,omitempty"`
	Width   shipment.Millimetres `json:"width_mm,omitempty"`
	Height  shipment.Millimetres `json:"height_mm,omitempty"`
}

type benchItem struct {
	Line     int    `json:"line"`
	SKU      string `json:"sku,omitempty"`
	Title    string `json:"title,omitempty"`
	Barcode  string `json:"barcode,omitempty"`
	Quantity int    `json:"quantity"`
	Left     int    `json:"left" doc:"How many are in no parcel yet."`
}

type benchLabel struct {
	Parcel         int                     `json:"parcel"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
}

type benchWeight struct {
	Name   string         `json:"name"`
	Weight shipment.Grams `json:"weight_g"`
	Stable bool           `json:"stable"`
	Words  string         `json:"words,omitempty"`
	At     time.Time      `json:"at"`
}

type benchTold struct {
	Signal  string    `json:"signal" enum:"good,warn,bad"`
	Code    string    `json:"code"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

func benchView(b desk.BenchView) BenchView {
	v := BenchView{Name: b.Name, OrderID: b.Order, Next: b.Next}
	if b.Operator != "" {
		v.Operator = &operatorView{b.Operator, b.Person.Name, b.Person.Supervisor}
	}
	if b.Told.Code != "" {
		v.Told = &benchTold{signalWords[b.Told.Signal], b.Told.Code, b.Told.Message, b.Told.At}
	}
	if b.HasWeight {
		v.Scale = &benchWeight{b.Weight.Scale, b.Weight.Grams, b.Weight.Stable, b.Weight.Words, b.Weight.At}
	}
	if b.Await.K > 0 {
		v.Label = &benchLabel{b.Await.K, b.Await.TrackingNumber}
	}
	if b.InHand == nil || b.InHand.Packing == nil {
		return v
	}
	p := b.InHand.Packing
	for i, it := range b.InHand.Order.Items {
		v.Items = append(v.Items, benchItem{i + 1, it.SKU, it.Title, it.Barcode, it.Quantity, p.Left(b.InHand.Order, i)})
	}
	if k := p.Current(); k > 0 {
		box := p.Parcels[k-1]
		v.Parcel = &benchParcel{Parcel: k, Of: len(p.Parcels), Box: box.Box, Weight: box.Weight, Asked: box.Asked, Length: box.Sides.Length, Width: box.Sides.Width, Height: box.Sides.Height}
		if named, ok := b.Rules.Box(box.Box); ok {
			v.Parcel.BoxName = named.Name
		}
		span, _ := p.Expected(b.InHand.PackingJob(b.Rules, b.Name, nil), k)
		v.Parcel.Least, v.Parcel.Most = span.Least, span.Most
	}
	return v
}

type packInput struct {
	ID   string `path:"id"`
	Body struct {
		Bench    string `json:"bench,omitempty" doc:"Where; the first bench where it is left out. An order that another bench has in hand is packed only where one is named."`
		Operator string `json:"operator,omitempty" doc:"Who, by the badge's ID; whoever is at the bench where it is left out."`
		Items    []struct {
			Line     int    `json:"line,omitempty" minimum:"1" doc:"Pieces of this line of the order, counted."`
			Code     string `json:"code,omitempty" maxLength:"512" doc:"Or what was scanned: barcode or SKU."`
			Quantity int    `json:"quantity,omitempty" minimum:"1" maximum:"100000" doc:"1 where it is left out."`
		} `json:"items,omitempty" maxItems:"1000"`
		Box        int                  `json:"box,omitempty" minimum:"1" maximum:"9"`
		Weight     shipment.Grams       `json:"weight_g,omitempty" minimum:"1" doc:"Of the packed box, as read off a scale at rest."`
		Length     shipment.Millimetres `json:"length_mm,omitempty" minimum:"1"`
		Width      shipment.Millimetres `json:"width_mm,omitempty" minimum:"1"`
		Height     shipment.Millimetres `json:"height_mm,omitempty" minimum:"1"`
		Supervisor string               `json:"supervisor,omitempty" doc:"The badge's ID of the supervisor who lets a deviating weight pass."`
		Undo       bool                 `json:"undo,omitempty" doc:"Take the last step back first."`
		Close      bool                 `json:"close,omitempty" doc:"The box is full."`
	}
}

type packAnswer struct {
	Body struct {
		Message string    `json:"message" doc:"What came of it, and what is wanted next."`
		Bench   string    `json:"bench" doc:"At which bench it was packed."`
		Order   OrderView `json:"order"`
	}
}

func (s *server) packing(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "list-benches", Method: http.MethodGet, Path: "/v1/benches", Summary: "The station's benches, and who and what is at them",
	}, func(ctx context.Context, _ *struct{}) (*struct {
		Body struct {
			Benches []BenchView `json:"benches"`
		}
	}, error,
	) {
		out := &struct {
			Body struct {
				Benches []BenchView `json:"benches"`
			}
		}{}
		for _, name := range s.Desk.Benches() {
			b, err := s.Desk.Bench(ctx, name)
			if err != nil {
				return nil, problem(err)
			}
			out.Body.Benches = append(out.Body.Benches, benchView(b))
		}
		return out, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "get-bench", Method: http.MethodGet, Path: "/v1/benches/{name}", Summary: "Who and what is at a bench, and what to do next",
	}, func(ctx context.Context, in *struct {
		Name string `path:"name"`
	},
	) (*struct{ Body BenchView }, error) {
		b, err := s.Desk.Bench(ctx, in.Name)
		if err != nil {
			return nil, problem(err)
		}
		return &struct{ Body BenchView }{benchView(b)}, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "pack-order", Method: http.MethodPost, Path: "/v1/orders/{id}/pack", DefaultStatus: http.StatusOK,
		Summary:     "Say what is in the parcel in hand; its label prints when everything is right",
		Description: "All of the request counts, or nothing: what is refused is answered with 409, its code and the reason. A parcel that lacks nothing any more is packed by it. An order that another bench than the first has in hand is refused with that one's name (at_other_bench) where no bench is named. Scans at a bench do the same.",
	}, func(ctx context.Context, in *packInput) (*packAnswer, error) {
		by := desk.PackedBy{
			Bench: in.Body.Bench, Operator: in.Body.Operator, Box: in.Body.Box, Weight: in.Body.Weight, Supervisor: in.Body.Supervisor,
			Sides: packing.Sides{Length: in.Body.Length, Width: in.Body.Width, Height: in.Body.Height}, Undo: in.Body.Undo, Close: in.Body.Close,
		}
		for _, it := range in.Body.Items {
			by.Items = append(by.Items, desk.PackedLine{Line: it.Line, Code: it.Code, Quantity: it.Quantity})
		}
		st, message, err := s.Desk.Pack(ctx, shipment.OrderID(in.ID), by)
		if err != nil {
			return nil, problem(err)
		}
		out := &packAnswer{}
		out.Body.Message, out.Body.Bench, out.Body.Order = message, cmp.Or(in.Body.Bench, s.Desk.Benches()[0]), view(st)
		return out, nil
	})
}

// packForm takes a press on the packer's page: pieces that were counted, a box, a
// weight or a size that was typed, a supervisor's word, the last step taken back,
// or the box that is full.
func (s *server) packForm(w http.ResponseWriter, r *http.Request) {
	number := func(field string) int {
		n, _ := strconv.Atoi(r.PostFormValue(field)) // 0 is nothing said, which the desk refuses
		return n
	}
	by := desk.PackedBy{
		Bench: r.PostFormValue(page.BenchField), Box: number(page.BoxField), Weight: shipment.Grams(number(page.WeightField)),
		Sides:      packing.Sides{Length: shipment.Millimetres(number(page.LengthField)), Width: shipment.Millimetres(number(page.WidthField)), Height: shipment.Millimetres(number(page.HeightField))},
		Supervisor: strings.ToUpper(strings.TrimSpace(r.PostFormValue(page.SupervisorField))),
		Undo:       r.PostFormValue(page.UndoField) != "", Close: r.PostFormValue(page.CloseField) != "", Page: true,
	}
	if line := number(page.LineField); line > 0 {
		by.Items = []desk.PackedLine{{Line: line, Quantity: number(page.QuantityField)}}
	}
	if _, _, err := s.Desk.Pack(r.Context(), shipment.OrderID(r.PathValue("id")), by); err != nil {
		guard.Problem(w, status(err), err.Error())
		return
	}
	http.Redirect(w, r, "/?bench="+url.QueryEscape(by.Bench), http.StatusSeeOther)
}

// bench draws a bench for the page.
func (s *server) bench(b desk.BenchView) *page.Bench {
	v := &page.Bench{Name: b.Name, Who: cmp.Or(b.Person.Name, b.Operator), Next: b.Next, Weight: pageWeight(b)}
	if b.Await.K > 0 {
		v.Label = s.Carriers.Group(b.InHand.Carrier, string(b.Await.TrackingNumber))
	}
	if b.InHand == nil {
		return v
	}
	st := b.InHand
	v.Order, v.To = string(st.Order.ID), st.Order.ShipTo.Name
	p := st.Packing
	if p == nil {
		return v
	}
	for i, it := range st.Order.Items {
		left := p.Left(st.Order, i)
		if !p.Check.Checks() {
			left = 0
		}
		counts := p.Check == packing.CheckCount || p.Check == packing.CheckScan && (it.Barcode == "" || b.Person.Supervisor)
		v.Items = append(v.Items, page.BenchItem{Line: i + 1, SKU: it.SKU, Title: it.Title, In: it.Quantity - left, Quantity: it.Quantity, Counts: counts})
	}
	v.Parcel, v.Of = p.Current(), len(p.Parcels)
	v.PackURL = "/orders/" + url.PathEscape(string(st.Order.ID)) + "/pack"
	v.Weighed = p.Weigh != packing.WeighOff
	shown := p.Parcels[max(v.Parcel, 1)-1]
	v.Sized = len(b.Rules.Boxes) > 0
	v.Begun, v.Asked = p.Begun(), v.Parcel > 0 && shown.Asked
	for _, box := range b.Rules.Boxes {
		v.Boxes = append(v.Boxes, page.BenchBox{N: box.N, Name: box.Name, Size: sidesWords(box.Outer), Chosen: box.N == shown.Box})
	}
	if box, ok := b.Rules.Box(shown.Box); ok {
		v.Box = fmt.Sprintf("%d %s", box.N, box.Name)
	} else if shown.Sides.Known() {
		v.Box = sidesWords(shown.Sides)
	}
	return v
}

func sidesWords(s packing.Sides) string {
	return fmt.Sprintf("%d × %d × %d mm", s.Length, s.Width, s.Height)
}

// pageWeight says what the scale says, beside what it should.
func pageWeight(b desk.BenchView) page.BenchWeight {
	var w page.BenchWeight
	kg := func(g shipment.Grams) string { return fmt.Sprintf("%.3f", float64(g)/1000) }
	if b.HasWeight {
		w.Words = b.Weight.Words
		if w.Words == "" {
			w.Now = kg(b.Weight.Grams) + " kg"
		}
	}
	if b.InHand == nil || b.InHand.Packing == nil || b.InHand.Packing.Weigh == packing.WeighOff {
		return w
	}
	p := b.InHand.Packing
	k := p.Current()
	if k == 0 {
		return w
	}
	now, known := b.Weight.Grams, b.HasWeight && b.Weight.Stable && b.Weight.Grams > 0
	if taken := p.Parcels[k-1].Weight; taken > 0 {
		now, known, w.Now = taken, true, kg(taken)+" kg"
	}
	span, ok := p.Expected(b.InHand.PackingJob(b.Rules, b.Name, nil), k)
	if !ok {
		return w
	}
	if w.Expected = "at least " + kg(span.Least) + " kg"; span.Bounded() {
		w.Expected = kg(span.Least) + " to " + kg(span.Most) + " kg"
	}
	switch {
	case w.Words != "" || !known:
	case span.Holds(now):
		w.Kind = page.OK
	case p.Parcels[k-1].Asked:
		w.Kind = page.Stop
	case p.Wants(b.InHand.PackingJob(b.Rules, b.Name, nil)):
		w.Kind = page.Check // it is all there, and weighs something else
	}
	return w
}
