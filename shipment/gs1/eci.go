package gs1

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The character sets that DecodeECI reads, by their numbers (AIM ECI register).
const (
	eciLatin1   = 3
	eciUTF8     = 26
	eciASCII    = 27
	eciOldLatin = 1 // the first edition's number for Latin 1
)

// DecodeECI returns data in which character sets are named within, as scanners
// send it under the identifiers HasECI tells, as UTF-8 text. Without a name the
// set is Latin 1, QR Code's and Data Matrix's own. A set that is not read here
// is an error that names it.
func DecodeECI(data string) (string, error) {
	if strings.IndexByte(data, '\\') < 0 && isASCII(data) {
		return data, nil
	}
	var out, run []byte
	set := eciLatin1
	flush := func() error {
		text, err := inSet(set, run)
		out, run = append(out, text...), run[:0]
		return err
	}
	for i := 0; i < len(data); i++ {
		switch {
		case data[i] != '\\':
			run = append(run, data[i])
		case i+1 < len(data) && data[i+1] == '\\':
			run = append(run, '\\')
			i++
		case i+6 < len(data) && allDigits(data[i+1:i+7]):
			if err := flush(); err != nil {
				return "", err
			}
			set = number(data[i+1 : i+7])
			i += 6
		default:
			return "", fmt.Errorf("the scan has a backslash at byte %d that names no character set; scan again", i+1)
		}
	}
	if err := flush(); err != nil {
		return "", err
	}
	return string(out), nil
}

// inSet returns the bytes of a character set as UTF-8.
func inSet(set int, run []byte) ([]byte, error) {
	if isASCII(string(run)) {
		return run, nil
	}
	switch set {
	case eciLatin1, eciOldLatin:
		var out []byte
		for _, c := range run {
			out = utf8.AppendRune(out, rune(c))
		}
		return out, nil
	case eciUTF8:
		if utf8.Valid(run) {
			return run, nil
		}
		return nil, fmt.Errorf("the code says that it is UTF-8 (ECI 26), and it is not; scan again")
	case eciASCII:
		return nil, fmt.Errorf("the code says that it is ASCII (ECI 27), and it is not; scan again")
	}
	return nil, fmt.Errorf("the code is in the character set ECI %06d, which is not read here; set the scanner to send UTF-8", set)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
