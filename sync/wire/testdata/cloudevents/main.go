// Program cloudevents reads CloudEvents, one a line, with the SDK of the
// CloudEvents project, and says of each what the SDK makes of it: its ID, type
// and extensions, or why it is none. With the argument write it writes a batch of
// its own instead. It is for the tests that hold our events against an
// implementation that is not ours.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

type answer struct {
	ID         string         `json:"id,omitempty"`
	Type       string         `json:"type,omitempty"`
	Source     string         `json:"source,omitempty"`
	Subject    string         `json:"subject,omitempty"`
	Time       string         `json:"time,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
	Data       string         `json:"data,omitempty"`
	Error      string         `json:"error,omitempty"`
}

func read(line []byte) answer {
	var e event.Event
	if err := json.Unmarshal(line, &e); err != nil {
		return answer{Error: err.Error()}
	}
	if err := e.Validate(); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{
		ID: e.ID(), Type: e.Type(), Source: e.Source(), Subject: e.Subject(), Time: e.Time().UTC().Format("2006-01-02T15:04:05.000Z"),
		Extensions: e.Extensions(), Data: string(e.Data()),
	}
}

// write writes a batch as the SDK makes one: other order of members, other times.
func write() error {
	var batch []event.Event
	for i := range 3 {
		e := event.New()
		e.SetID(fmt.Sprintf("sdk-%d", i+1))
		e.SetSource("/stations/sdk-1")
		e.SetType("waybill.label.printed.v1")
		e.SetSubject("576461413038785752")
		e.SetTime(time.Date(2026, 11, 20, 10, 12, i, 123456789, time.FixedZone("", 3600)))
		e.SetExtension("epoch", 1)
		e.SetExtension("sequence", i+1)
		e.SetExtension("prevhash", fmt.Sprintf("%064x", i))
		e.SetExtension("tzoffset", "+01:00")
		e.SetExtension("colour", "blue")
		if err := e.SetData(event.ApplicationJSON, map[string]any{"parcel": "Größe <1>", "label": i + 1}); err != nil {
			return err
		}
		if err := e.Validate(); err != nil {
			return err
		}
		batch = append(batch, e)
	}
	return json.NewEncoder(os.Stdout).Encode(batch)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "write" {
		if err := write(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		if err := out.Encode(read(in.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
