package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine is the longest line a command reads: room for a large order.
const maxLine = 4 << 20

// A lineError is a bad line's error with a code for programs.
type lineError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *lineError) Error() string { return e.Message }

type badLine struct {
	Line  int        `json:"line"`
	Error *lineError `json:"error"`
}

// forEachLine calls f for each line of r and writes what it returns as one JSON
// line. A line that f refuses becomes a line with the error, and the stream goes
// on; the error is then errReported. Empty lines are passed over and counted.
func forEachLine(con *console, r io.Reader, f func(line []byte) (any, error)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	out := bufio.NewWriter(con.out)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	failed := false
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			break
		}
		var result any
		switch {
		case errors.Is(err, errLineTooLong):
			err = &lineError{Code: "too_long", Message: err.Error()}
		case err != nil:
			return fmt.Errorf("input line %d: %w", n, err)
		case len(bytes.TrimSpace(line)) == 0:
			continue
		default:
			result, err = f(line)
		}
		if err != nil {
			failed = true
			var le *lineError
			if !errors.As(err, &le) {
				le = &lineError{Code: "invalid", Message: err.Error()}
			}
			result = badLine{Line: n, Error: le}
		}
		if err := enc.Encode(result); err != nil {
			return fmt.Errorf("output: %w", err)
		}
		if in.Buffered() == 0 { // a person or a pipe waits for the answer
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

var errLineTooLong = errors.New("the line is longer than 4 MiB")

// readLine returns the next line without its end. A line that is too long is
// read to its end and thrown away.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) == 0 && !tooLong:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case tooLong:
			return nil, errLineTooLong
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// openInput returns standard input where args is empty or "-", else the files
// one after the other.
func openInput(con *console, args []string) (io.ReadCloser, error) {
	if len(args) == 0 || (len(args) == 1 && args[0] == "-") {
		return io.NopCloser(con.in), nil
	}
	files := make([]io.Reader, 0, len(args))
	closers := make(multiCloser, 0, len(args))
	for _, name := range args {
		f, err := os.Open(name)
		if err != nil {
			closers.Close()
			return nil, fmt.Errorf("input: %w", err)
		}
		files = append(files, f)
		closers = append(closers, f)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(files...), closers}, nil
}

type multiCloser []io.Closer

func (cs multiCloser) Close() error {
	var err error
	for _, c := range cs {
		err = errors.Join(err, c.Close())
	}
	return err
}
