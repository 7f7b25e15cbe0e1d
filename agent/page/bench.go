package page

// A Bench is what is packed at a bench: one glance at arm's length.
type Bench struct {
	Name   string
	Who    string // is there; empty: nobody, or nobody says
	Next   string // what to do next, in one sentence
	Order  string // in hand; empty: none
	To     string // its consignee
	Parcel int    // in hand, of Of; 0: all are packed
	Of     int
	Items  []BenchItem
	Box    string // as people call it, or its size; empty: none yet
	Weight BenchWeight
	Label  string // the number of the label to be scanned now; empty: none

	PackURL string // where pieces that were counted, a box, a size or a weight that was typed are posted
	Sized   bool   // a box or a size is wanted
	Weighed bool   // a weight is wanted
	Boxes   []BenchBox
	Begun   bool // something of the parcel in hand can be undone
	Asked   bool // a supervisor is asked about its weight
}

// A BenchBox is a kind of box that the bench has.
type BenchBox struct {
	N      int // on its control barcode
	Name   string
	Size   string
	Chosen bool // for the parcel in hand
}

// A BenchItem is one line of the order in hand.
type BenchItem struct {
	Line     int // from 1
	SKU      string
	Title    string
	In       int
	Quantity int
	Counts   bool // a person may count it
}

// Left returns how many are still wanted.
func (i BenchItem) Left() int { return max(0, i.Quantity-i.In) }

// A BenchWeight is what the scale says, and what it should.
type BenchWeight struct {
	Now      string // as 4.210 kg; empty: the bench has no scale, or it says nothing
	Expected string // as 4.156 to 4.244 kg; empty: nobody knows
	Words    string // why it is no weight
	Kind     Kind
}

// The fields of the forms of a bench.
const (
	BenchField      = "bench"
	LineField       = "line"
	QuantityField   = "quantity"
	BoxField        = "box"
	WeightField     = "weight_g"
	LengthField     = "length_mm"
	WidthField      = "width_mm"
	HeightField     = "height_mm"
	SupervisorField = "supervisor"
	UndoField       = "undo"
	CloseField      = "close"
)

// MaxBenchItems is how many lines of the order in hand are drawn: those that are
// still wanted go first.
const MaxBenchItems = 24

// BenchRows returns the lines that are drawn: what is wanted first.
func (screen) BenchRows(all []BenchItem) []BenchItem {
	rows := make([]BenchItem, 0, len(all))
	for _, wanted := range []bool{true, false} {
		for _, it := range all {
			if (it.Left() > 0) == wanted {
				rows = append(rows, it)
			}
		}
	}
	return rows[:min(len(rows), MaxBenchItems)]
}

// BenchLeft returns how many lines are not drawn.
func (screen) BenchLeft(all []BenchItem) int { return max(len(all)-MaxBenchItems, 0) }

// PiecesLeft returns how many pieces are still wanted.
func (screen) PiecesLeft(all []BenchItem) int {
	n := 0
	for _, it := range all {
		n += it.Left()
	}
	return n
}
