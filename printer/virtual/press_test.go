package virtual_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer/virtual"
)

// a desk is a printer and one host in a bubble of virtual time.
type desk struct {
	*host
	p *virtual.Printer
}

// inBubble runs f with a printer that takes 300 ms for a label.
func inBubble(t *testing.T, o virtual.Options, f func(t *testing.T, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Listen, o.Dir = "-", t.TempDir()
		if o.PerLabel == 0 {
			o.PerLabel = 300 * time.Millisecond
		}
		d := &desk{p: virtual.New(o)}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- d.p.Run(ctx) }()
		<-d.p.Ready()
		d.host = dial(ctx, t, d.p.Serve)
		defer func() {
			d.Close()
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
			synctest.Wait()
		}()
		f(t, d)
	})
}

// dial connects a host by a pipe.
func dial(ctx context.Context, t *testing.T, serve func(context.Context, net.Conn)) *host {
	ours, theirs := net.Pipe()
	go serve(ctx, theirs)
	t.Cleanup(func() { ours.Close() })
	return &host{t, ours, bufio.NewReader(ours)}
}

// paper tells the record in short words.
func (d *desk) paper() []string {
	var s []string
	for _, l := range d.p.Labels() {
		var w []string
		switch {
		case l.Partial:
			w = append(w, fmt.Sprintf("%.0f%%", 100*l.Part))
		case l.Feed:
			w = append(w, "blank")
		case l.Text:
			w = append(w, "text")
		default:
			w = append(w, "label")
		}
		for word, is := range map[string]bool{" again": l.Reprint, " cut": l.Cut, " other": l.OtherHost} {
			if is {
				w = append(w, word)
			}
		}
		s = append(s, fmt.Sprintf("%s @%d", strings.Join(w, ""), l.Odometer))
	}
	return s
}

func (d *desk) onPaper(want ...string) {
	d.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, d.paper()); diff != "" {
		d.t.Errorf("paper (-want +got):\n%s", diff)
	}
}

