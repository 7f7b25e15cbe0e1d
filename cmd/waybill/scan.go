package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
	"waybill/shipment/scan"
)

// scanCmd is `waybill scan`.
type scanCmd struct {
	Parse scanParseCmd `cmd:"" help:"Parse raw scanner payloads, each line a JSON string."`
}

// Help is shown under waybill scan --help.
func (scanCmd) Help() string {
	return `Examples:
  echo '"]C142022153\u001d9101026837331000039521"' | waybill scan parse
  echo ']C142022153{GS}9101026837331000039521' | waybill scan parse --plain --table`
}

type scanParseCmd struct {
	File      []string `arg:"" optional:"" help:"Files of scans; - or none: standard input."`
	Plain     bool     `help:"Each line is the scan itself, not a JSON string; {GS}, {RS} and {EOT} stand for these characters."`
	Table     bool     `help:"Print for people instead of JSON lines."`
	CodeIDs   string   `name:"code-ids" help:"The scanner puts its maker's code IDs before the data: zebra, honeywell, datalogic_us or datalogic_eu." placeholder:"SET"`
	Separator string   `help:"What the scanner sends for FNC1 in place of GS, such as ~ or |." placeholder:"TEXT"`
}

// Help is shown under waybill scan parse --help.
func (c *scanParseCmd) Help() string {
	return `Each line in is one JSON string, so that the separator GS (\u001d) and other control characters survive. Each line out
has raw, aim, symbology, data, kind (gs1, tracking_number, order, command, unknown), gs1, matches and, where something
is wrong, error: its code, a message, for GS1 data the application identifier and the position, and what to do. What GS1
data is refused has an empty gs1, and in partial what could be read. docs/scanning.md has every code with an example.

Examples:
  echo '"]C142022153\u001d9101026837331000039521"' | waybill scan parse
  echo '"https://id.gs1.org/01/09521234543213/10/LOT?17=271231"' | waybill scan parse
  echo '(01)09521234543213(10)LOT' | waybill scan parse --plain --table
  waybill scan parse --code-ids zebra --separator '~' scans.jsonl`
}

// Run parses the scans.
func (c *scanParseCmd) Run(con *console) error {
	from := scan.Sender{CodeIDs: gs1.CodeIDs(c.CodeIDs), Separator: c.Separator}
	if from.CodeIDs != gs1.NoCodeIDs && !slices.Contains(gs1.AllCodeIDs(), from.CodeIDs) {
		return usage(fmt.Errorf("--code-ids %s: no such set (have %s)", c.CodeIDs, codeIDNames()))
	}
	if c.Separator != "" && !slices.Contains(gs1.Separators(), c.Separator) {
		return usage(fmt.Errorf("--separator %q: want one of %s, which no GS1 data holds", c.Separator, strings.Join(gs1.Separators(), " ")))
	}
	in, err := openInput(con, c.File)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	table := carrier.Default()
	parse := func(line []byte) (any, error) {
		raw, err := c.payload(line)
		if err != nil {
			return nil, &lineError{Code: "json", Message: err.Error()}
		}
		return from.Parse(table, []byte(raw)), nil
	}
	if c.Table {
		return scanTables(con, linesOf(in), table, parse)
	}
	return forEachLine(con, linesOf(in), parse)
}

// payload returns the scan that a line is.
func (c *scanParseCmd) payload(line []byte) (string, error) {
	if c.Plain {
		return strings.NewReplacer("{GS}", "\x1d", "{RS}", "\x1e", "{EOT}", "\x04").Replace(string(line)), nil
	}
	if !utf8.Valid(line) { // the decoder would put other characters in their place
		return "", errors.New("not one JSON string: its bytes are no UTF-8, which no JSON string can hold; give each scan as it is, with --plain")
	}
	var raw *string
	if err := json.Unmarshal(line, &raw); err != nil {
		return "", fmt.Errorf("not one JSON string: %w", err)
	}
	if raw == nil {
		return "", errors.New("not one JSON string: it is null")
	}
	if half := halfCharacter(line); half != "" { // the decoder would put another character in its place
		return "", fmt.Errorf("not one JSON string: %s is half a character, which stands for no bytes; give each scan as it is, with --plain", half)
	}
	return *raw, nil
}

// halfCharacter returns the first escape in a JSON string that is one of a pair of
// surrogates without the other; empty: there is none.
func halfCharacter(text []byte) string {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		r, ok := escapedUnit(text[i:])
		switch {
		case !ok:
			i++ // the character that is escaped, which may be a backslash
		case !utf16.IsSurrogate(r):
			i += unitLength - 1
		default:
			low, _ := escapedUnit(text[i+unitLength:])
			if utf16.DecodeRune(r, low) == utf8.RuneError {
				return string(text[i : i+unitLength])
			}
			i += 2*unitLength - 1
		}
	}
	return ""
}

// unitLength is the length of an escape such as \u001d.
const unitLength = 6

// escapedUnit returns what an escape with four digits at the beginning of text
// stands for.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < unitLength || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:unitLength]), 16, 16)
	return rune(n), err == nil
}

func codeIDNames() string {
	var names []string
	for _, ids := range gs1.AllCodeIDs() {
		names = append(names, string(ids))
	}
	return strings.Join(names, ", ")
}
