// Package hub is the central tracking server: it takes the stations' events,
// leases serial numbers to them, and shows shipments to programs, to the shop
// and, one page for each link, to buyers.
//
// The package keeps nothing itself: its store's commit is its acknowledgement.
// It does not speak to carriers or send messages yet.
package hub
