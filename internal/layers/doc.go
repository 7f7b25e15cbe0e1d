// Package layers holds docs/architecture.md to its word: its tests read the
// source of the whole module and fail where a package imports what the page
// says it does not.
//
// The package has nothing to import, and it judges only what a program can
// judge; whether a name is a good one is for review.
package layers
