package configs_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"

	"waybill/configs"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/labels/verify"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// carrierTemplates are the templates that follow a carrier's own layout.
var carrierTemplates = []string{"usps-4x6", "ups-4x6", "fedex-4x6", "dhl-express-4x6", "dhl-paket-4x6"}

// carrierResolutions is what printers have.
var carrierResolutions = []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600}

// A carrierLabel is one label of a carrier's template, before it is laid out.
type carrierLabel struct {
	tm      *template.Template
	order   shipment.Order
	settled template.Settled
	k       int
}

// sampleLabel returns the label of the order that ships as an example.
func sampleLabel(t *testing.T, name string) *carrierLabel {
	t.Helper()
	src, err := fs.ReadFile(configs.Templates, "templates/"+name+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := &carrierLabel{k: 1}
	if c.tm, err = template.Parse(name+".yaml", src); err != nil {
		t.Fatal(err)
	}
	src, err = os.ReadFile("samples/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(src, &c.order); err != nil {
		t.Fatal(err)
	}
	if problems := c.order.Check(); len(problems) > 0 {
		t.Fatal(problems)
	}
	_, matches := carrier.Default().Recognise(string(c.order.TrackingNumber), carrier.Hints{Carrier: c.order.Carrier})
	if len(matches) == 0 || !matches[0].Valid || matches[0].Carrier != c.order.Carrier {
		t.Fatalf("%s is no number of %s: %v", c.order.TrackingNumber, c.order.Carrier, matches)
	}
	c.settled.ServiceName = map[string]string{
		"usps-4x6": "USPS Priority Mail", "ups-4x6": "UPS Ground", "fedex-4x6": "Priority Overnight", "dhl-express-4x6": "DHL Express Worldwide", "dhl-paket-4x6": "DHL Paket",
	}[name]
	c.settled.ShipDate = "2026-11-23"
	return c
}

func (c *carrierLabel) lay(res labels.Resolution) (labels.Label, error) {
	s := c.settled
	s.Carrier, s.TrackingNumber = c.order.Carrier, c.order.TrackingNumber
	if known, ok := carrier.Default().Carrier(s.Carrier); ok {
		s.CarrierName = known.Name
	}
	s.TrackingText = carrier.Default().Group(s.Carrier, string(s.TrackingNumber))
	s.To, s.From = address.Lines(c.order.ShipTo, c.order.ShipFrom.Country), address.SenderLines(c.order.ShipFrom, c.order.ShipTo.Country)
	d, err := template.NewData(c.order, c.k, s)
	if err != nil {
		return labels.Label{}, err
	}
	return layout.Lay(c.tm, d, res, fonts.New())
}

// prove lays the label out, draws it and reads every symbol back.
func (c *carrierLabel) prove(t *testing.T, res labels.Resolution) (labels.Label, labels.Dots) {
	t.Helper()
	l, err := c.lay(res)
	if err != nil {
		t.Fatal(err)
	}
	d, err := raster.Draw(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify.Label(l, d); err != nil {
		t.Fatal(err)
	}
	return l, d
}

// field gives the order a field of its label, and takes it away where value is
// empty.
func (c *carrierLabel) field(name, value string) {
	c.order.Label.Fields = maps.Clone(c.order.Label.Fields)
	if value == "" {
		delete(c.order.Label.Fields, name)
		return
	}
	c.order.Label.Fields[name] = value
}

func symbolsOf(l labels.Label) []labels.Symbol {
	var all []labels.Symbol
	for _, item := range l.Items {
		if s, ok := item.(labels.Symbol); ok {
			all = append(all, s)
		}
	}
	return all
}

// symbol returns the label's symbol of a symbology whose payload begins as told.
func symbol(t *testing.T, l labels.Label, s labels.Symbology, begins string) labels.Symbol {
	t.Helper()
	for _, found := range symbolsOf(l) {
		if found.Symbology == s && strings.HasPrefix(string(found.Payload), begins) {
			return found
		}
	}
	t.Fatalf("no %s that begins with %q", s, begins)
	return labels.Symbol{}
}

// said returns all words of a label, one text a line.
func said(l labels.Label) string {
	var all []string
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Text:
			all = append(all, item.Text)
		case labels.Bitmap:
			all = append(all, item.Text)
		}
	}
	return strings.Join(all, "\n")
}

