package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/agent/desk"
	"waybill/internal/reopen"
	"waybill/internal/speaker"
	"waybill/internal/task"
)

// speakers returns the tasks that sound at the benches what their scanners are
// told.
func (st *station) speakers() []task.Task {
	var tasks []task.Task
	for _, b := range st.cfg.Packing.Benches {
		if b.Speaker != "" {
			tasks = append(tasks, task.Func(fmt.Sprintf("speaker of bench %q", b.Name), st.speaker(b.Name, b.Speaker)))
		}
	}
	return tasks
}

// speakerAgain is how often a speaker that is not there is looked for. Nothing
// waits for it.
const speakerAgain = 30 * time.Second

// speaker keeps a bench's speaker open. A bench without its speaker works as
// before; the page says that it is silent.
func (st *station) speaker(bench, name string) func(context.Context) error {
	tell := func(err error) {
		dev := desk.Device{Kind: "speaker", Name: bench, State: "ready", Detail: name}
		if err != nil {
			dev.State, dev.Words, dev.Todo, dev.Detail = "blocked", "Speaker silent", "Go by the page and the scanner's own beep.", err.Error()
		}
		st.news.put(dev)
	}
	return func(ctx context.Context) error {
		again := reopen.Options{Min: time.Second, Max: speakerAgain, Away: speakerAgain}
		return again.Run(ctx, func(ctx context.Context) (time.Duration, error) {
			s, err := speaker.Open(name)
			if err != nil {
				return 0, err
			}
			ctx, stop := context.WithCancel(ctx)
			defer stop()
			began := time.Now()
			tell(nil)
			err = speaker.Play(ctx, s, st.tunes(ctx, bench))
			return time.Since(began), errors.Join(err, s.Close())
		}, tell)
	}
}

// tunes returns what is to be heard at a bench, until ctx ends: what its page
// would sound. A tune that nobody took yet makes room for a later one.
func (st *station) tunes(ctx context.Context, bench string) <-chan speaker.Tune {
	notices, end := st.desk.Watch()
	out := make(chan speaker.Tune)
	go func() {
		defer end()
		var next speaker.Tune
		var to chan speaker.Tune // nil: there is nothing to be heard
		for {
			select {
			case <-ctx.Done():
				return
			case to <- next:
				to = nil
			case n := <-notices:
				if t := tuneOf(n, bench); t != nil {
					next, to = t, out
				}
			}
		}
	}()
	return out
}

// tuneOf returns what a notice sounds like at a bench; nil: like nothing.
func tuneOf(n desk.Notice, bench string) speaker.Tune {
	if n.Topic != "scan" || n.Bench != "" && n.Bench != bench {
		return nil
	}
	switch n.Tone {
	case desk.Good:
		return speaker.Good()
	case desk.Warn:
		return speaker.Look()
	case desk.Bad:
		return speaker.Wrong()
	case desk.Quiet:
	}
	return nil
}
