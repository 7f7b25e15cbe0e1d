// Program cloudevents reads CloudEvents, one a line, with the SDK of the
// CloudEvents project, and says of each what the SDK makes of it: its ID, type
// and extensions, or why it is none. It is for the test that holds our events
// against an implementation that is not ours.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

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

func main() {
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
