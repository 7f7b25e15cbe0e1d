package page

import (
	_ "embed" // the pictures are part of the program
	"html/template"
	"regexp"
)

// drawings are the pictures of what to do, a symbol each. Only those that are
// shown are sent: each is small, and all of them are a third of the page.
//
//go:embed pictures.svg
var drawings string

// pictures are the insides of the symbols by name. They are ours, and no text of
// an order or device is part of them.
var pictures = func() map[string]template.HTML {
	all := map[string]template.HTML{}
	for _, m := range regexp.MustCompile(`<symbol id="p-(\w+)" viewBox="0 0 48 48">(.*)</symbol>`).FindAllStringSubmatch(drawings, -1) {
		all[m[1]] = template.HTML(m[2]) //nolint:gosec // drawn by us, embedded
	}
	return all
}()