// A rule is what a carrier asks of a symbol, in micrometres.
type rule struct {
	label           string
	symbology       labels.Symbology
	payload         string // all of it
	least, most     labels.Length
	height, sides   labels.Length // of the bars, and of the white beside them, at least
	above           labels.Length // white above and below, at least
	columns         int           // of data, of a PDF417
	wide, tall, tol labels.Length // of a symbol of one size
}

const (
	mil = 25 * labels.Micrometre
	gs  = "\x1d"
)

var carrierRules = []rule{
	{
		label: "usps-4x6", symbology: labels.GS1128, payload: "42094928" + gs + "9205590300000000142075",
		least: 330, most: 534, height: 19050, sides: 6350, above: 3175,
	},
	{label: "usps-4x6", symbology: labels.GS1DataMatrix, payload: "42094928" + gs + "9205590300000000142075", least: 420, most: 510},
	{
		label: "ups-4x6", symbology: labels.MaxiCode, wide: 26480, tall: 25300, tol: 600,
		payload: "[)>\x1e01\x1d96303081829\x1d840\x1d003\x1d1Z00427185\x1dUPSN\x1d999AA1\x1d327\x1d\x1d1/1\x1d7\x1dN\x1d\x1dATLANTA\x1dGA\x1e\x04",
	},
	{label: "ups-4x6", symbology: labels.Code128, payload: "420303081829", least: 330, most: 430, height: 13300, sides: 3300},
	{label: "ups-4x6", symbology: labels.Code128, payload: "1Z999AA10300427185", least: 330, most: 430, height: 25900, sides: 3300},
	{
		label: "fedex-4x6", symbology: labels.PDF417, least: 240, most: 270, columns: 14,
		payload: "[)>\x1e01\x1d0294115\x1d840\x1d01\x1d7790179726970201\x1dFDE\x1d740561073\x1d327\x1d\x1d1/1\x1d1.86LB\x1dN\x1d2200 Post St\x1dSan Francisco\x1dCA\x1dNoor Haddad" +
			"\x1e06\x1d11ZBayside Tea Room\x1d12Z14155550166\x1d15Z114064860\x1d31Z1001921334250001000300779017972697\x1d9K578214900011223560\x1d\x1e\x04",
	},
	{label: "fedex-4x6", symbology: labels.Code128, payload: "1001921334250001000300779017972697", least: 330, most: 430, height: 24900, sides: 3300},
	{label: "dhl-express-4x6", symbology: labels.Code128, payload: "3318810025", least: 330, most: 430, height: 15900, sides: 3300},
	{label: "dhl-express-4x6", symbology: labels.Code128, payload: "2LDE10115+48000001", least: 240, most: 390, height: 15900, sides: 2400},
	{label: "dhl-express-4x6", symbology: labels.Code128, payload: "JJD014600009876543210", least: 330, most: 430, height: 21900, sides: 3300},
	{label: "dhl-paket-4x6", symbology: labels.GS1128, payload: "40327604275+99000942000000", least: 330, most: 390, height: 21900, sides: 3300},
	{label: "dhl-paket-4x6", symbology: labels.GS1128, payload: "00340434161094043615", least: 495, most: 510, height: 25900, sides: 4950},
}

// TestCarrierRules holds every symbol of the samples to the figures of the
// sources that the templates name, at every printer's resolution.
func TestCarrierRules(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	for _, name := range carrierTemplates {
		for _, res := range carrierResolutions {
			t.Run(fmt.Sprintf("%s/%d", name, res), func(t *testing.T) {
				t.Parallel()
				l, d := sampleLabel(t, name).prove(t, res)
				if l.Width != 4*labels.Inch || l.Height != 6*labels.Inch {
					t.Errorf("%d by %d micrometres, want 4 by 6 inches", l.Width, l.Height)
				}
				for _, r := range carrierRules {
					if r.label == name {
						r.check(t, l, d)
					}
				}
			})
		}
	}
}

