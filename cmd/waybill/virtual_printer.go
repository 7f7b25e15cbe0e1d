package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"waybill/internal/task"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/png"
	"waybill/labels/verify"
	"waybill/labels/zplview"
	"waybill/printer/virtual"
)

// virtualPrinterCmd is `waybill virtual-printer`.
type virtualPrinterCmd struct {
	Listen  string `help:"Address for hosts, as a printer's raw port." default:"127.0.0.1:9100"`
	Dir     string `help:"Directory for the labels and the odometer." required:"" type:"path"`
	Control string `help:"Address for ordering faults over HTTP; none without it."`
	Status  string `help:"Address of a second port, which answers questions even while the first is full; none without it."`
	Line    string `name:"serial-line" placeholder:"PATH" help:"Make a serial line and a link to it at this path (Unix)." type:"path"`

	PerLabel  time.Duration `help:"How long one label takes." default:"300ms"`
	Speed     float64       `placeholder:"MM/S" help:"Instead: millimetres of label a second."`
	TakeAfter time.Duration `help:"How long a peeled label (^MMP) waits for a hand; for ever without it."`
	Buffer    int           `help:"Bytes of labels it holds before it stops reading." default:"1048576"`
	Clients   int           `help:"Connections served at a time; the others wait." default:"1"`
	Refuse    bool          `help:"Close the connections that would wait."`

	Model     string `help:"What it says it is." default:"VIRTUAL-203dpi"`
	Firmware  string `help:"The version it says it has." default:"V1.0.0"`
	Serial    string `help:"Its serial number." default:"VIRTUAL0001"`
	DotsPerMM int    `name:"dots-per-mm" help:"Resolution: 6, 8, 12 or 24." enum:"6,8,12,24" default:"8"`
	Language  string `help:"Its language when it is switched on: zpl, cpcl or line." enum:"zpl,cpcl,line" default:"zpl"`

	Seed    uint64        `help:"Which mishaps befall it; the same seed brings the same."`
	Mishaps int           `help:"How many mishaps befall it during the first labels."`
	Longest time.Duration `help:"How long a mishap lasts at most." default:"1s"`

	Until  int           `placeholder:"N" help:"End when so many whole labels are printed and drawn."`
	Within time.Duration `help:"With --until: fail after this time." default:"60s"`
	Strict bool          `help:"With --until: fail where a label has a command that was not understood."`
	JSON   bool          `name:"json" help:"With --until: sum up as JSON."`
}

// Help is shown under waybill virtual-printer --help.
func (c *virtualPrinterCmd) Help() string {
	return `Each label printed is NUMBER.zpl, with NUMBER.png and the barcodes read from it as NUMBER.json, and a line in labels.jsonl.

Faults, on the control address (all of them are in docs/virtual-printer.md):
  POST /faults      {"paper_out":true}; also ribbon_out, head_open, cutter_fault, head_hot, paper_left, silent, half_reply,
                    silent_hs_on_fault, no_hqes, no_variables, delay ("2s"), cut_after (bytes), swallow ...;
                    what is not named stays as it is
  POST /schedule    [{"at":{"label":3,"part":0.4},"faults":{"paper_out":true},"for":"5s"}, {"at":{"bytes":900},"do":"reset"}]
  POST /pause       {"on":false} ends it
  POST /power-cut   also /power-off, /power-on, /feed, /reset, /take, /cancel, /other-host, /mishaps
  GET  /status, /labels, /labels/3.png, /faults, /alerts, /wait?labels=3&within=10s

Examples:
  waybill virtual-printer --dir labels --control 127.0.0.1:9180
  curl -d '{"paper_out":true}' http://127.0.0.1:9180/faults

  waybill virtual-printer --dir labels --until 10 --within 30s --strict
  waybill virtual-printer --dir labels --until 100 --seed 7 --mishaps 20 --json`
}

