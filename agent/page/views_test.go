package page_test

import (
	"fmt"
	"time"

	"waybill/agent/page"
)

// noon is a moment at a desk two hours east of Greenwich.
var noon = time.Date(2026, 11, 20, 14, 3, 22, 0, time.FixedZone("", 2*60*60))

func ago(d time.Duration) time.Time { return noon.Add(-d) }

// devices are a desk's usual devices, all well.
func devices() []page.Device {
	return []page.Device{
		{Kind: "printer", Name: "Label printer", State: page.StateReady, Since: ago(6 * time.Hour), Detail: "ZD421, 203 dpi, 4,310 labels printed"},
		{Kind: "scanner", Name: "Bench", State: page.StateReady, Since: ago(6 * time.Hour), Detail: "serial /dev/ttyACM0"},
		{Kind: "scanner", Name: "Dock", State: page.StateReady, Since: ago(3 * time.Hour), Detail: "10.0.4.17:2001"},
		{Kind: "hub", Name: "hub.example.com", State: page.StateReady, Since: ago(26 * time.Hour), Detail: "all events delivered"},
	}
}

func parcel() *page.Parcel {
	return &page.Parcel{
		Order: "576461413038785752", Name: "Siobhán Ó Flaithbheartaigh", Place: "Portland, OR, US",
		Carrier: "UPS", Service: "Ground", Number: "1Z 999 AA1 01 2345 6784",
		Stage: "Handed over", StageKind: page.OK, ShipBy: noon.Add(80 * time.Hour),
		Steps: []page.Step{
			{Word: "Taken in", Kind: page.OK, At: ago(9 * time.Minute)},
			{Word: "Carrier", Kind: page.OK, At: ago(9 * time.Minute)},
			{Word: "Label", Kind: page.OK, At: ago(8 * time.Minute)},
			{Word: "Scanned", Kind: page.OK, At: ago(5 * time.Minute)},
			{Word: "Handed over", Kind: page.OK, At: ago(2 * time.Second)},
		},
		Items: []page.Item{
			{SKU: "TS-BLK-M", Title: "T-shirt, organic cotton, black, M", Quantity: 2},
			{SKU: "MUG-0042", Title: "Enamel mug 350 ml", Quantity: 1},
		},
		PreviewURL: "/preview.png",
	}
}

func rows(n int) []page.Row {
	names := []string{"Ana Souza", "村上 春樹", "Priya Raghunathan", "محمد الأحمد", "John Q. Public", "Łukasz Żółć", "O’Brien & Sons"}
	carriers := []string{"UPS", "USPS", "DHL Express", "Royal Mail"}
	stages := []struct {
		word string
		kind page.Kind
	}{{"Printing", page.Working}, {"Printed", page.Ready}, {"Waiting for printer", page.Waiting}, {"Scanned", page.OK}, {"Unconfirmed", page.Check}}
	out := make([]page.Row, n)
	for i := range out {
		s := stages[i%len(stages)]
		out[i] = page.Row{
			Order: fmt.Sprint(576461413038785000 + i*137), Name: names[i%len(names)], Carrier: carriers[i%len(carriers)],
			Stage: s.word, StageKind: s.kind, Since: ago(time.Duration(i*i) * 20 * time.Second),
			ShipBy: noon.Add(time.Duration(50-i*17) * time.Hour / 4),
		}
	}
	return out
}

func unconfirmed() page.Trouble {
	return page.Trouble{
		ID: "j-18-1", Kind: page.Check, Title: "Did the label of order 576461413038785889 come out?",
		Why:  "The connection to the printer was lost while the label was being sent, and the printer cannot say.",
		Todo: "Look for the label at the printer, or scan it.", When: ago(3 * time.Minute), ResolveURL: "/v1/jobs/18/labels/1/resolve",
	}
}

// several is a batch cut short out of sight.
func several() page.Trouble {
	t := unconfirmed()
	t.ID, t.Doubtful, t.Title = "j-19", 3, "Did the labels of order 576461413038785752 come out?"
	t.Why = "The printer was out of sight and has moved 3 labels since: these, or some from its FEED button or from another computer."
	return t
}

func paused() page.Trouble {
	return page.Trouble{
		ID: "pause-printer-left", Kind: page.Check, Title: "Printer left is paused", Why: "cleaning the head (Ann)",
		Todo: "Its labels wait; nothing is lost. Resume when it may print again.", When: ago(12 * time.Minute), ResumeURL: "/printers/left/resume",
	}
}

func away() page.Trouble {
	return page.Trouble{
		ID: "away-18", Kind: page.Check, Title: "The label of 576461413038785889-1 was on its way to printer left, which is away",
		Why:  "It goes nowhere else by itself: it may be on paper. When the printer answers, it is asked.",
		Todo: "Will it not come back? Switch it off, stop waiting, and say whether the label came out.", When: ago(time.Minute), StopURL: "/jobs/18/stop-waiting",
	}
}

func refused() page.Trouble {
	return page.Trouble{
		ID: "f-77", Kind: page.Stop, Title: "Order 576461413038790011 was refused", File: "export-1120.json",
		Fields: []page.Field{
			{Name: "ship_to.postal_code", Why: "9005 is not a US ZIP code; want 5 digits, as 90058"},
			{Name: "items[0].quantity", Why: "the quantity must be 1 or more"},
		},
		Todo: "Mend the file in the folder failed and drop it again.", When: ago(26 * time.Minute),
	}
}

