package main

import (
	"fmt"
	"slices"
	"strings"
)

// override applies the reviewed corrections. A line is
//
//	COUNTRY what value ;; why ;; source, and when it was looked up
//
// where what is a field of the country, or +also for names of the country
// divided by "|", or +region for a whole region line, or zips:KEY, +zips:KEY
// and +also:KEY for one of its regions. The value "-" empties a field. A line without
// reason or source is refused.
func override(countries map[string]*country, corrections string) error {
	number := 0
	for line := range strings.Lines(corrections) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := overrideLine(countries, line); err != nil {
			return fmt.Errorf("overrides, line %d: %w", number, err)
		}
	}
	return nil
}

func overrideLine(countries map[string]*country, line string) error {
	parts := strings.Split(line, " ;; ")
	if len(parts) != 3 || strings.TrimSpace(parts[1]) == "" || strings.TrimSpace(parts[2]) == "" {
		return fmt.Errorf("want COUNTRY what value ;; why ;; source, have %q", line)
	}
	codes, rest, _ := strings.Cut(parts[0], " ")
	what, value, ok := strings.Cut(rest, " ")
	if !ok {
		return fmt.Errorf("no value in %q", parts[0])
	}
	if value == "-" {
		value = ""
	}
	for code := range strings.SplitSeq(codes, ",") {
		c := countries[code]
		if c == nil {
			return fmt.Errorf("no country %q", code)
		}
		if err := c.override(what, value); err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
	}
	return nil
}

func (c *country) override(what, value string) error {
	what, key, ofRegion := strings.Cut(what, ":")
	switch {
	case ofRegion:
		i := slices.IndexFunc(c.regions, func(r *region) bool { return r.key == strings.ReplaceAll(key, "_", " ") })
		if i < 0 {
			return fmt.Errorf("no region %q", key)
		}
		return c.regions[i].override(what, value)
	case what == "+also":
		c.also = append(c.also, strings.Split(value, "|")...)
	case what == "+region":
		p := append(strings.Split(value, "~"), make([]string, 6)...)
		r := &region{key: p[0], name: p[1], latin: p[2], iso: p[3], zips: p[4]}
		if p[5] != "" {
			r.also = strings.Split(p[5], "|")
		}
		c.regions = append(c.regions, r)
	case slices.Contains(kept(), what):
		c.fields[what] = value
	default:
		return fmt.Errorf("no field %q", what)
	}
	return nil
}

func (r *region) override(what, value string) error {
	switch what {
	case "zips":
		r.zips = value
	case "+zips":
		r.zips = strings.Trim(r.zips+","+value, ",")
	case "+also":
		r.also = append(r.also, strings.Split(value, "|")...)
	case "latin":
		r.latin = value
	case "name":
		r.name = value
	default:
		return fmt.Errorf("no field %q of a region", what)
	}
	return nil
}
