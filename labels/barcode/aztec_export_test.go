package barcode

// AztecBits returns the bits that say text, beginning in upper case.
func AztecBits(text []byte) []byte {
	var b aztecBits
	b.text(text)
	return b
}
