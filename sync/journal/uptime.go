package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// An Uptime is a reading of the clock that nobody sets.
type Uptime struct {
	BootID string        // whose count it is
	Since  time.Duration // since some moment of that boot; it never goes back
}

func (o Options) clock() wire.Clock {
	up := o.Uptime()
	return wire.Clock{Local: o.Location, BootID: up.BootID, Uptime: up.Since}
}

// machineUptime returns the clock of this machine. Where the system does not
// tell one boot from the next, each process counts for itself.
func machineUptime(station shipment.StationID) func() Uptime {
	if name, since, ok := bootClock(); ok {
		// Other programs know the machine's boots by this name; a journal is for
		// handing on, and must not be matched with their logs.
		sum := sha256.Sum256([]byte("waybill boot\n" + string(station) + "\n" + name))
		id := hex.EncodeToString(sum[:8])
		return func() Uptime { return Uptime{BootID: id, Since: since()} }
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails; see its documentation
	id, start := hex.EncodeToString(b[:]), time.Now()
	return func() Uptime { return Uptime{BootID: id, Since: time.Since(start)} }
}
