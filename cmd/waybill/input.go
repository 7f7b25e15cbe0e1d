package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A lineReader hands out the lines of an input one by one. A line that is too
// long is an error of its own, after which the next line follows.
type lineReader struct {
	held []heldLine // come first
	in   *bufio.Reader
}

type heldLine struct {
	text []byte
	err  error
}

// linesOf returns the lines of r.
func linesOf(r io.Reader) *lineReader { return &lineReader{in: bufio.NewReaderSize(r, 64<<10)} }

// linesOfWords returns each word as a line.
func linesOfWords(words []string) *lineReader {
	l := linesOf(bytes.NewReader(nil))
	for _, w := range words {
		l.held = append(l.held, heldLine{text: []byte(w)})
	}
	return l
}

// jsonLines returns r's JSON lines. One document spread over several lines, as
// people write it, counts as one line if it is all there is.
func jsonLines(r io.Reader) *lineReader {
	l := linesOf(r)
	first, err := readLine(l.in)
	var doc json.RawMessage
	if err != nil || !errors.Is(json.NewDecoder(bytes.NewReader(first)).Decode(&doc), io.ErrUnexpectedEOF) {
		l.held = append(l.held, heldLine{first, err})
		return l
	}
	var seen bytes.Buffer
	seen.Write(first)
	seen.WriteByte('\n')
	whole := io.MultiReader(bytes.NewReader(seen.Bytes()), io.TeeReader(io.LimitReader(l.in, maxLine), &seen))
	dec := json.NewDecoder(whole)
	if dec.Decode(&doc) == nil && errors.Is(dec.Decode(new(json.RawMessage)), io.EOF) && len(doc) <= maxLine {
		var line bytes.Buffer
		if json.Compact(&line, doc) == nil {
			l.held = append(l.held, heldLine{text: line.Bytes()})
			return l
		}
	}
	return linesOf(io.MultiReader(&seen, l.in))
}

// next returns the next line without its end, and io.EOF after the last. A line
// break at the very end begins no further line.
func (l *lineReader) next() ([]byte, error) {
	if len(l.held) > 0 {
		first := l.held[0]
		l.held = l.held[1:]
		return first.text, first.err
	}
	return readLine(l.in)
}

// drained reports whether the next line has yet to arrive.
func (l *lineReader) drained() bool { return len(l.held) == 0 && l.in.Buffered() == 0 }

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

// openInput returns standard input where args is empty, else the files one
// after the other, each beginning on a line of its own; - is standard input.
func openInput(con *console, args []string) (io.ReadCloser, error) {
	if len(args) == 0 {
		args = []string{"-"}
	}
	files := make([]io.Reader, 0, len(args))
	closers := make(multiCloser, 0, len(args))
	for _, name := range args {
		if name == "-" {
			files = append(files, &wholeLines{r: con.in})
			continue
		}
		f, err := openFile(name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("input: %w", err), closers.Close())
		}
		files = append(files, &wholeLines{r: f})
		closers = append(closers, f)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(files...), closers}, nil
}

// openFile opens a file that a person has named. The error says what to do.
func openFile(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory (name the files in it)", name)
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(name)
	}
	if err != nil {
		return nil, remedied(name, err)
	}
	return f, nil
}

// readFile reads a file that a person has named. The error says what to do.
func readFile(name string) ([]byte, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// remedied adds to the error of a named file what a person can do about it.
func remedied(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such file (check the path; it is seen from the directory you are in)", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (give this user the right to read it)", err)
	}
	return err
}

// wholeLines is a reader whose last line ends, so that what is read after it
// begins a line of its own.
type wholeLines struct {
	r    io.Reader
	last byte
	any  bool
}

// Read reads on, and ends the last line.
func (w *wholeLines) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	if n > 0 {
		w.any, w.last = true, b[n-1]
	}
	if n == 0 && errors.Is(err, io.EOF) && w.any && w.last != '\n' && len(b) > 0 {
		b[0], w.last = '\n', '\n'
		return 1, nil
	}
	if n > 0 && errors.Is(err, io.EOF) {
		return n, nil // the end comes with the next read
	}
	return n, err
}

type multiCloser []io.Closer

// Close closes all of them.
func (cs multiCloser) Close() error {
	var err error
	for _, c := range cs {
		err = errors.Join(err, c.Close())
	}
	return err
}
