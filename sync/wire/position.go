package wire

import "waybill/shipment"

// A Range is a run of events in a station's history, both ends included.
type Range struct {
	Epoch int64 `json:"epoch"`
	From  int64 `json:"from"`
	To    int64 `json:"to"`
}

// Count returns how many events the range is.
func (r Range) Count() int64 { return max(0, r.To-r.From+1) }

// A StationPosition is how far a hub has come with one station. It is the
// answer to GET /v1/stations/self/position.
type StationPosition struct {
	Station shipment.StationID `json:"station"`
	Store   string             `json:"store"` // names the hub's store: another name is another store, which may have less
	Now     Timestamp          `json:"now"`   // the hub's clock
	Epochs  []EpochPosition    `json:"epochs"`
}

// An EpochPosition is how far a hub has come with one epoch of a station. An
// epoch of which it has nothing is not told.
type EpochPosition struct {
	Epoch     int64   `json:"epoch"`
	Watermark int64   `json:"watermark"`         // everything up to here is there
	Highest   int64   `json:"highest"`           // the last that is there
	Missing   []Range `json:"missing,omitempty"` // the first holes between the two; asking again tells the next
}

// Lacks returns which events up to cursor, the last that a station takes for
// dealt with, the hub has not got: the holes it tells, and for each epoch up to
// the cursor's what is behind the last that is there. last is the number of the
// last event that the station has in an epoch.
func (p StationPosition) Lacks(cursor Position, last func(epoch int64) int64) []Range {
	there := map[int64]EpochPosition{}
	for _, e := range p.Epochs {
		there[e.Epoch] = e
	}
	var lacks []Range
	for epoch := int64(1); epoch <= cursor.Epoch; epoch++ {
		end := cursor.Sequence
		if epoch < cursor.Epoch {
			end = last(epoch)
		}
		e := there[epoch]
		for _, hole := range e.Missing {
			hole.Epoch, hole.To = epoch, min(hole.To, end)
			if hole.From >= 1 && hole.Count() > 0 {
				lacks = append(lacks, hole)
			}
		}
		if rest := (Range{Epoch: epoch, From: max(e.Highest, e.Watermark, 0) + 1, To: end}); rest.Count() > 0 {
			lacks = append(lacks, rest)
		}
	}
	return lacks
}
