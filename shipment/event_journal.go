package shipment

// JournalPurged records that personal data was taken out of earlier events, and
// vouches for what is left of them.
type JournalPurged struct {
	FromEpoch int64  `json:"from_epoch"` // of the first one
	From      int64  `json:"from"`
	ToEpoch   int64  `json:"to_epoch"` // of the last one
	To        int64  `json:"to"`
	Events    int    `json:"events"`
	Digest    string `json:"digest"` // SHA-256 over the lines "epoch sequence recorded-hash hash-of-what-is-left"
}

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

// EventType returns journal.purged.
func (JournalPurged) EventType() EventType { return JournalPurgedType }

// EventType returns journal.salvaged.
func (JournalSalvaged) EventType() EventType { return JournalSalvagedType }
