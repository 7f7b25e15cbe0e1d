package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"waybill/internal/fault"
)

// maxMonitor is the most that a broker's monitor is listened to.
const maxMonitor = 4 << 20

// CheckSync asks the monitor of a nats-server, as http://host:8222, how soon it
// writes to its disk what it acknowledges, and returns a warning where that is not
// at once; empty is well. The hub loses nothing by it, because it sees what the
// bus has lost and sends it again; other consumers may see a gap until then.
func CheckSync(ctx context.Context, monitor string) (warning string, err error) {
	ctx, cancel := context.WithTimeout(ctx, natsPatient)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(monitor, "/")+"/varz", nil)
	if err != nil {
		return "", &fault.Error{Op: "bus monitor " + monitor, Kind: fault.Invalid, Err: err, Hint: "Write it as http://host:8222."}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("bus monitor: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("bus monitor: %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxMonitor))
	if err != nil {
		return "", fmt.Errorf("bus monitor: %w", err)
	}
	return judgeSync(body)
}

// judgeSync reads what /varz says.
func judgeSync(varz []byte) (string, error) {
	var v struct {
		Version   string `json:"version"`
		JetStream struct {
			Config struct {
				Always   bool           `json:"sync_always"`
				Interval *time.Duration `json:"sync_interval"`
			} `json:"config"`
		} `json:"jetstream"`
	}
	if err := json.Unmarshal(varz, &v); err != nil {
		return "", fmt.Errorf("bus monitor: %w", err)
	}
	c := v.JetStream.Config
	switch {
	case c.Always:
		return "", nil
	case c.Interval == nil:
		return fmt.Sprintf("nats-server %s does not tell how soon it writes to disk what it acknowledges (before 2.10 it cannot be set, and is up to two minutes)", v.Version), nil
	}
	return fmt.Sprintf("nats-server %s writes to disk only every %v what it acknowledges; set sync_interval: always in its jetstream section", v.Version, *c.Interval), nil
}
