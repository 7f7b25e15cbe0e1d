package template

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// entries are the types whose fields expressions name after a dot.
func entries() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[addressFields](), reflect.TypeFor[itemFields](), reflect.TypeFor[parcelFields](),
		reflect.TypeFor[manifestParcelFields](), reflect.TypeFor[manifestService](), reflect.TypeFor[commandFields](),
	}
}

// fieldNames lists the names in the tags of a type's fields.
func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("expr"))
	}
	return names
}

// plainly returns the library's message as an error for people: where it is
// about a field that does not exist, the nearest one instead of a type of ours.
func plainly(message string) error {
	for _, t := range entries() {
		for _, form := range []string{"type %s has no field ", "type *%s has no field "} {
			name, ok := strings.CutPrefix(message, fmt.Sprintf(form, t))
			if ok {
				known := fieldNames(t)
				return fmt.Errorf("there is no %q here (have %s)%s", name, strings.Join(known, ", "), nearest(name, known))
			}
		}
	}
	return errors.New(message)
}
