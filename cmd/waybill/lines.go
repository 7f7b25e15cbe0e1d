package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine is the longest line a command reads: room for a large order.
const maxLine = 4 << 20

// A lineError is a bad line's error with a code for programs.
type lineError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *lineError) Error() string { return e.Message }

// A badLine is what comes out for a line that was refused, with what the line
// calls itself.
type badLine struct {
	ID      json.RawMessage `json:"id,omitempty"`
	OrderID json.RawMessage `json:"order_id,omitempty"`
	Line    int             `json:"line"`
	Error   *lineError      `json:"error"`
}

// forEachLine calls f for each line and writes what it returns as one JSON
// line: one for one, in order. A line that is blank or that f refuses becomes a
// line with the error, and the stream goes on; the error is then errReported.
func forEachLine(con *console, in *lineReader, f func(line []byte) (any, error)) error {
	out := bufio.NewWriter(con.out)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	failed := false
	for n := 1; ; n++ {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		var result any
		switch {
		case errors.Is(err, errLineTooLong):
			err = &lineError{Code: "too_long", Message: err.Error()}
		case err != nil:
			return errors.Join(fmt.Errorf("input line %d: %w", n, err), out.Flush())
		case len(bytes.TrimSpace(line)) == 0:
			err = &lineError{Code: "empty", Message: "the line is blank"}
		default:
			result, err = f(line)
		}
		if err != nil {
			failed = true
			result = refused(n, line, err)
		}
		if err := enc.Encode(result); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		if in.drained() { // a person or a pipe waits for the answer
			if err := out.Flush(); err != nil {
				return fmt.Errorf("output: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if failed {
		return errReported
	}
	return nil
}

// refused returns what comes out for line n, which err refuses.
func refused(n int, line []byte, err error) badLine {
	bad := badLine{Line: n}
	if !errors.As(err, &bad.Error) {
		bad.Error = &lineError{Code: "invalid", Message: err.Error()}
	}
	bad.ID, bad.OrderID = ownName(line, "id"), ownName(line, "order_id")
	return bad
}

// ownName returns the value of key in the JSON object that line is or begins
// with, if it is a name: text or a number. A line that is cut off or spoilt
// further on still has the name that stands before that.
func ownName(line []byte, key string) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(line))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for {
		t, err := dec.Token()
		if err != nil || t == json.Delim('}') {
			return nil
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil
		}
		if t == key && (value[0] == '"' || value[0] == '-' || (value[0] >= '0' && value[0] <= '9')) {
			return value
		}
	}
}

// jsonError is the line error of a line that is not what, as one JSON object.
func jsonError(what string, err error) *lineError {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
		return &lineError{Code: "wrong_type", Message: fmt.Sprintf("not %s: %s must not be a JSON %s", what, field, wrong.Value)}
	}
	return &lineError{Code: "json", Message: fmt.Sprintf("not %s as one JSON object: %v", what, err)}
}
