package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"waybill/configs"
	"waybill/shipment/carrier"
)

// maxRulesFile is more than a chart of zones from one origin, or rules, need.
const maxRulesFile = 8 << 20

// loadRules reads the carrier rules in a file, and the files it names, which
// are seen from its directory; the empty path is the rules that ship with
// Waybill.
func loadRules(path string) (*carrier.Rules, error) {
	rules, _, err := rulesAndFiles(path)
	return rules, err
}

// rulesAndFiles is loadRules, and returns the files that the rules name, also
// where the rules are wrong.
func rulesAndFiles(path string) (rules *carrier.Rules, named []string, err error) {
	if path == "" {
		rules, err = carrier.ParseRules(configs.Rules)
		return rules, nil, err
	}
	data, err := readAtMost(path, maxRulesFile)
	if err != nil {
		return nil, nil, fmt.Errorf("carrier rules: %w", err)
	}
	o := carrier.Options{Open: func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		named = append(named, name)
		return readAtMost(name, maxRulesFile)
	}}
	rules, err = o.ParseRules(data)
	if err != nil {
		return nil, named, fmt.Errorf("%s: %w", path, err)
	}
	return rules, named, nil
}

// readAtMost reads a file that a person has named, which must not be larger
// than limit.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d MiB, so it is no such file (name the right one)", name, limit>>20)
	}
	return data, nil
}
