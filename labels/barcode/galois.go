package barcode

// A galois is a field of 256 elements in which error correction is reckoned.
type galois struct {
	exp [512]byte // twice over, so that sums of two logarithms need no modulus
	log [256]byte
}

// newGalois returns the field over a polynomial of the eighth degree.
func newGalois(polynomial int) *galois {
	f := &galois{}
	for i, x := 0, 1; i < 255; i++ {
		f.exp[i], f.exp[i+255] = byte(x), byte(x)
		f.log[x] = byte(i)
		if x <<= 1; x > 255 {
			x ^= polynomial
		}
	}
	return f
}

// generator returns the logarithms of the coefficients of the polynomial whose
// roots are n powers of two, from that of first on, highest power first and
// without the leading 1. None of the coefficients is zero: the polynomial is a
// code word itself, and so differs from nothing in more than n places.
func (f *galois) generator(n, first int) []byte {
	g := make([]byte, n)
	g[n-1] = 1
	for root := first; root < first+n; root++ {
		for j := range n {
			if g[j] != 0 {
				g[j] = f.exp[int(f.log[g[j]])+root]
			}
			if j+1 < n {
				g[j] ^= g[j+1]
			}
		}
	}
	for j := range g {
		g[j] = f.log[g[j]]
	}
	return g
}

// remainder fills rest with that of a block by a generator: its check words.
func (f *galois) remainder(rest, block, generator []byte) {
	clear(rest)
	last := len(rest) - 1
	for _, w := range block {
		lead := w ^ rest[0]
		copy(rest, rest[1:])
		rest[last] = 0
		if lead == 0 {
			continue
		}
		l := int(f.log[lead])
		for j, g := range generator {
			rest[j] ^= f.exp[l+int(g)]
		}
	}
}
