// Package tracking is the parcel's story: what the stations' events, put
// together, say about an order, and the plain words in which a buyer is told.
// It is also the vocabulary that the hub and its store share.
//
// The package does no I/O and reads no clock. The same set of events gives the
// same story, in whatever order and however often they come. It does not yet
// know carriers' own scans, estimates or exceptions.
package tracking
