package journal_test

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"waybill/internal/raced"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// crashChild is the environment variable that makes the test binary a station
// that writes until it is killed; crashSynchronous has it write more carelessly.
const (
	crashChild       = "WAYBILL_TEST_JOURNAL"
	crashSynchronous = "WAYBILL_TEST_SYNCHRONOUS"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashChild); path != "" {
		writeUntilKilled(path)
		return
	}
	raced.Walks(10)
	os.Exit(m.Run())
}

// writeUntilKilled prints the ID of every event once its Update has returned.
func writeUntilKilled(path string) {
	o := journal.Options{Path: path, Station: "desk-1"}
	if careless := os.Getenv(crashSynchronous); careless != "" {
		o = o.WithConnect(func(dsn string) (driver.Connector, error) {
			return sqlite.NewConnector(strings.Replace(dsn, "_synchronous=FULL", "_synchronous="+careless, 1))
		})
	}
	j, err := journal.Open(context.Background(), o)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var wg sync.WaitGroup
	var out sync.Mutex
	for w := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, n)
				err := j.Update(context.Background(), func(tx *journal.Tx) error {
					return errors.Join(tx.Put(orders, id, n, journal.Index{Keys: []string{"key-" + id}}), tx.Append(event(id, id)))
				})
				out.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Println("acked", id)
				}
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// TestKilledStation kills a writing process again and again, at moments of
// chance. It finds what is wrong in our process, not what a power cut does:
// the kernel keeps what a killed process has written.
func TestKilledStation(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 20
	}
	o := options(t)
	acked := map[string]bool{}
	for k := range kills {
		for _, id := range runAndKill(t, o.Path, 1+rand.IntN(60)) {
			acked[id] = true
		}
		if k%5 != 4 && k != kills-1 {
			continue // the next one meets what this one left
		}
		j, err := journal.Open(t.Context(), o)
		if err != nil {
			t.Fatalf("after %d kills: %v", k+1, err)
		}
		if rep := verify(t, j); !rep.Whole {
			t.Fatalf("after %d kills: %+v", k+1, rep)
		}
		recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, rec := range recs {
			there[rec.ID] = true
		}
		for id := range acked {
			if !there[id] {
				t.Fatalf("after %d kills: event %s was acknowledged and is gone", k+1, id)
			}
		}
		docs := 0
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			return tx.List(orders, journal.Query{}, func(id string, _ []byte) error {
				docs++
				if owner, _, err := tx.Find(orders, "key-"+id); err != nil || owner != id || !there[id] {
					t.Errorf("document %s: key owned by %q, event there %v, %v", id, owner, there[id], err)
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		if docs != len(recs) {
			t.Fatalf("%d documents and %d events, which were written together", docs, len(recs))
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d acknowledged events, none lost", kills, len(acked))
}

// runAndKill starts a station, kills it after its n-th acknowledgement, and
// returns what it had acknowledged by its end.
func runAndKill(t *testing.T, path string, n int) (acked []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashChild+"="+path)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		id, ok := strings.CutPrefix(lines.Text(), "acked ")
		if !ok {
			t.Errorf("the station says: %s", lines.Text())
			_ = cmd.Process.Kill()
			break
		}
		acked = append(acked, id)
		if len(acked) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait() // killed, as it should be
	return acked
}
