package verify

import (
	"errors"
	"slices"
)

var errPDFDamaged = errors.New("PDF417 with more damage than its check words mend")

// pdfCorrect mends words in place by their last check words: Reed-Solomon over
// the numbers modulo 929, with the roots 3^1 to 3^check (ISO/IEC 15438:2015,
// 5.10); Berlekamp-Massey, Chien, Forney.
func pdfCorrect(words []int, check int) error {
	sums, clean := pdfSyndromes(words, check)
	if clean {
		return nil
	}
	locator := pdfLocator(sums)
	wrong := len(locator) - 1
	if wrong > check/2 || wrong > len(words) {
		return errPDFDamaged
	}
	evaluator := make([]int, check)
	for i, l := range locator {
		for j := 0; i+j < check; j++ {
			evaluator[i+j] = (evaluator[i+j] + l*sums[j]) % pdfField
		}
	}
	slope := make([]int, 0, wrong)
	for i := 1; i < len(locator); i++ {
		slope = append(slope, i*locator[i]%pdfField)
	}
	step := pdfInverse(3)
	at := 1 // 3 to the power of minus the place, counted from the end
	for place := range words {
		if pdfValue(locator, at) == 0 {
			i := len(words) - 1 - place
			e := pdfValue(evaluator, at) * pdfInverse(pdfValue(slope, at)) % pdfField
			words[i] = (words[i] + e) % pdfField // the error is -e
			wrong--
		}
		at = at * step % pdfField
	}
	if _, clean = pdfSyndromes(words, check); wrong != 0 || !clean {
		return errPDFDamaged
	}
	return nil
}

func pdfSyndromes(words []int, check int) (sums []int, clean bool) {
	sums, clean = make([]int, check), true
	root := 1
	for j := range sums {
		root = root * 3 % pdfField
		for _, w := range words {
			sums[j] = (sums[j]*root + w) % pdfField
		}
		clean = clean && sums[j] == 0
	}
	return sums, clean
}

// pdfLocator returns the shortest recurrence that makes sums, lowest power
// first: the polynomial whose roots tell the wrong places.
func pdfLocator(sums []int) []int {
	locator, before := []int{1}, []int{1}
	length, gap, last := 0, 1, 1
	for n, sum := range sums {
		off := sum
		for i := 1; i <= length && i < len(locator); i++ {
			off += locator[i] * sums[n-i]
		}
		if off %= pdfField; off == 0 {
			gap++
			continue
		}
		kept := slices.Clone(locator)
		factor := off * pdfInverse(last) % pdfField
		for len(locator) < len(before)+gap {
			locator = append(locator, 0)
		}
		for i, b := range before {
			locator[i+gap] = (locator[i+gap] + (pdfField-factor)*b) % pdfField
		}
		if 2*length > n {
			gap++
			continue
		}
		length, before, last, gap = n+1-length, kept, off, 1
	}
	for len(locator) > 1 && locator[len(locator)-1] == 0 {
		locator = locator[:len(locator)-1]
	}
	return locator
}

// pdfValue returns the value of a polynomial, lowest power first, at x.
func pdfValue(p []int, x int) int {
	v := 0
	for _, c := range slices.Backward(p) {
		v = (v*x + c) % pdfField
	}
	return v
}

// pdfInverse returns what n must be multiplied with to be 1; 0 for 0.
func pdfInverse(n int) int {
	v := 1
	for e := pdfField - 2; e > 0; e >>= 1 {
		if e&1 != 0 {
			v = v * n % pdfField
		}
		n = n * n % pdfField
	}
	return v
}
