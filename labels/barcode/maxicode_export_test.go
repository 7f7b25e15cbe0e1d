package barcode

// MaxiWords returns the symbol characters of bytes, without an announcement.
func MaxiWords(text []byte) ([]int, error) {
	words, _, err := maxiText(text, 0)
	return words, err
}

// MaxiIn reports whether code set n, of which A is 0, has a character.
func MaxiIn(n int, c byte) bool {
	_, ok := maxiSet(n).value(c)
	return ok
}
