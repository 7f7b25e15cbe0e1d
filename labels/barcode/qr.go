package barcode

import (
	"fmt"
	"unicode/utf8"

	"waybill/labels"
)

// qrCode returns the QR code (ISO/IEC 18004, model 2) of payload: the smallest
// version that holds it at the level asked for.
//
// A payload beyond ASCII must be UTF-8, and is announced as such (ECI 26), so
// that no reader has to guess. The element strings of GS1 are ASCII.
func qrCode(payload []byte, o Options, gs1 bool) (labels.Symbol, error) {
	level, err := qrLevelNamed(o.Level)
	if err != nil {
		return labels.Symbol{}, err
	}
	if o.MinVersion < 0 || o.MinVersion > qrVersions {
		return labels.Symbol{}, fmt.Errorf("qr version %d: want 1 to %d, or 0 for any", o.MinVersion, qrVersions)
	}
	eci, err := qrNeedsECI(payload, gs1)
	if err != nil {
		return labels.Symbol{}, err
	}
	version, words, err := qrWords(payload, level, max(o.MinVersion, 1), eci, gs1)
	if err != nil {
		return labels.Symbol{}, err
	}
	s := labels.Symbol{Symbology: labels.QR, Payload: payload, Modules: qrDraw(qrInterleave(words, version, level), version, level)}
	if gs1 {
		s.Symbology = labels.GS1QR
	}
	return s, nil
}

// qrDraw draws codewords.
func qrDraw(words []byte, version int, level qrLevel) labels.Dots {
	if version <= qrSmall {
		return qrPatterns[version]().symbol(words, level)
	}
	m := newQRMatrix(version)
	m.place(words)
	m.mask(level)
	return m.dots()
}

func qrLevelNamed(name string) (qrLevel, error) {
	switch name {
	case "", "M":
		return qrM, nil
	case "L":
		return qrL, nil
	case "Q":
		return qrQ, nil
	case "H":
		return qrH, nil
	}
	return 0, fmt.Errorf("qr level %q: not known (have L, M, Q, H)", name)
}

// qrNeedsECI reports whether payload needs its character set announced.
func qrNeedsECI(payload []byte, gs1 bool) (bool, error) {
	for i, b := range payload {
		if b < utf8.RuneSelf {
			continue
		}
		if gs1 {
			return false, fmt.Errorf("gs1_qr of %q: byte %d is not ASCII, and GS1 element strings are; percent-encode it where its application identifier allows", payload, i+1)
		}
		if !utf8.Valid(payload[i:]) {
			return false, fmt.Errorf("qr of %q: neither ASCII nor UTF-8, so no reader could know what it says; convert it to UTF-8", payload)
		}
		return true, nil
	}
	return false, nil
}

// qrWords returns the data codewords of payload, and the smallest version,
// from least on, that has room for them.
func qrWords(payload []byte, level qrLevel, least int, eci, gs1 bool) (version int, words []byte, err error) {
	head := 0
	if eci {
		head += qrModeBits + qrECIBits
	}
	if gs1 {
		head += qrModeBits
	}
	need, room := 0, 8*qrDataWords(qrVersions, level)
	for class, last := range qrClassEnds {
		if least > last || len(payload) > qrMaxPayload {
			continue
		}
		segments, size := qrSegments(payload, class, gs1)
		need = head + size
		for v := max(least, qrClassFirst(class)); v <= last; v++ {
			if need > 8*qrDataWords(v, level) {
				continue
			}
			b := newQRBits(qrDataWords(v, level))
			if eci {
				b.put(qrECI, qrModeBits)
				b.put(qrUTF8, qrECIBits)
			}
			if gs1 {
				b.put(qrFNC1First, qrModeBits)
			}
			for _, s := range segments {
				b.segment(s, class, gs1)
			}
			return v, b.finish(), nil
		}
	}
	if need == 0 {
		return 0, nil, fmt.Errorf("qr of %d bytes: the largest holds %d digits; shorten it", len(payload), qrMaxPayload)
	}
	return 0, nil, fmt.Errorf("qr of %d bytes: takes %d bits, and the largest holds %d at this level of error correction; shorten it or take a lower level",
		len(payload), need, room)
}
