package shipment

// OrderInstructed records that a word of the hub about an order has come to the
// station that has the order.
type OrderInstructed struct {
	Sequence int64  `json:"sequence"` // the hub's number of it
	Action   string `json:"action"`   // hold, release, cancel
	Reason   string `json:"reason,omitempty"`
	By       string `json:"by,omitempty"`
	Outcome  string `json:"outcome"` // stopped, released, voided, or too_late where it has left
}

// BundleApplied records which rules and templates the station works by from here
// on.
type BundleApplied struct {
	Version int64 `json:"version"`
	Again   int64 `json:"again,omitempty"` // the version that was rolled back to
}

// BundleRefused records that the station has kept what it works by, and why.
type BundleRefused struct {
	Version int64  `json:"version,omitempty"` // 0: nothing of it could be believed
	Reason  string `json:"reason"`
}

// EventType returns order.instructed.
func (OrderInstructed) EventType() EventType { return OrderInstructedType }

// EventType returns bundle.applied.
func (BundleApplied) EventType() EventType { return BundleAppliedType }

// EventType returns bundle.refused.
func (BundleRefused) EventType() EventType { return BundleRefusedType }
