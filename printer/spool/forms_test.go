package spool_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/printertest"
	"waybill/printer/spool"
)

// forms are the printers that count no labels, by what they can.
func forms() map[string]*printertest.FormPrinter {
	return map[string]*printertest.FormPrinter{
		"epl":                {Language: "epl", PerLabel: time.Second},
		"tspl":               {Language: "tspl", PerLabel: time.Second, Serial: "T1"},
		"old tspl":           {Language: "tspl", PerLabel: time.Second, NoLong: true},
		"tspl without marks": {Language: "tspl", PerLabel: time.Second, NoMarks: true},
	}
}

// formOf returns a label that ends as the language's labels do.
func formOf(language, id string) []byte {
	if language == "epl" {
		return []byte("\nR0,0\nq800\nN\nLO1,1,2,2\nX" + id + "\nP1\n")
	}
	return []byte("\r\nSIZE 100 mm,150 mm\r\nCLS\r\nBITMAP 0,0,2,3,0,\x1b!S\r\n\xff\r\nREM " + id + "\r\nPRINT 1\r\n")
}

// formPrinter adds a printer of forms to the rig.
func (r *rig) formPrinter(p *printertest.FormPrinter) {
	r.conf = append(r.conf, spool.Config{
		Name: "p", Roles: []string{"shipping"}, Driver: driver.All()[p.Language],
		Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ours, theirs := net.Pipe()
			r.wg.Go(func() { p.Serve(r.ctx, theirs) })
			return ours, nil
		},
	})
}

// addForm queues a job of n labels.
func (r *rig) addForm(language, id string, n int) {
	r.ledger.add(id, n)
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	j := &r.ledger.jobs[len(r.ledger.jobs)-1]
	j.Language, j.Content = language, formOf(language, id)
	j.SHA256 = digest(j.Content)
}

// eachForm runs f against every printer of forms, in virtual time.
func eachForm(t *testing.T, f func(t *testing.T, r *rig, p *printertest.FormPrinter)) {
	for name := range forms() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, p := newRig(t), forms()[name]
				r.formPrinter(p)
				f(t, r, p)
			})
		})
	}
}

// A printer that counts nothing gives the evidence that it is idle and clean, and
// gives it after the label, not before.
func TestFormsAreConfirmedWhenTheyAreOut(t *testing.T) {
	eachForm(t, func(t *testing.T, r *rig, p *printertest.FormPrinter) {
		r.addForm(p.Language, "a", 2)
		r.start()
		for k := 1; k <= 2; k++ {
			l := r.ledger.untilState(t, "a", k, printer.Confirmed)
			if out := len(p.Forms()); out != k || l.Evidence != printer.E2 || l.Baseline != nil {
				t.Errorf("label %d is %+v with %d on paper", k, l, out)
			}
		}
		for _, form := range p.Forms() {
			if want := bytes.TrimSpace(formOf(p.Language, "a")); !bytes.Contains(form, want) {
				t.Errorf("on paper is %q, want %q", form, want)
			}
		}
	})
}

func TestFormsWaitForAFaultToEnd(t *testing.T) {
	for _, c := range []printer.Condition{printer.PaperOut, printer.HeadOpen, printer.Paused} {
		eachForm(t, func(t *testing.T, r *rig, p *printertest.FormPrinter) {
			r.start()
			time.Sleep(10 * time.Second)
			r.addForm(p.Language, "a", 1)
			r.spool.Wake()
			r.ledger.untilState(t, "a", 1, printer.Sent)
			p.Set(c) // while the label moves
			time.Sleep(5 * time.Minute)
			if got := r.ledger.label("a", 1).State; got != printer.Sent || !r.hasTold(c) {
				t.Errorf("with %s the label is %s; told %q", c, got, r.seen)
			}
			r.addForm(p.Language, "b", 1)
			p.Set()
			r.ledger.untilState(t, "b", 1, printer.Confirmed)
			if got := r.ledger.label("a", 1).State; got != printer.Confirmed || len(p.Forms()) != 2 {
				t.Errorf("the first label is %s, with %d on paper", got, len(p.Forms()))
			}
		})
	}
}

// What a broken connection has done to a label, a printer that counts nothing
// cannot tell: a person decides.
func TestAFormCutOffIsUnconfirmed(t *testing.T) {
	eachForm(t, func(t *testing.T, r *rig, p *printertest.FormPrinter) {
		r.addForm(p.Language, "a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		p.Cut()
		if l := r.ledger.untilState(t, "a", 1, printer.Unconfirmed); l.Reason == "" {
			t.Error("no reason is given")
		}
		time.Sleep(time.Hour)
		if n := len(p.Forms()); n > 1 {
			t.Errorf("%d labels on paper", n)
		}
	})
}

// A printer that never shows that a label was dealt with is asked about each
// label, and gets the next one all the same.
func TestAFormThatProvesNothingHoldsUpNoOther(t *testing.T) {
	for _, link := range []string{"tcp://p:9100", "usb:///dev/usb/lp0"} {
		t.Run(link, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &printertest.FormPrinter{Language: "epl", PerLabel: time.Second, NoMarks: true} // no UQ
				r := newRig(t)
				r.formPrinter(p)
				r.conf[0].Link = link
				r.addForm(p.Language, "a", 1)
				r.addForm(p.Language, "b", 1)
				r.start()
				for _, id := range []string{"a", "b"} {
					if l := r.ledger.untilState(t, id, 1, printer.Unconfirmed); l.Reason == "" {
						t.Errorf("%s: no reason is given", id)
					}
				}
				if n := len(p.Forms()); n != 2 {
					t.Errorf("%d labels on paper, want 2", n)
				}
			})
		})
	}
}
