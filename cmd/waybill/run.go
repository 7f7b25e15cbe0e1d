package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// The exit codes, as every command's help says.
const (
	exitDone    = 0
	exitFailure = 1 // the work's own failure
	exitUsage   = 2 // bad usage or configuration
)

// A console is what a command may touch of the process.
type console struct {
	ctx context.Context
	in  io.Reader
	out io.Writer
	err io.Writer
	log *slog.Logger
}

// errReported ends the process with exit code 1 without a further message: what
// was written already says why.
var errReported = errors.New("reported")

type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// usage marks err as bad usage or configuration: exit code 2.
func usage(err error) error { return usageError{err} }

// run is main without the process.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) (code int) {
	con := &console{ctx: ctx, in: in, out: out, err: errOut, log: newLogger(errOut, "info")}
	var commands cli
	exited := false
	parser, err := kong.New(&commands,
		kong.Name("waybill"),
		kong.Description("Packing station and parcel tracking: order in, label printed once, scan proved, parcel followed to the door."),
		kong.UsageOnError(),
		kong.Writers(out, errOut),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.Vars{"version": version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: true, WrapUpperBound: 100}),
		kong.Bind(con),
	)
	if err != nil {
		fmt.Fprintf(errOut, "waybill: command line: %v (this is a bug; please report it)\n", err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if exited { // --help or --version has been written
		return code
	}
	if err != nil {
		fmt.Fprintf(errOut, "waybill: usage: %v (try %s --help)\n", err, commandOf(err))
		return exitUsage
	}
	return report(errOut, parsed.Run())
}

// commandOf returns the command that a wrong command line got as far as.
func commandOf(err error) string {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context == nil || wrong.Context.Selected() == nil {
		return "waybill"
	}
	return wrong.Context.Selected().FullPath()
}

// report writes err for the person and returns the exit code it deserves.
func report(w io.Writer, err error) int {
	var bad usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errReported):
		return exitFailure
	case errors.As(err, &bad):
		fmt.Fprintf(w, "waybill: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(w, "waybill: %v\n", err)
		return exitFailure
	}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v
}

func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}
