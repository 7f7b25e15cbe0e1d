package verify

import (
	"testing"

	"waybill/labels"
)

// FuzzLinearReaders holds that edges at whatever distances are read or refused,
// in bounded time and without a panic, and that what is read has a quiet end.
func FuzzLinearReaders(f *testing.F) {
	f.Add([]byte{2, 1, 1, 2, 1, 4, 1, 2, 3, 1, 2, 2, 2, 3, 3, 1, 1, 1, 2})
	f.Add([]byte{1, 3, 1, 1, 3, 1, 3, 1, 1, 1})
	f.Add([]byte{1, 1, 1, 3, 2, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		edges := []int32{20}
		for _, b := range data {
			edges = append(edges, edges[len(edges)-1]+1+int32(b%12))
		}
		if len(edges)%2 == 1 {
			edges = append(edges, edges[len(edges)-1]+1)
		}
		for i := 0; i < len(edges); i += 2 {
			r, ok := readLinear(edges, i)
			if ok && (r.edges <= 0 || i+r.edges >= len(edges) || r.edges%2 != 1 || r.module <= 0 || r.margin < 0 || r.margin > 1 || r.aim == "") {
				t.Errorf("edges %v from %d: %+v", edges, i, r)
			}
			_ = evenEnough(edges, i)
		}
	})
}

// evenEnough asks the other readers of edges, each where there are enough.
func evenEnough(edges []int32, i int) bool {
	rest := edges[i:]
	if len(rest) > 8 && pdfStarts(rest) {
		readPDFRow(strip{edges: edges}, i)
	}
	return i+2*imbBars <= len(edges) && evenBars(edges, i)
}

// FuzzMatrixReaders gives pictures with the marks of each matrix symbology and
// anything else around them to every finder.
func FuzzMatrixReaders(f *testing.F) {
	f.Add([]byte{0xff, 0x0f, 0x81, 0x18}, 21, uint8(0))
	f.Add([]byte{0xaa, 0x55}, 15, uint8(1))
	f.Add([]byte{0x37, 0x91, 0xee}, 20, uint8(2))
	f.Add([]byte{1, 2, 3}, 30, uint8(3))
	f.Fuzz(func(_ *testing.T, bits []byte, side int, kind uint8) {
		side = min(max(side, 8), 60)
		m := labels.NewDots(side, side)
		for i := range min(8*len(bits), side*side) {
			if bits[i/8]&(1<<(i%8)) != 0 {
				m.Set(i%side, i/side)
			}
		}
		page := labels.NewDots(3*side+20, 3*side+20)
		switch kind % 4 {
		case 0:
			marks(m, 0, 0)
			marks(m, side-7, 0)
			marks(m, 0, side-7)
		case 1:
			m.Toggle(m.Crop(side/2-4, side/2-4, 9, 9), side/2-4, side/2-4)
			for r := 4; r >= 0; r-- {
				box := labels.NewDots(2*r+1, 2*r+1)
				box.FillRect(0, 0, 2*r+1, 2*r+1)
				m.Toggle(box, side/2-r, side/2-r)
			}
		case 2:
			m.FillRect(0, 0, 1, side)
			m.FillRect(0, side-1, side, 1)
		}
		page.Draw(m.Enlarge(3, 3), 10, 10)
		for _, find := range []func(*view) []Found{findQR, findAztec, findMaxiCode, findDataMatrix, findPDF417, findIMb, findLinear} {
			find(viewOf(page, 0)) // only that it ends, and does not panic
		}
	})
}

// marks draws a finder pattern of a QR code, without the white around it.
func marks(m labels.Dots, x, y int) {
	m.Toggle(m.Crop(x, y, 7, 7), x, y)
	m.FillRect(x, y, 7, 1)
	m.FillRect(x, y+6, 7, 1)
	m.FillRect(x, y, 1, 7)
	m.FillRect(x+6, y, 1, 7)
	m.FillRect(x+2, y+2, 3, 3)
}

// FuzzIMb holds that bars of whatever states are digits or none.
func FuzzIMb(f *testing.F) {
	f.Add([]byte("0123456789"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var states [imbBars]byte
		for i := range min(len(data), imbBars) {
			states[i] = data[i] & 3
		}
		text, err := imbText(states)
		if err == nil && len(text) != 20 && len(text) != 25 && len(text) != 29 && len(text) != 31 {
			t.Errorf("%v reads %q", states, text)
		}
	})
}