// check holds the symbol of r on l, drawn as d, to r.
func (r rule) check(t *testing.T, l labels.Label, d labels.Dots) {
	t.Helper()
	s := symbol(t, l, r.symbology, r.payload)
	if string(s.Payload) != r.payload {
		t.Errorf("it says %q\nwant        %q", s.Payload, r.payload)
	}
	within := func(what string, have, least, most labels.Length) {
		t.Helper()
		if have < least || have > most {
			t.Errorf("%s %.16q: %s is %d micrometres, want %d to %d", r.symbology, r.payload, what, have, least, most)
		}
	}
	res := l.Resolution
	w, h := s.Size()
	if r.least > 0 {
		within("its module", res.Length(s.ModuleDots), r.least, r.most)
	}
	if r.height > 0 {
		within("its height", res.Length(s.HeightDots), r.height, l.Height)
	}
	if r.wide > 0 {
		within("its width", res.Length(w), r.wide-r.tol, r.wide+r.tol)
		within("its height", res.Length(h), r.tall-r.tol, r.tall+r.tol)
	}
	if r.columns > 0 && s.Modules.W != (r.columns+4)*17+1 {
		t.Errorf("%d modules wide, want %d columns of data", s.Modules.W, r.columns)
	}
	sides, above := clear(res, s, d)
	within("the white beside it", sides, r.sides, l.Width)
	within("the white above and below it", above, r.above, l.Height)
}

// clear returns the white at the worse side of a symbol and at the worse end.
func clear(res labels.Resolution, s labels.Symbol, d labels.Dots) (sides, ends labels.Length) {
	x, y := res.Dots(s.At.X), res.Dots(s.At.Y)
	w, h := s.Size()
	white := func(x, y, w, h int) bool {
		_, _, inked, _ := d.Crop(x, y, w, h).Ink()
		return inked == 0
	}
	beside := 0
	for x-beside > 0 && x+w+beside < d.W && white(x-beside-1, y, 1, h) && white(x+w+beside, y, 1, h) {
		beside++
	}
	beyond := 0
	for y-beyond > 0 && y+h+beyond < d.H && white(x, y-beyond-1, w, 1) && white(x, y+h+beyond, w, 1) {
		beyond++
	}
	return res.Length(beside), res.Length(beyond)
}

// TestUSPSFrame holds what stands round the IMpb and in the upper third.
func TestUSPSFrame(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	for _, res := range carrierResolutions {
		l, _ := sampleLabel(t, "usps-4x6").prove(t, res)
		var guards []labels.Rect
		for _, item := range l.Items {
			if f, ok := item.(labels.Fill); ok && f.Rect.Width > 100*labels.Millimetre && f.Rect.Height > labels.Millimetre {
				guards = append(guards, f.Rect)
			}
		}
		if len(guards) != 2 {
			t.Fatalf("%d guard bars, want 2", len(guards))
		}
		for _, g := range guards {
			if g.Height < 31*mil || g.Height > 63*mil {
				t.Errorf("at %d: a guard bar of %d micrometres, want 0.031 to 0.063 inch", res, g.Height)
			}
		}
		for _, item := range l.Items {
			text, ok := item.(labels.Text)
			if !ok {
				continue
			}
			_, y, _, h := text.Area()
			top, high := res.Length(y), res.Length(h)
			switch text.Text {
			case "USPS TRACKING # USPS SHIP":
				near(t, res, "the words over the bars", high, 90*mil, 125*mil)
				near(t, res, "the white over them", top-guards[0].Min.Y-guards[0].Height, 31*mil, 40*mil)
			case "9205 5903 0000 0000 1420 75":
				near(t, res, "the number", high, 90*mil, 125*mil)
				near(t, res, "the white under it", guards[1].Min.Y-top-high, 31*mil, 40*mil)
			case "USPS PRIORITY MAIL": // capitals of 20 points in this typeface are 5.02 mm high
				near(t, res, "the banner's capitals", high, 5020, 8000)
				near(t, res, "the white over the banner", top-labels.Inch-500, labels.Inch/16, 3000)
			}
		}
	}
}

// near allows a dot for what falls between dots.
func near(t *testing.T, res labels.Resolution, what string, have, least, most labels.Length) {
	t.Helper()
	if dot := res.Length(1); have < least-dot || have > most+dot {
		t.Errorf("at %d: %s: %d micrometres, want %d to %d", res, what, have, least, most)
	}
}
