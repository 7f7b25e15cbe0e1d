package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"waybill/agent"
	"waybill/printer/virtual"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A demoSummary is what `waybill demo --once` prints.
type demoSummary struct {
	OK             bool             `json:"ok"`
	Error          string           `json:"error,omitempty"`
	OrderID        string           `json:"order_id"`
	TrackingNumber string           `json:"tracking_number"`
	Steps          []demoStep       `json:"steps"`
	Label          demoLabel        `json:"label"`
	Barcodes       []virtual.Symbol `json:"barcodes"`
	Scanner        string           `json:"scanner"`
	TrackingURL    string           `json:"tracking_url"`
	Timeline       json.RawMessage  `json:"timeline"` // as the hub tells it
	TotalMS        int64            `json:"total_ms"`
}

// A demoStep is one thing that was observed, and where.
type demoStep struct {
	Step   string `json:"step"`
	AtMS   int64  `json:"at_ms"` // since the demo began
	Detail string `json:"detail"`
}

type demoLabel struct {
	ZPL string `json:"zpl"`
	PNG string `json:"png"`
}

// onceDeadline bounds `waybill demo --once`.
const onceDeadline = 30 * time.Second

// once runs one order from the file to the tracking page. Each step counts only
// when it was seen from outside: on the printer's side, at the scanner, in the
// hub's answers.
func (d *demo) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, onceDeadline)
	defer cancel()
	sum := &demoSummary{Scanner: d.scannerWords(), Steps: []demoStep{}, Barcodes: []virtual.Symbol{}}
	err := d.observe(ctx, sum)
	sum.OK = err == nil
	if err != nil {
		sum.Error = err.Error()
	}
	sum.TotalMS = time.Since(d.began).Milliseconds()
	enc := json.NewEncoder(d.con.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if werr := enc.Encode(sum); werr != nil {
		return fmt.Errorf("summary: %w", werr)
	}
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

func (d *demo) observe(ctx context.Context, sum *demoSummary) error {
	const sample = "samples/once.json"
	data, err := samples.ReadFile(sample)
	if err != nil {
		return err
	}
	var sent shipment.Order
	if err := json.Unmarshal(data, &sent); err != nil {
		return err
	}
	sum.OrderID = string(sent.ID)
	saw := func(step, format string, args ...any) {
		sum.Steps = append(sum.Steps, demoStep{step, time.Since(d.began).Milliseconds(), fmt.Sprintf(format, args...)})
	}
	saw("system_ready", "hub %s, station %s", d.hub.hub.BaseURL(), d.station.web.URL())
	if status, _, err := d.get(ctx, d.station.web.URL()+"/v1/orders/"+url.PathEscape(sum.OrderID)); err != nil {
		return err
	} else if status != http.StatusNotFound {
		return fmt.Errorf("order %s was packed in %s already, and no order prints twice (choose another --dir, or none)", sum.OrderID, d.dir)
	}
	if err := d.drop(sample); err != nil {
		return err
	}
	saw("order_dropped", "%s in the hot folder", sample)

	state, err := d.awaitOrder(ctx, sent.ID, func(s agent.State) bool { return s.Stage() != agent.Held })
	if err != nil {
		return err
	}
	if state.Stage() == agent.Refused || len(state.Parcels) == 0 {
		return fmt.Errorf("order %s is %s: %+v", sent.ID, state.Stage(), state.Why)
	}
	sum.TrackingNumber = string(state.Parcels[0].TrackingNumber)
	saw("order_accepted", "%s by rule %s, number %s", state.ServiceName, state.Rule, sum.TrackingNumber)

	label, err := await(ctx, "a label in the printer's tray", d.nextLabel)
	if err != nil {
		return err
	}
	sum.Label, sum.Barcodes = demoLabel{label.ZPL, label.PNG}, label.Symbols
	saw("label_printed", "label %d on the virtual printer", label.N)
	number, err := d.checkLabel(label, sum)
	if err != nil {
		return err
	}
	saw("label_read", "%d barcodes decoded from the printed label", len(label.Symbols))

	if err := d.scan(ctx, number); err != nil {
		return fmt.Errorf("scan of %s: %w", number, err)
	}
	saw("scanned", "the scanner was told good")
	if _, err := d.awaitOrder(ctx, sent.ID, func(s agent.State) bool {
		return s.Stage() == agent.HandedOver && s.Parcels[0].Label == "confirmed"
	}); err != nil {
		return err
	}
	saw("handed_over", "the station shows the parcel handed over and its label confirmed")
	report, err := d.station.journal.Verify(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	saw("journal_verified", "%s", words(report))
	return d.observeHub(ctx, sum, saw)
}

func words(report journal.Report) string {
	raw, err := json.Marshal(report)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// checkLabel makes sure that both codes on the printed label say what they
// should.
func (d *demo) checkLabel(label paperLabel, sum *demoSummary) (string, error) {
	number, ok := label.trackingNumber()
	if !ok {
		return "", errors.New("no linear barcode on the printed label can be read")
	}
	if number != sum.TrackingNumber {
		return "", fmt.Errorf("the printed label says %s, the station %s", number, sum.TrackingNumber)
	}
	want := shipment.LabelCode{Order: shipment.OrderID(sum.OrderID), TrackingNumber: shipment.TrackingNumber(number)}.String()
	for _, s := range label.Symbols {
		if s.Symbology == "qr" && s.Text == want {
			return number, nil
		}
	}
	return "", fmt.Errorf("no QR code on the printed label says %s", want)
}

// observeHub reads the story back from the hub, as a program and as the buyer.
func (d *demo) observeHub(ctx context.Context, sum *demoSummary, saw func(step, format string, args ...any)) error {
	type story struct {
		TrackingURL string          `json:"tracking_url"`
		Milestone   string          `json:"milestone"`
		Timeline    json.RawMessage `json:"timeline"`
	}
	told, err := await(ctx, "the hand-off at the hub", func() (story, bool, error) {
		var s story
		status, body, err := d.get(ctx, d.hub.hub.BaseURL()+"/v1/shipments/"+url.PathEscape(sum.TrackingNumber))
		if err != nil || status == http.StatusNotFound {
			return s, false, err
		}
		if status != http.StatusOK {
			return s, false, fmt.Errorf("the hub answers %d: %s", status, body)
		}
		err = json.Unmarshal(body, &s)
		return s, s.Milestone == "handed_over" && bytes.Contains(s.Timeline, []byte("label_created")), err
	})
	if err != nil {
		return err
	}
	sum.TrackingURL, sum.Timeline = told.TrackingURL, told.Timeline
	saw("hub_knows", "GET /v1/shipments/%s says handed_over", sum.TrackingNumber)
	status, body, err := d.get(ctx, told.TrackingURL)
	if err != nil {
		return err
	}
	if status != http.StatusOK || !bytes.Contains(body, []byte("<html")) || !strings.Contains(strings.ReplaceAll(string(body), " ", ""), sum.TrackingNumber) {
		return fmt.Errorf("the tracking page %s answers %d and does not show the number", told.TrackingURL, status)
	}
	saw("tracking_page", "%s shows the parcel", told.TrackingURL)
	return nil
}

// trackingPage returns the buyer's page of a number, or why there is none yet.
func (d *demo) trackingPage(ctx context.Context, number string) string {
	page, err := await(ctx, "the parcel at the hub", func() (string, bool, error) {
		var s struct {
			TrackingURL string `json:"tracking_url"`
		}
		status, body, err := d.get(ctx, d.hub.hub.BaseURL()+"/v1/shipments/"+url.PathEscape(number))
		if err != nil || status != http.StatusOK {
			return "", false, err
		}
		err = json.Unmarshal(body, &s)
		return s.TrackingURL, err == nil, err
	})
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return page
}

// awaitOrder returns the order once the station shows it as wanted.
func (d *demo) awaitOrder(ctx context.Context, id shipment.OrderID, want func(agent.State) bool) (agent.State, error) {
	return await(ctx, fmt.Sprintf("order %s at the station", id), func() (agent.State, bool, error) {
		var s agent.State
		status, body, err := d.get(ctx, d.station.web.URL()+"/v1/orders/"+url.PathEscape(string(id)))
		if err != nil || status == http.StatusNotFound {
			return s, false, err
		}
		if status != http.StatusOK {
			return s, false, fmt.Errorf("the station answers %d: %s", status, body)
		}
		err = json.Unmarshal(body, &s)
		return s, err == nil && want(s), err
	})
}

// await looks until f has seen what it looks for, f fails, or ctx ends.
func await[T any](ctx context.Context, what string, f func() (T, bool, error)) (T, error) {
	for {
		got, ok, err := f()
		if err != nil {
			return got, fmt.Errorf("%s: %w", what, err)
		}
		if ok {
			return got, nil
		}
		if !pause(ctx, lookEvery) {
			return got, fmt.Errorf("%s was not seen: %w", what, ctx.Err())
		}
	}
}

// get fetches a page of the demo's own servers.
func (d *demo) get(ctx context.Context, page string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	return resp.StatusCode, body, err
}
