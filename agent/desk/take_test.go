package desk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/intake"
	"waybill/agent/labelling"
	"waybill/internal/fault"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

const good = `{"order_id":"%s","ship_to":{"name":"Zoe","line1":"1600 Amphitheatre Pkwy","city":"Mountain View","region":"CA","postal_code":"94043","country":"US"},"items":[{"sku":"S","quantity":%d,"weight_g":100}],"carrier":"usps","service":"usps_ground_advantage"}` + "\n"

func document(name, data string) intake.Document {
	return intake.Document{Name: name, Claim: "claim-" + name, SHA256: fmt.Sprintf("sha-%x", data), Entries: intake.Parse(name, []byte(data), intake.Options{})}
}

func TestTakeDocument(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	doc := document("orders.jsonl", fmt.Sprintf(good, "A", 1)+
		"{broken\n"+
		strings.Replace(fmt.Sprintf(good, "B", 1), "94043", "62701", 1)+
		fmt.Sprintf(good, "A", 1)+
		fmt.Sprintf(good, "A", 2)+
		strings.NewReplacer("usps_ground_advantage", "", `"carrier":"usps",`, "", `"US"`, `"CU"`, "CA", "", "94043", "10400").Replace(fmt.Sprintf(good, "C", 1)))
	type brief struct {
		Line   int
		Order  shipment.OrderID
		Status intake.Status
		Field  string
		Code   string
		At     int
	}
	want := []brief{
		{Line: 1, Order: "A", Status: intake.Accepted},
		{Line: 2, Status: intake.Rejected, Code: "syntax", At: 2},
		{Line: 3, Order: "B", Status: intake.Rejected, Field: "ship_to.postal_code", Code: "postal_code_region_mismatch", At: 3},
		{Line: 4, Order: "A", Status: intake.AlreadyTaken},
		{Line: 5, Order: "A", Status: intake.Rejected, Field: "order_id", Code: "order_changed", At: 5},
		{Line: 6, Order: "C", Status: intake.Held, Code: agent.NoRule, At: 6},
	}
	for try := range 2 {
		if try == 1 { // the document comes again: nothing is done twice
			want[0].Status = intake.AlreadyTaken
			want[5] = brief{Line: 6, Order: "C", Status: intake.AlreadyTaken}
		}
		before := len(r.events(t, ""))
		outcomes, err := r.Take(t.Context(), doc)
		if err != nil {
			t.Fatal(err)
		}
		var got []brief
		for _, o := range outcomes {
			b := brief{Line: o.Line, Order: o.OrderID, Status: o.Status}
			if len(o.Problems) > 0 {
				b.Field, b.Code, b.At = o.Problems[0].Field, o.Problems[0].Code, o.Problems[0].Line
			}
			got = append(got, b)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("try %d (-want +got):\n%s", try+1, diff)
		}
		if try == 1 && len(r.events(t, "")) != before {
			t.Errorf("taking it again was told: %v", r.events(t, "")[before:])
		}
	}
	if n := r.labels.made.Load(); n != 1 {
		t.Errorf("%d labels made, want 1", n)
	}
	o, err := r.Overview(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Refusals) != 1 || o.Refusals[0].Line != 2 || o.Refusals[0].From != "orders.jsonl" || len(o.Attention) != 2 {
		t.Errorf("refusals %+v, attention %d", o.Refusals, len(o.Attention))
	}
	wantTally := map[string]int{
		"order.accepted": 2, "order.rejected": 2, "order.held": 1, "carrier.assigned": 1, "tracking.assigned": 1,
	}
	if diff := cmp.Diff(wantTally, o.Tally); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
}

func TestLabelProblemsRefuseTheOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		code string
	}{
		"unprintable": {fmt.Errorf("label: %w", labels.ErrUnprintable), "unprintable"},
		"mismatch":    {fmt.Errorf("label: %w", &labels.MismatchError{}), "unreadable_barcode"},
		"other":       {errors.New("no such template"), "label"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			r.labels.during = func(agent.Parcel) error { return tt.err }
			s := r.take(t, order("A"), agent.Rejected)
			if s.Why.Code != tt.code || s.Why.Problems[0].Field != "label" {
				t.Errorf("why %+v, want %s", s.Why, tt.code)
			}
			if jobs, _ := r.Jobs(t.Context(), 10); len(jobs) != 0 {
				t.Errorf("%d jobs of a refused order", len(jobs))
			}
		})
	}
}

