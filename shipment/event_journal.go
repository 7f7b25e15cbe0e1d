package shipment

// JournalSalvaged records that the station's journal was damaged and built anew from
// what could be read. It is the first event of the new epoch.
type JournalSalvaged struct {
	Cause     string       `json:"cause"`
	Events    int64        `json:"events"`    // kept
	Documents int64        `json:"documents"` // kept
	Missing   []EventRange `json:"missing,omitempty"`
	Lost      int64        `json:"lost_documents,omitempty"`
}

// An EventRange is events of one epoch, from the first to the last.
type EventRange struct {
	Epoch int64 `json:"epoch"`
	From  int64 `json:"from"`
	To    int64 `json:"to"`
}

// EventType returns journal.salvaged.
func (JournalSalvaged) EventType() EventType { return JournalSalvagedType }
