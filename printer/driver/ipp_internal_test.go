package driver

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"waybill/printer"
	"waybill/printer/ipp"
)

// FuzzIPPAnswer: whatever answers, a printer that did not say that it is well is
// not taken for ready, and a label that was not called completed is not printed.
func FuzzIPPAnswer(f *testing.F) {
	idle := ipp.Request(0, 7)
	idle.Groups = append(idle.Groups, ipp.Group{Tag: ipp.PrinterGroup, Attributes: []ipp.Attribute{
		ipp.Int("printer-state", ipp.Enum, ipp.PrinterIdle), ipp.Strings("printer-state-reasons", ipp.Keyword, "none"),
	}}, ipp.Group{Tag: ipp.JobGroup, Attributes: []ipp.Attribute{
		ipp.Int("job-state", ipp.Enum, int32(ipp.JobCompleted)), ipp.Int("job-impressions-completed", ipp.Integer, 1),
	}})
	seed, err := idle.Append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		reply, err := readIPP(ipp.GetPrinterAttributes, 7, &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {ipp.MediaType}}, Body: io.NopCloser(bytes.NewReader(body)),
		})
		if err != nil {
			return
		}
		for _, queue := range []bool{false, true} {
			st := ippStatus(reply, queue)
			state, ok := reply.Attribute(ipp.PrinterGroup, "printer-state").Int()
			if st.Clear() && (!ok || state == ipp.PrinterStopped) {
				t.Errorf("clear in the state %d, %v: %+v", state, ok, st)
			}
			a, _ := (&ippPrinter{queue: queue}).judge(reply, false)
			state, _ = reply.Attribute(ipp.JobGroup, "job-state").Int()
			if a.Verdict == printer.Printed && (queue || ipp.JobState(state) != ipp.JobCompleted) {
				t.Errorf("printed in the state %d, of a queue %v: %+v", state, queue, a)
			}
		}
	})
}