// A power cut between the order and its label leaves the order, and the label is
// made at the next start: once, under the number that was assigned.
func TestResumeAfterACrash(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	cut := &fault.Error{Op: "label", Kind: fault.Transient, Err: errors.New("power cut")}
	r.labels.during = func(agent.Parcel) error { return cut }
	if _, _, err := r.TakeOrder(t.Context(), "a.json", order("A")); !errors.Is(err, cut) {
		t.Fatalf("error %v", err)
	}
	before := r.state(t, "A")
	if before.Stage() != agent.Labelling {
		t.Fatalf("stage %s", before.Stage())
	}
	r.labels.during = nil
	r.start(t)
	for range 2 {
		if err := r.Resume(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	s := r.state(t, "A")
	if s.Stage() != agent.Printing || s.Parcels[0].TrackingNumber != before.Parcels[0].TrackingNumber || r.labels.made.Load() != 1 || r.queued.Load() != 1 {
		t.Errorf("stage %s, parcels %+v, %d labels, %d times queued", s.Stage(), s.Parcels, r.labels.made.Load(), r.queued.Load())
	}
	if outcomes, err := r.Take(t.Context(), document("a.json", fmt.Sprintf(good, "A", 1))); err != nil || outcomes[0].Status == intake.Rejected {
		t.Errorf("the file again: %+v, %v", outcomes, err)
	}
}

func TestANumberInUseIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	a, b := order("A"), order("B")
	a.TrackingNumber, b.TrackingNumber = "9205590300000000000017", "9205590300000000000017"
	r.take(t, a, agent.Accepted)
	s := r.take(t, b, agent.Rejected)
	if s.Why.Code != "tracking_number_used" || !strings.Contains(s.Why.Message, "order A has 9205590300000000000017") {
		t.Errorf("why %+v", s.Why)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.rejected"}, r.events(t, "B")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	b.TrackingNumber = ""
	r.stock(t, ground)
	r.take(t, b, agent.Accepted)
}

func TestAJournalThatIsGoneTakesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.journal.Close()
	if out, err := r.Take(t.Context(), document("a.json", fmt.Sprintf(good, "A", 1))); err == nil {
		t.Errorf("taken: %+v", out)
	}
	if out, err := r.Take(t.Context(), document("b.json", "{broken")); err == nil {
		t.Errorf("a refusal that is not kept was told: %+v", out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Order(ctx, "A"); err == nil {
		t.Error("an order was read from a closed journal")
	}
}

// TestRealLabel takes an order through the label maker that stations have.
func TestRealLabel(t *testing.T) {
	t.Parallel()
	templates, err := labelling.LoadTemplates(os.DirFS("../../configs/templates"), nil, "generic-4x6")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *desk.Options) {
		o.Labels = &labelling.Maker{Carriers: carrier.Default(), Templates: templates, Fonts: fonts.New(), Resolution: labels.DPI203}
	})
	r.stock(t, ground)
	o := order("576461413038785752")
	o.Label.Copies = 2
	s := r.take(t, o, agent.Accepted)
	pending, err := r.Pending(t.Context(), role(labelling.Role), 10)
	if err != nil || len(pending) != 1 {
		t.Fatalf("%d jobs pending, error %v", len(pending), err)
	}
	job := pending[0]
	if len(job.Labels) != 2 || job.Language != "zpl" || !strings.Contains(string(job.Content), string(s.Parcels[0].TrackingNumber)) {
		t.Errorf("job of %d labels in %s:\n%s", len(job.Labels), job.Language, job.Content)
	}
	o = order("B")
	o.Label.Template = "none-such"
	if s := r.take(t, o, agent.Rejected); !strings.Contains(s.Why.Message, "generic-4x6") {
		t.Errorf("the refusal names no template there is: %s", s.Why.Message)
	}
}

// TestTheCarriersTemplate: the desk prints a service's orders on its template. An
// order that lacks what the template requires is not printed at all, and prints
// once it comes again with it, under the same number.
func TestTheCarriersTemplate(t *testing.T) {
	t.Parallel()
	templates, err := labelling.LoadTemplates(os.DirFS("../../configs/templates"), nil, "generic-4x6")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *desk.Options) {
		o.Labels = &labelling.Maker{
			Carriers: carrier.Default(), Templates: templates, Fonts: fonts.New(), Resolution: labels.DPI203,
			Choice: labelling.Choice{Template: map[string]string{"usps_ground_advantage": "usps-4x6"}},
		}
	})
	r.stock(t, ground)
	o := order("A")
	s := r.take(t, o, agent.Rejected)
	if s.Why.Code != "template_requires" || !strings.Contains(s.Why.Message, "give label.fields.postage") {
		t.Errorf("why %+v, want the template's words", s.Why)
	}
	if jobs, err := r.Jobs(t.Context(), 10); err != nil || len(jobs) != 0 {
		t.Errorf("%d jobs of a refused order (%v)", len(jobs), err)
	}
	o.Parcels = []shipment.Parcel{{Weight: 100, Fields: map[string]string{"postage": "PERMIT NO. 1234|VERNON CA"}}}
	again := r.take(t, o, agent.Accepted)
	if jobs, err := r.Jobs(t.Context(), 10); err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs (%v), want one", len(jobs), err)
	}
	if was, is := s.Parcels[0].TrackingNumber, again.Parcels[0].TrackingNumber; was != is {
		t.Errorf("the corrected order travels under %s, want %s", is, was)
	}
}

