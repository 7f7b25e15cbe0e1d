package barcode

// A qrLevel is one of the four levels of error correction; its value is the
// row in the tables.
type qrLevel int

const (
	qrL qrLevel = iota
	qrM
	qrQ
	qrH
)

const (
	qrVersions   = 40
	qrMaxPayload = 7089 // digits in version 40-L
)

// qrClassEnds holds the last version of each class: within one, the character
// counts of all modes have the same length (ISO/IEC 18004, table 3).
var qrClassEnds = [3]int{9, 26, qrVersions}

// qrClassFirst returns the first version of a class.
func qrClassFirst(class int) int {
	if class == 0 {
		return 1
	}
	return qrClassEnds[class-1] + 1
}

// qrCorrection holds the error correction codewords of a block, by level and
// version (ISO/IEC 18004, table 9).
var qrCorrection = [4][qrVersions]byte{
	{7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	{10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
	{13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	{17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
}

// qrBlocks holds the number of blocks, by level and version (the same table).
var qrBlocks = [4][qrVersions]byte{
	{1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
	{1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
	{1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
	{1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
}

// qrAllWords returns the codewords of a version, data and error correction:
// the modules that are left beside finder, timing and alignment patterns,
// format and version (ISO/IEC 18004, table 1), in whole bytes.
func qrAllWords(version int) int {
	modules := (16*version+128)*version + 64
	if version >= 2 {
		n := version/7 + 2 // alignment patterns to a side
		modules -= (25*n-10)*n - 55
	}
	if version >= 7 {
		modules -= 36
	}
	return modules / 8
}

// qrDataWords returns the data codewords of a version.
func qrDataWords(version int, level qrLevel) int {
	return qrAllWords(version) - int(qrCorrection[level][version-1])*int(qrBlocks[level][version-1])
}

// qrAlignment returns where the alignment patterns have their middles, on
// either axis (ISO/IEC 18004, table E.1).
func qrAlignment(version int) []int {
	if version < 2 {
		return nil
	}
	n := version/7 + 2
	step := (8*version + 3*n + 5) / (4*n - 4) * 2 // the same between all but the first two, and even
	at := make([]int, n)
	at[0] = 6
	for i, p := n-1, 4*version+10; i > 0; i, p = i-1, p-step {
		at[i] = p
	}
	return at
}
