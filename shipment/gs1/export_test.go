package gs1

// AIs returns every application identifier, for tests that go through them all.
func AIs() []string {
	var out []string
	for _, r := range identifiers().rules {
		out = append(out, r.ai)
	}
	return out
}

// A PartForm is the form of one part of a value, for tests that make values.
type PartForm struct {
	Characters string
	Min, Max   int
	Optional   bool
}

// FormOf returns the form of an identifier's value.
func FormOf(ai string) []PartForm {
	var out []PartForm
	for _, p := range identifiers().named(ai).parts {
		f := PartForm{Min: p.min, Max: p.max, Optional: p.optional}
		for c, has := range p.set.has {
			if has {
				f.Characters += string(rune(c))
			}
		}
		out = append(out, f)
	}
	return out
}

// InLinks returns what the table says of an identifier in links: whether it may
// be an attribute, and the qualifiers of a key, in order.
func InLinks(ai string) (attribute bool, sequences [][]string) {
	r := identifiers().named(ai)
	return r.attribute, r.sequences
}

// Compile reads a text of the table's form.
func Compile(text string) error {
	_, err := compile(text)
	return err
}
