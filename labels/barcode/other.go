package barcode

import (
	"fmt"

	"waybill/labels"
)

// other encodes what Encode has no case of its own for.
func other(s labels.Symbology, payload []byte, o Options) (labels.Symbol, error) {
	switch s {
	case labels.EAN13, labels.EAN8, labels.UPCA, labels.UPCE:
		return retail(s, payload)
	case labels.ITF14:
		return itf14(payload, o)
	case labels.Code39, labels.Code39Full:
		return code39(s, payload, s == labels.Code39Full, o)
	case labels.Code93:
		return code93(payload)
	case labels.Codabar:
		return codabar(payload, o)
	case labels.IMb:
		return imb(payload)
	case labels.MaxiCode:
		return maxiCode(payload, o)
	default:
		return labels.Symbol{}, fmt.Errorf("symbology %q: not known (have %s)", s, labels.Symbologies())
	}
}

// gs1128 returns a GS1-128 of an element string, or of application identifiers
// in brackets: no element string begins with one.
func gs1128(payload []byte) (labels.Symbol, error) {
	payload, err := elementsOf(payload)
	if err != nil {
		return labels.Symbol{}, err
	}
	return code128(labels.GS1128, payload)
}

// gs1QR returns a GS1 QR code of the same.
func gs1QR(payload []byte, o Options) (labels.Symbol, error) {
	payload, err := elementsOf(payload)
	if err != nil {
		return labels.Symbol{}, err
	}
	return qrCode(payload, o, true)
}

// elementsOf returns payload with its brackets, if it has some, taken away.
func elementsOf(payload []byte) ([]byte, error) {
	if payload[0] != '(' {
		return payload, nil
	}
	return ElementString(string(payload))
}
