// Package printaudit counts: it holds what a station's journal says of its
// labels against the labels that a printer has put on paper.
//
// It is written from the journal's published shape and the virtual printer's
// list alone, and imports nothing of this module, so that a mistake in the spool
// or the desk cannot repeat itself in the count. It changes nothing and decides
// nothing about labels.
package printaudit
