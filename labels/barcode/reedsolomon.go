package barcode

import "sync"

// A field is a Galois field of two to some power, in which codes of Reed and
// Solomon are reckoned.
type field struct {
	exp []uint16 // the powers of 2, twice over
	log []uint16
}

// newField returns the field of 2 to the power bits, reduced by the polynomial.
func newField(bits, polynomial int) func() *field {
	return sync.OnceValue(func() *field {
		size := 1 << bits
		f := &field{exp: make([]uint16, 2*(size-1)), log: make([]uint16, size)}
		x := 1
		for i := range size - 1 {
			f.exp[i], f.exp[i+size-1], f.log[x] = uint16(x), uint16(x), uint16(i)
			if x <<= 1; x >= size {
				x ^= polynomial
			}
		}
		return f
	})
}

func (f *field) times(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	return int(f.exp[int(f.log[a])+int(f.log[b])])
}

// parity returns the n words that correct data, where the generator's roots are
// 2 to the powers from 1 to n.
func (f *field) parity(data []int, n int) []int {
	g := make([]int, n+1) // g[0] belongs to the highest power
	g[0] = 1
	for i := 1; i <= n; i++ {
		root := int(f.exp[i])
		for k := i; k > 0; k-- {
			g[k] ^= f.times(g[k-1], root)
		}
	}
	rest := make([]int, n)
	for _, d := range data {
		lead := d ^ rest[0]
		copy(rest, rest[1:])
		rest[n-1] = 0
		if lead == 0 {
			continue
		}
		for k := range rest {
			rest[k] ^= f.times(lead, g[k+1])
		}
	}
	return rest
}