// TestWhatComesOut holds what is on paper for what befalls a batch of labels,
// each of which takes 300 ms.
func TestWhatComesOut(t *testing.T) {
	const batch = "^XA^FDx^FS^PQ3^XZ"
	faults := func(json string) func(d *desk) {
		return func(d *desk) {
			if err := d.p.Schedule(virtual.Step{Faults: []byte(json)}); err != nil {
				d.t.Error(err)
			}
		}
	}
	for name, tc := range map[string]struct {
		say   string
		steps []virtual.Step
		do    map[int]func(d *desk) // by the millisecond
		want  []string
	}{
		"nothing": {say: batch, want: []string{"label @1", "label @2", "label @3"}},
		"media out in a label": {
			say:   batch,
			steps: []virtual.Step{{At: virtual.Moment{Label: 2, Part: 0.4}, Faults: []byte(`{"paper_out":true}`), For: virtual.Duration(5 * time.Second)}},
			want:  []string{"label @1", "40% @1", "label again @2", "label @3"},
		},
		"head open in a label, not printed again": {
			say:   "^XA^JZN^XZ" + batch,
			steps: []virtual.Step{{At: virtual.Moment{Label: 2, Part: 0.5}, Faults: []byte(`{"head_open":true}`), For: virtual.Duration(5 * time.Second)}},
			want:  []string{"label @1", "50% @1", "label @2"},
		},
		"media out between labels": {
			say:   batch,
			steps: []virtual.Step{{At: virtual.Moment{Label: 2}, Faults: []byte(`{"paper_out":true}`), For: virtual.Duration(time.Second)}},
			want:  []string{"label @1", "label @2", "label @3"},
		},
		"fault by hand":     {say: batch, do: map[int]func(*desk){375: faults(`{"ribbon_out":true}`)}, want: []string{"label @1", "25% @1"}},
		"power cut":         {say: batch, do: map[int]func(*desk){690: func(d *desk) { d.p.PowerCut() }}, want: []string{"label @1", "label @2", "30% @2"}},
		"power cut between": {say: batch, steps: []virtual.Step{{At: virtual.Moment{Label: 3}, Do: "power-cut"}}, want: []string{"label @1", "label @2"}},
		"pause in a label":  {say: batch, do: map[int]func(*desk){400: func(d *desk) { d.p.Pause(true) }}, want: []string{"label @1", "label @2"}},
		"cancel all in a label": {
			say: batch + batch, do: map[int]func(*desk){400: func(d *desk) { d.say("~JA") }}, want: []string{"label @1", "label @2"},
		},
		"cancel one and pause": {
			say: batch + batch, do: map[int]func(*desk){
				400: func(d *desk) { d.say("~JP") },
				800: func(d *desk) { d.say("~PS") },
			}, want: []string{"label @1", "label @2", "label @3", "label @4", "label @5"},
		},
		"cancel a torn one": {
			say: batch, do: map[int]func(*desk){
				375: faults(`{"paper_out":true}`),
				500: func(d *desk) { d.say("~JA") },
				600: faults(`{"paper_out":false}`),
			}, want: []string{"label @1", "25% @1"},
		},
		"reset by command":     {say: batch, do: map[int]func(*desk){100: func(d *desk) { d.say("~JR") }}, want: []string{"33% @0"}},
		"settings only":        {say: "^XA^JZY^PQ5^MMT^JUS^XZ^XA^XZ", want: nil},
		"groups with a pause":  {say: "^XA^FDx^FS^PQ5,2^XZ", want: []string{"label @1", "label @2"}},
		"groups without pause": {say: "^XA^MMC^FDx^FS^PQ5,2,0,Y^XZ", want: []string{"label @1", "label cut @2", "label @3", "label cut @4", "label cut @5"}},
		"cutter":               {say: "^XA^MMC^FDx^FS^PQ2^XZ", want: []string{"label cut @1", "label cut @2"}},
		"other host between": {
			say: "^XA^FDx^FS^XZ^XA^FDy^FS^XZ", do: map[int]func(*desk){
				10: func(d *desk) { d.p.OtherHost(nil); d.say("^XA^FDz^FS^XZ") },
			}, want: []string{"label @1", "label @2", "label other @3", "label @4"},
		},
		"feed, slew and configuration": {
			say: "~PH^XA^PH^XZ~WC", want: []string{"blank @1", "blank @2", "label other @3"},
		},
		"the last again":       {say: "^XA^FDx^FS^XZ", do: map[int]func(*desk){400: func(d *desk) { d.say("~PR") }}, want: []string{"label @1", "label again @2"}},
		"peeled, not taken":    {say: "^XA^MMP^FDx^FS^PQ3^XZ", want: []string{"label @1"}},
		"peeled, one taken":    {say: "^XA^MMP^FDx^FS^PQ3^XZ", do: map[int]func(*desk){1000: func(d *desk) { d.p.Take() }}, want: []string{"label @1", "label @2"}},
		"swallowed":            {say: batch, do: map[int]func(*desk){310: faults(`{"swallow":true}`)}, want: []string{"label @1"}},
		"recalled format":      {say: "^XA^DFR:A^FN1^FS^PQ2^XZ^XA^XFR:A^FS^FN1^FDx^FS^XZ", want: []string{"label @1", "label @2"}},
		"recalled after a cut": {say: "^XA^DFR:A^FN1^FS^XZ^XA^XFR:A^FS^XZ", steps: []virtual.Step{{At: virtual.Moment{Bytes: 23}, Do: "power-cut"}}, want: nil},
		"kept on E":            {say: "^XA^DFE:A^FN1^FDy^FS^XZ", do: map[int]func(*desk){1: func(d *desk) { d.p.PowerCut(); d.p.OtherHost([]byte("^XA^XFE:A^FS^XZ")) }}, want: []string{"label other @1"}},
		"lines of text":        {say: "! U1 setvar \"device.languages\" \"line_print\"\r\n~HS\r\n^XA^FDx^FS^XZ\r\n", want: []string{"text @0", "text @0"}},
		"CPCL": {
			say:  "! U1 setvar \"device.languages\" \"cpcl\"\r\n! 0 200 200 210 2\r\nTEXT 4 0 30 40 Hello\r\nPRINT\r\n",
			want: []string{"label @1", "label @2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, virtual.Options{}, func(t *testing.T, d *desk) {
				if err := d.p.Schedule(tc.steps...); err != nil {
					t.Fatal(err)
				}
				_, _ = io.WriteString(d, tc.say) // a step may cut it short
				began := time.Now()
				for ms := range 2000 {
					if do := tc.do[ms]; do != nil {
						time.Sleep(time.Until(began.Add(time.Duration(ms) * time.Millisecond)))
						do(d)
					}
				}
				time.Sleep(time.Minute)
				d.onPaper(tc.want...)
			})
		})
	}
}

func TestSerialNumbersAndReplicates(t *testing.T) {
	for say, want := range map[string][]int{
		"^XA^SN001,1,Y^FS^PQ4^XZ":     {0, 1, 2, 3},
		"^XA^SN001,1,Y^FS^PQ4,0,1^XZ": {0, 1, 2, 3},
		"^XA^SN001,1,Y^FS^PQ4,0,2^XZ": {0, 0, 1, 1},
	} {
		inBubble(t, virtual.Options{}, func(t *testing.T, d *desk) {
			d.say(say)
			time.Sleep(time.Minute)
			var got []int
			for _, l := range d.p.Labels() {
				got = append(got, l.Copy)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: copies (-want +got):\n%s", say, diff)
			}
		})
	}
}

