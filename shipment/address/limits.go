package address

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"waybill/shipment"
)

//go:embed limits.txt
var limitsTxt string

// An Alphabet is the letters that a carrier's systems take.
type Alphabet string

// The alphabets, each holding the one before.
const (
	ASCII  Alphabet = "ascii"
	Latin1 Alphabet = "latin1" // ISO 8859-1
	Latin  Alphabet = "latin"  // every Latin letter
	Any    Alphabet = "any"
)

// Limits is what a carrier's systems take of an address. Lengths are counted
// in characters.
type Limits struct {
	Carrier     shipment.CarrierID `json:"carrier"`
	Name        int                `json:"name"`
	Company     int                `json:"company"`
	Street      int                `json:"street"`
	StreetLines int                `json:"street_lines"`
	City        int                `json:"city"`
	Alphabet    Alphabet           `json:"alphabet"`
	CheckedOn   string             `json:"checked_on"`
	Source      string             `json:"source"`
}

// LimitsOf returns what the carrier takes; known is false for one whose limits
// nobody has written down, for which the shortest usual ones stand.
func LimitsOf(c shipment.CarrierID) (l Limits, known bool) {
	if l, known = limitTable()[c]; known {
		return l, true
	}
	l = limitTable()["default"]
	l.Carrier = c
	return l, false
}

// LimitedCarriers returns the carriers whose limits are written down, sorted.
func LimitedCarriers() []string {
	var out []string
	for c := range limitTable() {
		if c != "default" {
			out = append(out, string(c))
		}
	}
	slices.Sort(out)
	return out
}

var limitTable = sync.OnceValue(func() map[shipment.CarrierID]Limits {
	out := map[shipment.CarrierID]Limits{}
	for line := range strings.Lines(limitsTxt) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if strings.HasPrefix(line, "#") || len(f) != 9 {
			continue
		}
		n := make([]int, 6)
		for i := 1; i <= 5; i++ {
			n[i], _ = strconv.Atoi(f[i]) // held by TestLimits
		}
		out[shipment.CarrierID(f[0])] = Limits{
			Carrier: shipment.CarrierID(f[0]), Name: n[1], Company: n[2], Street: n[3], StreetLines: n[4], City: n[5],
			Alphabet: Alphabet(f[6]), CheckedOn: f[7], Source: f[8],
		}
	}
	return out
})
