package shipment

// A PackingChoice is how an order's parcels are packed, as it was decided when the
// order was taken.
type PackingChoice struct {
	Check string `json:"check"` // off, scan or count
	Weigh string `json:"weigh"` // off, ask or require
	Print string `json:"print"` // on_accept or when_packed
}

// ParcelPacked records a parcel of which everything is in the box, how that is
// known, and what it was declared as. Its label prints after it.
type ParcelPacked struct {
	Parcel   ParcelID     `json:"parcel"`
	Of       int          `json:"of"`    // parcels of the order
	Check    string       `json:"check"` // off, scan or count: how the items were checked
	Items    []PackedItem `json:"items,omitempty"`
	Box      int          `json:"box,omitempty"` // its number, 1 to 9
	BoxName  string       `json:"box_name,omitempty"`
	Weight   Grams        `json:"weight_g,omitempty"` // with the box; 0: not weighed
	Length   Millimetres  `json:"length_mm,omitempty"`
	Width    Millimetres  `json:"width_mm,omitempty"`
	Height   Millimetres  `json:"height_mm,omitempty"`
	Sides    string       `json:"sides_from,omitempty"` // box, typed, or the dimensioner's name
	Bench    string       `json:"bench,omitempty"`
	Operator string       `json:"operator,omitempty"`
}

// A PackedItem is so many pieces of one line of the order in one parcel.
type PackedItem struct {
	Line     int    `json:"line"` // of the order's items, counted from 1
	SKU      string `json:"sku,omitempty"`
	Title    string `json:"title,omitempty"`
	Quantity int    `json:"quantity"`
	Counted  int    `json:"counted,omitempty"` // how many of them were counted by a person, not scanned
}

// ParcelWeighed records the weight that a parcel is declared with, against what
// was expected. A weight outside of that stands on a supervisor's word.
type ParcelWeighed struct {
	Parcel     ParcelID `json:"parcel"`
	Weight     Grams    `json:"weight_g"`
	Least      Grams    `json:"least_g,omitempty"` // expected; 0: nothing is known of the items' weights
	Most       Grams    `json:"most_g,omitempty"`  // 0 beside a least: nobody knows what the packaging weighs
	Scale      string   `json:"scale"`             // its name; typed: a person read it off
	Bench      string   `json:"bench,omitempty"`
	Operator   string   `json:"operator,omitempty"`
	ApprovedBy string   `json:"approved_by,omitempty"` // the supervisor, where it is outside
}

// EventType returns parcel.packed.
func (ParcelPacked) EventType() EventType { return ParcelPackedType }

// EventType returns parcel.weighed.
func (ParcelWeighed) EventType() EventType { return ParcelWeighedType }
