package barcode

import "waybill/labels"

// QRBits returns how many bits a payload takes in a version of a class (0 to
// 2), without what announces character set or GS1.
func QRBits(payload []byte, class int, gs1 bool) int {
	_, size := qrSegments(payload, class, gs1)
	return size
}

// QRPenalty returns what a matrix is charged when masks are compared.
func QRPenalty(d labels.Dots) int {
	var g qrGrid
	for y := range d.H {
		for x := range d.W {
			if d.Black(x, y) {
				g.set(x, y)
			}
		}
	}
	return g.penalty(d.W)
}

// QRLarge draws a payload the way of the large versions.
func QRLarge(payload []byte, levelName string) (labels.Dots, error) {
	level, err := qrLevelNamed(levelName)
	if err != nil {
		return labels.Dots{}, err
	}
	version, words, err := qrWords(payload, level, 1, false, false)
	if err != nil {
		return labels.Dots{}, err
	}
	m := newQRMatrix(version)
	m.place(qrInterleave(words, version, level))
	m.mask(level)
	return m.dots(), nil
}
