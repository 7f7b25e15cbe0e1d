package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/scanner"
)

// typedScanner is what a scan is of that was typed into a page.
const typedScanner = "page"

// setupPage is where a scanner is tried and set up.
func (s *server) setupPage(draw func(io.Writer, page.Setup) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		if err := draw(&body, s.setup()); err != nil {
			s.Log.ErrorContext(r.Context(), "set-up page could not be drawn", "err", err)
			guard.Problem(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body.Bytes()) // the browser may be gone
	}
}

// setup returns what the set-up page shows.
func (s *server) setup() page.Setup {
	v := page.Setup{Station: string(s.Station), Now: s.Now().In(s.location()), Barcode: "/scanners/setup.svg"}
	for _, d := range s.Desk.Devices() {
		if d.Kind == "scanner" {
			v.Scanners = append(v.Scanners, page.Device{Kind: d.Kind, Name: d.Name, State: page.State(d.State), Words: d.Words, Todo: d.Todo, Since: d.Since, Detail: d.Detail})
		}
	}
	for _, u := range s.Desk.SetUps() {
		t := page.TriedScanner{Name: u.Scanner, Typed: u.Scanner == typedScanner, Good: u.Setup.Good(), At: u.At}
		for _, f := range u.Setup.Findings() {
			t.Checks = append(t.Checks, page.SetupCheck(f))
		}
		v.Tried = append(v.Tried, t)
	}
	return v
}

// setupBarcode draws the barcode that the page has scanned.
func (s *server) setupBarcode(w http.ResponseWriter, _ *http.Request) {
	symbol, err := barcode.Encode(labels.GS1128, []byte(scanner.SetupData), barcode.Options{})
	if err != nil {
		guard.Problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(barsSVG(symbol.Modules))) // the browser may be gone
}

// barsSVG draws a row of modules as bars, with quiet zones of ten modules.
func barsSVG(row labels.Dots) string {
	const quiet, height = 10, 40
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges"><rect width="100%%" height="100%%" fill="#fff"/>`,
		row.W+2*quiet, height+2*quiet, 2*(row.W+2*quiet), 2*(height+2*quiet))
	for x := 0; x < row.W; x++ {
		if n := run(row, x); n > 0 {
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d"/>`, x+quiet, quiet, n, height)
			x += n
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// run returns how many black modules begin at x.
func run(row labels.Dots, x int) int {
	n := 0
	for x+n < row.W && row.Black(x+n, 0) {
		n++
	}
	return n
}
