package shipment

import "strings"

// A Problem is one thing wrong with an input: where, what kind, and in words
// that tell a person how to mend it.
type Problem struct {
	Field   string `json:"field,omitempty"` // path, as in ship_to.postal_code or items[0].quantity
	Line    int    `json:"line,omitempty"`  // line of the file, where there is one
	Code    string `json:"code"`            // stable, for programs: missing, wrong_type, out_of_range, …
	Message string `json:"message"`
}

// Problems is everything wrong with an input, as one error.
type Problems []Problem

// Error joins the problems' messages.
func (ps Problems) Error() string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = p.Message
		if p.Field != "" {
			parts[i] = p.Field + ": " + p.Message
		}
	}
	return strings.Join(parts, "; ")
}
