package wire

// MaxNews is how many parcels or pick-ups that changed hands a station is told of at
// once, and how many it says at once that it has heard of.
const MaxNews = 200

// A NewsQuestion asks what a station has not heard of yet of what changed hands. Epoch
// is that of its journal: what a journal of another epoch has heard of is told again.
type NewsQuestion struct {
	Epoch int64
	After string // the last that an answer told which was not the last answer; empty: from the first on
}

// A Heard says what a station has heard of, durably, in an epoch of its journal.
type Heard struct {
	Epoch int64     `json:"epoch"`
	News  []HeardOf `json:"news"`
}

// A HeardOf is one parcel, by its number, or one pick-up, as far as it was told.
type HeardOf struct {
	ID     string `json:"id"`
	Change int64  `json:"change"`
}
