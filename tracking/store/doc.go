// Package store keeps what the hub must never lose, in one SQLite file: every
// event as it came, the shipments they tell of, the tokens of the buyers'
// pages, and which serial numbers have been leased to whom.
//
// What a method that changes something has returned without an error is on the
// disk. The package offers no interface: those who use it describe what they
// need, and package storetest is the suite that any store must pass.
package store
