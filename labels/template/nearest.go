package template

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"waybill/internal/strictyaml"
)

func keys(m map[string]func(*yaml.Node)) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// nearest returns a question naming the known word closest to the one given,
// or nothing where none is close.
func nearest(word string, known []string) string {
	best := strictyaml.Nearest(word, known)
	if best == "" {
		return ""
	}
	return "; did you mean \"" + best + "\"?"
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Value == "" {
			return "nothing"
		}
		return "\"" + n.Value + "\""
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return "an alias, which templates do not use"
}
