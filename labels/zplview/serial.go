package zplview

import (
	"strconv"
	"strings"
)

// A serial is ^SN or ^SF: what makes each copy's data another.
type serial struct {
	step      int
	zeros     bool   // ^SN: leading zeros stay
	mask      string // ^SF: D for a digit, A for a letter, % for what stays; empty for ^SN
	increment string // ^SF
}

// advance returns the data of copy n, counted from 0.
func (s serial) advance(data []byte, n int) []byte {
	if s.mask != "" {
		return s.masked(data, n)
	}
	// The number is the last run of digits.
	end := len(data)
	for end > 0 && !digit(data[end-1]) {
		end--
	}
	start := end
	for start > 0 && digit(data[start-1]) && end-start < 12 {
		start--
	}
	if start == end {
		return data
	}
	value, err := strconv.Atoi(string(data[start:end]))
	if err != nil {
		return data
	}
	value += s.step * n
	number := strconv.Itoa(max(value, 0))
	if s.zeros {
		number = strings.Repeat("0", max(0, end-start-len(number))) + number
	}
	return []byte(string(data[:start]) + number + string(data[end:]))
}

// masked counts the characters that the mask marks, the last one fastest.
func (s serial) masked(data []byte, n int) []byte {
	out := []byte(string(data))
	step := 1
	if v, err := strconv.Atoi(strings.TrimSpace(s.increment)); err == nil {
		step = v
	}
	carry := step * n
	for i := 0; i < len(s.mask) && i < len(out) && carry > 0; i++ {
		at := len(out) - 1 - i
		base, low := 0, byte('0')
		switch upper(s.mask[len(s.mask)-1-i]) {
		case 'D':
			base = 10
		case 'H':
			base = 16
		case 'A':
			base, low = 26, 'A'
			if out[at] >= 'a' && out[at] <= 'z' {
				low = 'a'
			}
		}
		if base == 0 {
			continue
		}
		v := int(out[at]) - int(low)
		if base == 16 && v > 9 {
			v = int(upper(out[at])-'A') + 10
		}
		if v < 0 || v >= base {
			continue
		}
		v += carry
		carry = v / base
		v %= base
		if base == 16 && v > 9 {
			out[at] = 'A' + byte(v-10)
			continue
		}
		out[at] = low + byte(v)
	}
	return out
}
