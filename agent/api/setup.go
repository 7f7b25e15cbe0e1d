package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/scanner"
)

// setupPage is where a scanner is tried and set up.
func (s *server) setupPage(w http.ResponseWriter, _ *http.Request) {
	var body bytes.Buffer
	if err := page.RenderSetup(&body, page.View{Station: string(s.Station), Now: s.Now()}); err != nil {
		guard.Problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes()) // the browser may be gone
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
