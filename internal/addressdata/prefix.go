package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// mostPrefixes bounds what a pattern may become, so that one that repeats
// without end is noticed.
const mostPrefixes = 2000

// prefixes writes a pattern of how postcodes begin as the shortest list of
// plain prefixes, which are faster to hold against and easier to review.
func prefixes(pattern string) ([]string, error) {
	if pattern == "" {
		return nil, nil
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	list, err := expand(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	return shorten(list), nil
}

func expand(re *syntax.Regexp) ([]string, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, nil
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, nil
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpQuest:
		list, err := expand(re.Sub[0])
		return append([]string{""}, list...), err
	case syntax.OpCharClass:
		var list []string
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if len(list) > mostPrefixes {
					return nil, fmt.Errorf("%s has too many characters", re)
				}
				list = append(list, string(r))
			}
		}
		return list, nil
	case syntax.OpAlternate:
		var list []string
		for _, sub := range re.Sub {
			more, err := expand(sub)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	case syntax.OpConcat:
		list := []string{""}
		for _, sub := range re.Sub {
			ends, err := expand(sub)
			if err != nil {
				return nil, err
			}
			var next []string
			for _, head := range list {
				for _, end := range ends {
					next = append(next, head+end)
				}
			}
			if list = next; len(list) > mostPrefixes {
				return nil, fmt.Errorf("%s has more than %d ends", re, mostPrefixes)
			}
		}
		return list, nil
	default:
		return nil, fmt.Errorf("%s cannot be written as prefixes", re)
	}
}

// shorten drops prefixes that a shorter one covers, and writes ten that
// differ in their last digit only as the one that they make up.
func shorten(list []string) []string {
	slices.Sort(list)
	list = slices.Compact(list)
	for {
		tens := map[string]int{}
		for _, p := range list {
			if n := len(p); n > 1 && p[n-1] >= '0' && p[n-1] <= '9' {
				tens[p[:n-1]]++
			}
		}
		var next []string
		for _, p := range list {
			if n := len(p); n > 1 && tens[p[:n-1]] == 10 && p[n-1] >= '0' && p[n-1] <= '9' {
				p = p[:n-1]
			}
			next = append(next, p)
		}
		slices.Sort(next)
		next = slices.Compact(next)
		var kept []string
		for _, p := range next {
			if !slices.ContainsFunc(next, func(q string) bool { return q != p && strings.HasPrefix(p, q) }) {
				kept = append(kept, p)
			}
		}
		if len(kept) == len(list) {
			return kept
		}
		list = kept
	}
}

// shapesOf returns the shapes of example postcodes: 9 is a digit, A a letter,
// any other character itself.
func shapesOf(examples string) string {
	var list []string
	for e := range strings.SplitSeq(examples, ",") {
		s := strings.Map(func(r rune) rune {
			switch {
			case r >= '0' && r <= '9':
				return '9'
			case r >= 'A' && r <= 'Z':
				return 'A'
			}
			return r
		}, e)
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return strings.Join(list, ",")
}