// TestOneNumberInTwoSpellings holds that a number is one number however it is
// written: with the routing of the bars, with spaces, as the whole of the bars.
func TestOneNumberInTwoSpellings(t *testing.T) {
	t.Parallel()
	for carrierID, pair := range map[shipment.CarrierID][2]shipment.TrackingNumber{
		"usps":  {"9400111201080805483016", "420940439400111201080805483016"},
		"ups":   {"1Z999AA10123456784", "1z 999 aa1 01 2345 6784"},
		"fedex": {"779017972697", "1001921334250001000300779017972697"},
	} {
		for i := range pair {
			r := newRig(t, nil)
			a, b := order("A"), order("B")
			a.TrackingNumber, b.TrackingNumber = pair[i], pair[1-i]
			for _, o := range []*shipment.Order{&a, &b} {
				o.Carrier, o.Service = carrierID, ""
			}
			s, taken, err := r.TakeOrder(t.Context(), "a.json", a)
			if err != nil {
				t.Fatal(err)
			}
			if taken == agent.OnHold { // the rules know no service of it
				continue
			}
			if taken != agent.Accepted {
				t.Errorf("%s: %s, why %+v", pair[i], taken, s.Why)
			}
			if s := r.take(t, b, agent.Rejected); s.Why.Code != "tracking_number_used" || !strings.Contains(s.Why.Message, "order A has ") || strings.Contains(s.Why.Message, "/") {
				t.Errorf("%s after %s: why %+v", pair[1-i], pair[i], s.Why)
			}
		}
	}
}

// TestTheSameContentUnderAnotherID warns, and stops nothing.
func TestTheSameContentUnderAnotherID(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	if s := r.take(t, order("A"), agent.Accepted); len(s.Warnings) != 0 {
		t.Errorf("warnings %v", s.Warnings)
	}
	r.start(t)
	b := order("B")
	b.Parcels = []shipment.Parcel{{Weight: 110}}
	if s := r.take(t, b, agent.Accepted); len(s.Warnings) != 1 || s.Warnings[0].Code != "same_content" || !strings.Contains(s.Warnings[0].Message, "order A") {
		t.Errorf("warnings %v", s.Warnings)
	}
	c := order("C")
	c.Items[0].Quantity = 2
	if s := r.take(t, c, agent.Accepted); len(s.Warnings) != 0 {
		t.Errorf("other content: %v", s.Warnings)
	}
}

// TestAnIDMadeHere is found however a person types it, and a mistake is told.
func TestAnIDMadeHere(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	id := shipment.MakeOrderID([]byte("x"))
	r.take(t, order(string(id)), agent.Accepted)
	r.take(t, order(strings.ToLower(string(id))), agent.AlreadyTaken)
	if s := r.state(t, strings.ToLower(string(id))); s.Order.ID != id {
		t.Errorf("%s", s.Order.ID)
	}
	wrong := []byte(id)
	if wrong[5]++; wrong[5] < '0' || wrong[5] > '9' {
		wrong[5] = '0' + (id[5]+1)%10
	}
	if _, err := r.Order(t.Context(), shipment.OrderID(wrong)); err == nil || !strings.Contains(err.Error(), "check character") {
		t.Errorf("%s: %v", wrong, err)
	}
}
