package tracking

import (
	"waybill/shipment"
	"waybill/sync/wire"
)

// A BundleDraft is what somebody wants stations to work by.
type BundleDraft struct {
	Files []wire.BundleFile
	By    string
	Note  string
	Above int64 // a version that stations have already, and the hub no more: the next is higher
}

// A BundleReturn is an earlier bundle that somebody wants stations to work by again.
type BundleReturn struct {
	To    int64 // its version
	By    string
	Note  string
	Above int64 // as of a draft
}

// A BundleInfo is a bundle without its files.
type BundleInfo struct {
	Version int64          `json:"version"`
	Made    wire.Timestamp `json:"made"`
	By      string         `json:"by,omitempty"`
	Note    string         `json:"note,omitempty"`
	Again   int64          `json:"again,omitempty"` // the version whose files it has once more
	SHA256  string         `json:"sha256"`          // of its files; two of one content have the same
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"`
}

// An OrderWord is what somebody says about an order at the hub.
type OrderWord struct {
	Order  shipment.OrderID
	Action wire.Action
	Reason string
	By     string
}