func TestHostVerification(t *testing.T) {
	for say, want := range map[string]string{
		"^XA^FN1^FDABC^FS^FH_^HV1,8,J[,]_0D_0A,L^FS^PQ2^XZ":                   "J[ABC]\r\nJ[ABC]\r\n",
		"^XA^FN1^FDABC^FS^HV1,8,J[,],F^FS^PQ2^XZ":                             "J[ABC]",
		"^XA^FN1^FDABC^FS^HV1,2,,^FS^XZ":                                      "AB",
		"^XA^FN7^FH^FDA_42C^FS^HV7,9,<,>,L^FS^XZ":                             "<ABC>",
		"^XA^DFR:F^FO1,1^FN3^FS^HV3,9,<,>,L^FS^XZ^XA^XFR:F^FN3^FDq^FS^XZ":     "<q>",
		"^XA^CC/^FDx/FN1/FDABC/FS/HV1,8,J[,],F/FS/XZ/XA/FN1/FDD/FS/HV1/FS/XZ": "J[ABC]D",
	} {
		inBubble(t, virtual.Options{}, func(t *testing.T, d *desk) {
			d.say(say)
			d.hear(want)
			d.say("~HM")
			d.hear("\x028192,8192,8000\x03\r\n") // and nothing came between
		})
	}
}

func TestStatusWhilePrinting(t *testing.T) {
	inBubble(t, virtual.Options{TakeAfter: 2 * time.Second}, func(t *testing.T, d *desk) {
		d.say("^XA^MMP^LL1000^FDx^FS^PQ3^XZ")
		time.Sleep(time.Second)
		d.say("~HS")
		d.hear("\x02030,0,0,1000,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,1,6,1,00000002,1,000\x03\r\n\x021234,0\x03\r\n")
		time.Sleep(10 * time.Second)
		d.onPaper("label @1", "label @2", "label @3")
		d.say("~DGR:A.GRF,1,1,FF~HS")
		d.hear("\x02030,0,0,1000,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,1,6,0,00000000,1,001\x03\r\n\x021234,0\x03\r\n")
	})
}

// TestStatusPortIsNotBehindTheBuffer holds that a full printer still answers on
// its second port.
func TestStatusPortIsNotBehindTheBuffer(t *testing.T) {
	inBubble(t, virtual.Options{BufferBytes: 10}, func(t *testing.T, d *desk) {
		d.p.Pause(true)
		d.say(label)
		synctest.Wait()
		go io.WriteString(d, label) // nobody reads it
		second := dial(t.Context(), t, d.p.ServeStatus)
		second.say("~HS")
		second.hear(strings.Replace(idleHS, "030,0,0,1225,000,0", "030,0,1,1225,001,1", 1))
		second.say(label)
		synctest.Wait()
		if s := d.p.State(); s.Waiting != 1 || len(s.Unknown) != 1 {
			t.Errorf("state is %+v", s)
		}
		second.Close()
		d.p.Pause(false)
		time.Sleep(time.Minute)
		d.onPaper("label @1", "label @2")
	})
}

func TestBrokenAnswers(t *testing.T) {
	inBubble(t, virtual.Options{}, func(t *testing.T, d *desk) {
		d.p.SetFaults(func(f *virtual.Faults) { f.HalfReply = true })
		d.say("~HM")
		d.hear("\x028192,819")
		d.p.SetFaults(func(f *virtual.Faults) { f.HalfReply, f.GarbageReply = false, true })
		d.say("~HM")
		d.hear("\x00\xff?\r\n")
		d.p.SetFaults(func(f *virtual.Faults) { *f = virtual.Faults{Delay: virtual.Duration(10 * time.Second)} })
		began := time.Now()
		d.say("~HM")
		d.hear("\x028192,8192,8000\x03\r\n")
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("the answer took %s, want 10s", took)
		}
		d.p.SetFaults(func(f *virtual.Faults) { *f = virtual.Faults{NoHQES: true, SilentHS: true, HeadHot: true} })
		d.say("~HQES~HS~HM")
		d.hear("\x028192,8192,8000\x03\r\n")
	})
}

func TestSpeed(t *testing.T) {
	inBubble(t, virtual.Options{Speed: 300, DotsPerMM: 8}, func(t *testing.T, d *desk) {
		d.say("^XA^LL1200^FDx^FS^PQ2^XZ") // 150 mm
		time.Sleep(time.Minute)
		l := d.p.Labels()
		if len(l) != 2 || l[1].At.Sub(l[0].At) != 500*time.Millisecond || !l[1].Began.Equal(l[0].At) {
			t.Errorf("labels are %+v", l)
		}
	})
}
