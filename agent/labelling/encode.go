package labelling

import (
	"cmp"
	"fmt"
	"slices"

	"waybill/labels"
	"waybill/labels/epl"
	"waybill/labels/formview"
	"waybill/labels/pdf"
	"waybill/labels/tspl"
	"waybill/labels/verify"
	"waybill/labels/zpl"
)

// The languages a label can be written in.
const (
	ZPL  = "zpl"
	EPL  = "epl"
	TSPL = "tspl"
	PDF  = "pdf"
)

// Languages returns the languages a label can be written in, the preset first.
func Languages() []string { return []string{ZPL, EPL, TSPL, PDF} }

// LanguageOf returns the language for a printer: the one that is wished for,
// else the first that its driver takes, else the preset.
func LanguageOf(wish string, takes []string) (string, error) {
	language := wish
	if language == "" && len(takes) > 0 {
		language = takes[0]
	}
	language = cmp.Or(language, ZPL)
	switch {
	case !slices.Contains(Languages(), language):
		return "", fmt.Errorf("language %q: labels are written in one of %q", language, Languages())
	case len(takes) > 0 && !slices.Contains(takes, language):
		return "", fmt.Errorf("language %q: the driver takes %q", language, takes)
	}
	return language, nil
}

// Encode writes a label in language, and reads it back. compact asks for the
// fewest bytes; ZPL alone knows the difference.
func Encode(l labels.Label, language string, compact bool) ([]byte, error) {
	var encoder labels.Encoder
	prove := func(content []byte) error { return verify.ZPL(l, content) }
	switch language {
	case ZPL:
		encoder = zpl.Encoder{Compact: compact}
	case EPL:
		encoder = epl.Encoder{}
		prove = func(content []byte) error { return verify.Form(l, formview.EPL, content) }
	case TSPL:
		encoder = tspl.Encoder{}
		prove = func(content []byte) error { return verify.Form(l, formview.TSPL, content) }
	case PDF:
		encoder = pdf.Encoder{}
		prove = func(content []byte) error { return verify.PDF([]labels.Label{l}, content) }
	default:
		return nil, fmt.Errorf("no label can be written in %q (have %q)", language, Languages())
	}
	content, err := encoder.Encode(l)
	if err != nil {
		return nil, err
	}
	return content, prove(content)
}
