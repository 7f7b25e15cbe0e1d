// Package epcis tells a station's history in the words of GS1 EPCIS 2.0: labels
// commissioned, parcels packed, loaded and shipped, as one JSON-LD document.
//
// It is for handing on what was recorded. The document says less than the
// journal, proves nothing by itself, and names the event of the journal behind
// each of its own. The package reads no journal: it is handed the events.
package epcis