// Run prints until it is interrupted, or has printed what it was to print.
func (c *virtualPrinterCmd) Run(con *console) error {
	for flag, addr := range map[string]string{"--listen": c.Listen, "--control": c.Control, "--status": c.Status} {
		if _, _, err := net.SplitHostPort(addr); err != nil && addr != "" {
			return usage(fmt.Errorf("%s: %w (give it as host:port, such as 127.0.0.1:9100)", flag, err))
		}
	}
	if c.Mishaps < 0 || c.Until < 0 || c.Speed < 0 {
		return usage(errors.New("--mishaps, --until and --speed are not below 0"))
	}
	p := virtual.New(virtual.Options{
		Listen: c.Listen, Control: c.Control, Status: c.Status, Line: c.Line, Dir: c.Dir,
		PerLabel: c.PerLabel, Speed: c.Speed, TakeAfter: c.TakeAfter, BufferBytes: c.Buffer, Clients: c.Clients, Refuse: c.Refuse,
		Model: c.Model, Firmware: c.Firmware, Serial: c.Serial, DotsPerMM: c.DotsPerMM, Language: virtual.Language(c.Language),
		Render: labelRenderer(resolutionOf(c.DotsPerMM)), Log: con.log,
	})
	ctx, stop := context.WithCancel(con.ctx)
	defer stop()
	told := con.out
	if c.JSON {
		told = con.err // nothing but the sum goes to standard output
	}
	ready := func() {
		fmt.Fprintf(told, "Printer at tcp://%s, labels in %s.\n", p.Addr(), c.Dir)
		if a := p.ControlAddr(); a != nil {
			fmt.Fprintf(told, "Control at http://%s.\n", a)
		}
		if path := p.LinePath(); path != "" {
			fmt.Fprintf(told, "Serial line at %s.\n", path)
		}
	}
	tasks := []task.Task{p}
	if c.Until > 0 || c.Mishaps > 0 {
		tasks = append(tasks, task.Func("count of labels", func(ctx context.Context) error {
			return c.count(ctx, stop, p, con.out)
		}))
	}
	return task.Run(ctx, con.log, ready, tasks...)
}

// resolutionOf returns the resolution of a print head.
func resolutionOf(dotsPerMM int) labels.Resolution { return labels.Resolution(dotsPerMM * 254) }

// A printedSummary is what came out until the printer ended.
type printedSummary struct {
	Labels     int      `json:"labels"`
	Partial    int      `json:"partial"`
	Reprints   int      `json:"reprints"`
	OtherHosts int      `json:"other_hosts"`
	Unknown    []string `json:"unknown"` // commands that were not understood, on labels and between them
}

// count orders the mishaps, waits for the labels and sums up.
func (c *virtualPrinterCmd) count(ctx context.Context, stop func(), p *virtual.Printer, out io.Writer) error {
	select {
	case <-p.Ready():
	case <-ctx.Done():
		return nil
	}
	before := p.State().Before
	labels := max(c.Until, 1)
	if c.Until == 0 {
		labels = 100
	}
	if err := p.Schedule(virtual.RandomSteps(c.Seed, c.Mishaps, labels, c.Longest)...); err != nil {
		return err
	}
	if c.Until == 0 {
		<-ctx.Done()
		return nil
	}
	defer stop()
	limit, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	err := p.AwaitLabels(limit, before+c.Until)
	if err == nil {
		err = p.AwaitDrawn(limit)
	}
	if ctx.Err() != nil {
		return nil // interrupted
	}
	sum, err2 := c.summary(p, before)
	if err2 != nil {
		return err2
	}
	if err2 := c.tell(out, sum); err2 != nil {
		return err2
	}
	switch {
	case err != nil:
		return fmt.Errorf("%d of %d labels within %s (is the host sending, and is the printer free of faults?)", sum.Labels, c.Until, c.Within)
	case c.Strict && len(sum.Unknown) > 0:
		return fmt.Errorf("not understood: %q", sum.Unknown)
	}
	return nil
}

