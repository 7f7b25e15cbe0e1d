package labelproof_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/internal/labelproof"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/template"
	"waybill/labels/zpl"
)

// Of every so many labels, one is on any template, in any script and at one of
// two resolutions, and the others are as most that a station prints; one is
// written as PDF, and one as PNG.
const (
	anyEvery  = 20
	pdfEvery  = 50
	pngEvery  = 500
	pdfPages  = 100     // of a document
	sameAgain = 1 << 20 // heap that comes and goes
	ours      = 4       // scripts that need no font of the machine, which come first
)

// TestMemoryIsFlat lays random orders out, most on the usual template, some on
// every other, in every script and at two resolutions, writes all of them as ZPL and some as
// PDF and PNG, and holds that the memory in use does not grow with their number.
// LABELS=1000000 is the full proof.
func TestMemoryIsFlat(t *testing.T) {
	raced.Skip(t)
	n := count(t, "LABELS", 4000)
	faces := fonts.New(system.Sources()...)
	m := &mill{maker: maker{scripts: scripts(t, faces), faces: faces}}
	for _, s := range specimens(t) {
		if s.Template.For == template.ForParcel {
			m.maker.specimens = append(m.maker.specimens, s)
		}
		if s.Name+".json" == generic {
			m.usual = s
		}
	}
	// Typefaces weigh more than all else, and come when they are first needed.
	for _, script := range m.scripts {
		for _, h := range fonts.Hans() {
			for _, bold := range []bool{false, true} {
				if _, err := faces.FaceIn(h, script.Probe, bold); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// What is kept for the next label is bounded, and mostly there at half time.
	var half uint64
	for _, stop := range []int{n / 100, n / 10, n / 4, n / 2, n} {
		m.grind(t, stop)
		heap, resident, peak := memory()
		t.Logf("after %7d labels: heap %5.1f MB, resident %s, at most %s; ZPL %d (%.1f MB), PDF %d, PNG %d, refused for other data %d; %.0f s",
			m.made, float64(heap)/1e6, resident, peak, m.made, float64(m.bytes)/1e6, m.pdf, m.png, m.refused, m.took.Seconds())
		// A label that were kept would weigh 9 kB.
		if stop == n && heap > half+min(uint64(n/2)*1000, half/10)+8*sameAgain {
			t.Errorf("the heap has grown from %d to %d bytes over the last %d labels", half, heap, n-n/2)
		}
		half = heap
	}
}

// A mill makes one label after the other and keeps none.
type mill struct {
	maker
	usual                   labelproof.Specimen
	made, pdf, png, refused int
	bytes                   int
	took                    time.Duration
	room                    []byte
	pages                   []labels.Label
}

func (m *mill) grind(t *testing.T, stop int) {
	t.Helper()
	started := time.Now()
	defer func() { m.took += time.Since(started) }()
	for ; m.made < stop; m.made++ {
		l := m.lay(t, m.made)
		var err error
		if m.room, err = (zpl.Encoder{}).AppendEncode(m.room[:0], l); err != nil {
			t.Fatalf("label %d: %v", m.made, err)
		}
		m.bytes += len(m.room)
		if m.made%pngEvery == 0 {
			if _, err := (png.Encoder{}).Encode(l); err != nil {
				t.Fatalf("label %d: %v", m.made, err)
			}
			m.png++
		}
		if m.made%pdfEvery != 0 {
			continue
		}
		if m.pages = append(m.pages, l); len(m.pages) == min(pdfPages, max(1, stop/pdfPages)) {
			if _, err := (pdf.Encoder{}).EncodeAll(m.pages); err != nil {
				t.Fatalf("a document up to label %d: %v", m.made, err)
			}
			m.pdf += len(m.pages)
			m.pages = m.pages[:0]
		}
	}
	clear(m.pages[:cap(m.pages)])
	m.pages = m.pages[:0]
}

// lay lays the i-th label out. Where a template refuses an order, as it
// should, the next one keeps more of what it came with.
func (m *mill) lay(t *testing.T, i int) labels.Label {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	s, script, res := m.usual, m.scripts[r.IntN(ours)], labels.DPI203
	if i%anyEvery == 0 {
		s = m.specimens[i/anyEvery%len(m.specimens)]
		script = m.scripts[r.IntN(len(m.scripts))]
		res = []labels.Resolution{labels.DPI203, labels.DPI203, labels.DPI203, labels.DPI305}[r.IntN(4)]
	}
	var last error
	for reach := labelproof.Abroad; reach <= labelproof.Carrier; reach++ {
		pages, err := s.Lay(labelproof.Vary(s.Order, r, script, reach), 1, res, m.faces)
		if err == nil {
			return pages[0]
		}
		last = err
		m.refused++
	}
	t.Fatalf("label %d of template %s: %v", i, s.Name, last)
	return labels.Label{}
}

// memory returns what is in use after everything that is not was given up, and,
// where the system tells it, how much of the machine's memory the process has
// and had.
func memory() (heap uint64, resident, peak string) {
	runtime.GC()
	runtime.GC() // what the first one found in pools
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	resident, peak = "unknown", "unknown"
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return s.HeapAlloc, resident, peak
	}
	for line := range bytes.Lines(status) {
		for name, to := range map[string]*string{"VmRSS:": &resident, "VmHWM:": &peak} {
			if value, ok := strings.CutPrefix(string(line), name); ok {
				if kb, err := strconv.Atoi(strings.Fields(value)[0]); err == nil {
					*to = fmt.Sprintf("%.0f MB", float64(kb)/1000)
				}
			}
		}
	}
	return s.HeapAlloc, resident, peak
}
