// Package carrierpages writes the pages about carriers in docs from the tables
// of shipment/carrier: one page a carrier, and the index.
//
// It is run by people (go test ./shipment/carrier -update), and its test
// holds the pages to the tables. It knows no fact of its own.
package carrierpages