// summary sums up what came out behind the first labels of the printer's life.
func (c *virtualPrinterCmd) summary(p *virtual.Printer, before int) (printedSummary, error) {
	sum := printedSummary{Unknown: append([]string{}, p.State().Unknown...)}
	whole := 0
	for _, l := range p.Labels() {
		if l.Whole() {
			whole++
		}
		if whole < before || whole == before && l.Whole() {
			continue
		}
		switch {
		case l.Partial:
			sum.Partial++
			continue
		case !l.Whole():
			continue
		case l.Reprint:
			sum.Reprints++
		case l.OtherHost:
			sum.OtherHosts++
		}
		sum.Labels++
		b, err := os.ReadFile(filepath.Join(c.Dir, fmt.Sprintf("%06d.json", l.N)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // not ZPL, or time ran out before it was drawn
		}
		if err != nil {
			return sum, fmt.Errorf("reading of label %d: %w", l.N, err)
		}
		var reading struct {
			Unknown []string `json:"unknown"`
		}
		if err := json.Unmarshal(b, &reading); err != nil {
			return sum, fmt.Errorf("reading of label %d: %w", l.N, err)
		}
		for _, u := range reading.Unknown {
			if !slices.Contains(sum.Unknown, u) {
				sum.Unknown = append(sum.Unknown, u)
			}
		}
	}
	return sum, nil
}

// tell writes the summary.
func (c *virtualPrinterCmd) tell(out io.Writer, sum printedSummary) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(sum)
	}
	_, err := fmt.Fprintf(out, "%d labels, %d of them again; %d torn; not understood: %q\n", sum.Labels, sum.Reprints, sum.Partial, sum.Unknown)
	return err
}

// labelRenderer returns what draws labels as a head of so many dots per
// millimetre would, and reads the barcodes on the picture.
func labelRenderer(res labels.Resolution) func(virtual.Drawing) (virtual.Picture, error) {
	set := fonts.New()
	return func(d virtual.Drawing) (virtual.Picture, error) {
		var memory zplview.Memory
		var lost error
		stored := d.Stored
		if !zplview.Recalls(d.ZPL, zplview.Prefixes(d.Prefixes)) {
			stored = nil // most labels need not wait until megabytes of pictures are read
		}
		for _, s := range stored {
			lost = errors.Join(lost, memory.Load(s.ZPL, zplview.Prefixes(s.Prefixes)))
		}
		view, err := zplview.RenderAs(d.ZPL, res, zplview.Options{
			Fonts: set, Memory: &memory, Prefixes: zplview.Prefixes(d.Prefixes), Copy: d.Copy,
		})
		if err != nil {
			return virtual.Picture{}, fmt.Errorf("picture of the label: %w", err)
		}
		dots := view.Dots
		if d.Part < 1 { // the rest of the paper is white
			dots = dots.Crop(0, 0, dots.W, max(1, int(d.Part*float64(dots.H)))).Crop(0, 0, dots.W, dots.H)
		}
		picture := virtual.Picture{Unknown: view.Unknown}
		if lost != nil && len(view.Unknown) > 0 { // what is stored and not used does not matter
			picture.Unknown = append(picture.Unknown, "stored: "+lost.Error())
		}
		if picture.PNG, err = png.Picture(dots, res); err != nil {
			return picture, fmt.Errorf("picture of the label: %w", err)
		}
		found, err := verify.Decode(dots)
		if err != nil {
			return picture, fmt.Errorf("barcodes of the label: %w", err)
		}
		for _, f := range found {
			picture.Symbols = append(picture.Symbols, virtual.Symbol{Symbology: string(f.Symbology), Text: f.Text})
		}
		if len(view.Unknown) > 0 {
			return picture, fmt.Errorf("the picture lacks what these commands draw: %q", view.Unknown)
		}
		return picture, nil
	}
}