// otherMachine is a printer that was exchanged for another.
func otherMachine() page.Trouble {
	return page.Trouble{
		ID: "machine-bench", Kind: page.Stop, Title: "Is this another printer for Label printer?",
		Why:  "It says that it is ZD421-203dpi, serial number D4J222301177. ZD621-203dpi, serial number D4J204800123 belongs there.",
		Todo: "Put the right printer back, or use this one from now on.", When: ago(9 * time.Second),
		UseURL: "/printers/bench/use", Machine: "D4J222301177",
	}
}

// toAnswer is an order that was refused for nothing but its address.
func toAnswer() page.Trouble {
	return page.Trouble{
		ID: "order-A", Kind: page.Check, Title: "Order A refused", Why: "Nothing was printed.", File: "export-1120.json",
		Fields: []page.Field{{Name: "ship_to.postal_code", Why: "62701 lies in Illinois (IL), not in California (CA)"}},
		Todo:   "Mend the order and send it again, or answer for the address: your name and reason are kept.",
		When:   ago(2 * time.Minute), OverrideURL: "/orders/A/override-address",
	}
}

// scenes are the views everyone should have looked at.
func scenes() map[string]page.View {
	empty := page.View{Station: "Bench 7", HotFolder: "/srv/waybill/orders", Now: noon, Devices: devices()}

	busy := empty
	busy.Band = page.Band{Kind: page.OK, Word: "Handed over", Line: "1Z 999 AA1 01 2345 6784 for Siobhán Ó Flaithbheartaigh left with UPS.", Todo: "Scan the next parcel.", At: ago(2 * time.Second)}
	busy.Current = parcel()
	busy.Queue = rows(14)
	busy.Counts = page.Counts{Taken: 214, Printed: 209, Scanned: 198, HandedOver: 171, Refused: 2, Waiting: 14}
	busy.Handoffs = []page.Handoff{
		{Carrier: "UPS", Scanned: 171, Expected: 176, Since: ago(41 * time.Minute), Missing: []string{"576461413038785889-1", "576461413038785752-2"}},
		{Carrier: "DHL Express", Scanned: 3, Since: ago(6 * time.Minute)},
	}

	check := busy
	check.Band = page.Band{Kind: page.Check, Word: "Already counted", Line: "1Z 999 AA1 01 2345 6784 was handed over at 13:58.", Todo: "Put it with the others and scan the next parcel.", At: ago(time.Second)}
	check.Attention = []page.Trouble{unconfirmed(), refused()}

	printing := busy
	printing.Attention = []page.Trouble{several(), paused(), away()}

	stop := busy
	stop.Band = page.Band{Kind: page.Stop, Word: "Wrong label", Line: "Scanned 1Z 999 AA1 01 2345 6792, expected 1Z 999 AA1 01 2345 6784.", Todo: "Take this label off, then scan the label of order 576461413038785752.", At: ago(time.Second)}
	stop.Current = parcel()
	stop.Current.Stage, stop.Current.StageKind = "Wrong label", page.Stop
	stop.Current.Steps[3] = page.Step{Word: "Scanned", Kind: page.Stop}
	stop.Current.Steps[4] = page.Step{Word: "Handed over"}

	paper := busy
	paper.Band = page.Band{Kind: page.Check, Word: "Out of labels", Line: "The label printer has no paper; 3 labels wait and none is lost.", Todo: "Load a new roll; printing goes on by itself.", At: ago(40 * time.Second)}
	paper.Band.Picture = "paper_out"
	paper.Devices = devices()
	paper.Devices[0] = page.Device{Kind: "printer", Name: "Label printer", State: page.StateBlocked, Words: "Out of labels", Todo: "Load a new roll; printing goes on by itself.", Since: ago(40 * time.Second), Detail: "3 labels wait"}
	paper.Current = parcel()
	paper.Current.Stage, paper.Current.StageKind, paper.Current.Number = "Waiting for printer", page.Waiting, ""
	paper.Current.PreviewURL = ""
	paper.Current.Steps[2] = page.Step{Word: "Label", Kind: page.Check}
	paper.Current.Steps[3], paper.Current.Steps[4] = page.Step{Word: "Scanned"}, page.Step{Word: "Handed over"}

	hub := busy
	hub.Band = page.Band{Kind: page.Ready, Word: "Ready", Line: "Scan the next parcel.", At: ago(4 * time.Minute)}
	hub.Devices = devices()
	hub.Devices[1] = page.Device{Kind: "scanner", Name: "Bench", State: page.StateBusy, Since: ago(time.Second)}
	hub.Devices[2] = page.Device{Kind: "scanner", Name: "Dock", State: page.StateUnknown, Detail: "no scan yet today"}
	hub.Devices[3] = page.Device{Kind: "hub", Name: "hub.example.com", State: page.StateAway, Words: "Out of reach", Todo: "Go on working; everything is kept here and sent later.", Since: ago(7 * time.Minute), Detail: "38 events waiting, oldest 7 min"}

	override := busy
	override.Attention = []page.Trouble{toAnswer()}

	machine := busy
	machine.Band = page.Band{Kind: page.Stop, Word: "Another printer", Line: "Printer Label printer: Another printer. Labels wait; nothing is lost.", Todo: "Nothing is sent. Put the right printer back, or say that this one is used from now on.", At: ago(9 * time.Second), Picture: "another_printer"}
	machine.Devices = devices()
	machine.Devices[0] = page.Device{Kind: "printer", Name: "Label printer", State: page.StateBlocked, Words: "Another printer", Todo: "Nothing is sent. Put the right printer back, or say that this one is used from now on.", Since: ago(9 * time.Second), Picture: "another_printer"}
	machine.Attention = []page.Trouble{otherMachine()}

	return map[string]page.View{"machine": machine, "empty": empty, "busy": busy, "check": check, "stop": stop, "paper": paper, "hub": hub, "override": override, "printing": printing, "zero": {}}
}
