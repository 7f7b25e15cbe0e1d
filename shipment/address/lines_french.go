package address

import (
	"slices"
	"strings"
	"unicode"
)

// frenchPost are the countries and territories whose labels follow the six lines
// of La Poste.
const frenchPost = "FR MC GF GP MQ RE YT PM BL MF"

// frenchOrder puts the street lines in the order of La Poste's six lines: where
// inside the building, which building, number and street, then box or hamlet. Shops
// ask for the street first. Lines of one kind keep their order, and a line that says
// none of it counts as the street.
//
// Source: AFNOR NF Z 10-011 as La Poste describes it to senders; common knowledge.
func (w *writer) frenchOrder() {
	var room [len(w.street)]string
	given := room[:0]
	for _, s := range w.street {
		if s != "" {
			given = append(given, s)
		}
	}
	if len(given) < 2 {
		return
	}
	slices.SortStableFunc(given, func(a, b string) int { return frenchLine(a) - frenchLine(b) })
	w.street = [len(w.street)]string{}
	copy(w.street[:], given)
}

// frenchLine ranks a line by its first word.
func frenchLine(line string) int {
	word := foldAccents(strings.ToLower(line))
	if end := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && r != '/' }); end >= 0 {
		word = word[:end]
	}
	const inside, building, street, beyond = 1, 2, 3, 4
	switch word {
	case "appartement", "appart", "appt", "app", "apt", "etage", "porte", "escalier", "esc", "chez", "c/o", "studio": //nolint:misspell // French
		return inside
	case "batiment", "bat", "residence", "res", "immeuble", "imm", "entree", "tour", "pavillon":
		return building
	case "bp", "cs", "tsa", "lieu", "lieudit", "hameau":
		return beyond
	}
	return street
}
