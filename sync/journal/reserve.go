package journal

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"waybill/internal/diskspace"
	"waybill/internal/fault"
)

// A Room is whether the journal's disk has room for more work.
type Room string

// The rooms. Whatever is not RoomEnough is no time for new orders: the room that
// is left is for what has begun already, the scans, labels, voids and the word of
// the hub.
const (
	RoomEnough Room = "enough"
	RoomLow    Room = "low"   // little is left besides the reserve
	RoomSpent  Room = "spent" // the reserve was given up, or there is no room for one
)

// A Space is the room on the journal's disk, in bytes.
type Space struct {
	Room    Room
	Free    int64  // besides the reserve; -1 where the system cannot tell
	Reserve int64  // what the reserve holds now
	Wanted  int64  // what it holds when all is well; 0: none is kept
	Why     string // why there is no reserve, where the reason is not a lack of room
}

// lookEvery is how often the disk is looked at while nobody writes.
const lookEvery = time.Second

// What is kept in relation to the reserve's size. The reserve is at most a small part of
// its disk; with less than itself beside it no new work is begun; it is given up
// when less is left than some commits could need; and it is made again only when
// that does not bring the shortage back.
const (
	reservePart  = 32 // of the disk
	giveUpPart   = 8  // of the reserve
	recoverPart  = 4  // of the reserve, more than there must be
	retryReserve = 10 // looks between two tries to make the reserve
)

// reserveSuffix is what the reserve's name has after the journal's.
const reserveSuffix = ".reserve"

// A reserve is a file beside the journal whose only use is that it can be given up:
// when the disk is full, by whatever filled it, what a person has in hand can still
// be recorded.
//
// New work needs the reserve to stand. That it could be made is the one proof that
// holds for quotas too, of which the figures for free space know nothing.
type reserve struct {
	path string
	disk func(dir string) (diskspace.Space, error)
	log  *slog.Logger
	tell func(Space)
	wake chan struct{}

	mu    sync.Mutex
	now   Space
	told  Room
	pause int   // looks until the reserve may be tried again
	given int64 // how often it was given up
}

// newReserve returns the reserve of a journal, or nil where none is wanted, and
// makes it where there is room.
func newReserve(o Options) *reserve {
	if o.Reserve <= 0 {
		return nil
	}
	r := &reserve{
		path: ReservePath(o.Path), disk: o.disk, log: o.Log, tell: o.OnSpace,
		wake: make(chan struct{}, 1), told: RoomEnough,
	}
	s, err := r.disk(filepath.Dir(o.Path))
	if err != nil {
		s.Total = 0
	}
	r.now.Wanted = ReserveOn(s.Total, o.Reserve)
	if r.now.Reserve = diskspace.Taken(r.path); r.now.Reserve != r.now.Wanted {
		r.giveUp() // of another size, or cut short; if it stays, look says why
		r.pause = 0
	}
	r.look()
	return r
}

// ReserveOn returns the size of the reserve on a disk of total bytes where wanted
// bytes are asked for; a total of 0 is a disk of which nothing is known.
func ReserveOn(total, wanted int64) int64 {
	if total <= 0 {
		return wanted
	}
	return min(wanted, total/reservePart)
}

// ReservePath returns the name of the reserve of the journal at path.
func ReservePath(path string) string { return path + reserveSuffix }

// free returns what is left on the disk; -1 where nobody can say.
func (r *reserve) free() int64 {
	s, err := r.disk(filepath.Dir(r.path))
	if err != nil {
		return -1
	}
	return s.Free
}

// beforeWrite is called before each transaction. It gives the reserve up in time
// for the transaction to find room.
func (r *reserve) beforeWrite() {
	if r == nil {
		return
	}
	r.mu.Lock()
	floor := r.now.Wanted / giveUpPart
	held := r.now.Reserve > 0
	r.mu.Unlock()
	if !held {
		return
	}
	if free := r.free(); free >= 0 && free < floor {
		r.giveUp()
	}
}

// full is called when a transaction found no room, whatever the figures say.
func (r *reserve) full() {
	if r == nil {
		return
	}
	r.giveUp()
}

// giveUp gives the reserve's room to whoever writes next.
func (r *reserve) giveUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := diskspace.GiveUp(r.path); err != nil {
		r.now.Why = err.Error()
	}
	r.now.Room, r.now.Reserve, r.pause = RoomSpent, 0, 1
	r.given++
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// look judges the room and makes the reserve again where there is enough. One
// goroutine at a time looks.
func (r *reserve) look() {
	r.mu.Lock()
	s := &r.now
	s.Free = r.free()
	known, margin := s.Free >= 0, s.margin()
	spend, take := false, false
	switch {
	case s.Reserve > 0 && known && s.Free < s.Wanted/giveUpPart:
		spend = true
	case s.Reserve > 0 && known && (s.Free < s.Wanted || s.Room == RoomLow && s.Free < margin):
		s.Room = RoomLow
	case s.Reserve > 0:
		s.Room = RoomEnough
	case known && s.Free < s.Wanted+margin:
		s.Room, s.Why = RoomSpent, ""
	case r.pause > 0:
		r.pause--
	default:
		take = true
	}
	given := r.given
	r.mu.Unlock()
	if spend {
		r.giveUp()
	}
	if take {
		r.take(given)
	}
	r.mu.Lock()
	now, changed := r.now, r.now.Room != r.told
	r.told = now.Room
	r.mu.Unlock()
	if changed {
		r.say(now)
	}
}

// margin is what must be free beside the reserve for orders to be taken again.
func (s Space) margin() int64 { return s.Wanted + s.Wanted/recoverPart }

// take makes the reserve, unless somebody finds the disk full meanwhile. Nobody who
// writes waits for it.
func (r *reserve) take(given int64) {
	err := diskspace.Take(r.path, r.now.Wanted) // which never changes
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.now
	s.Free = r.free()
	switch {
	case err != nil:
		s.Room, s.Why, r.pause = RoomSpent, err.Error(), retryReserve
	case r.given != given:
		s.Room, s.Why = RoomSpent, ""
		if err := diskspace.GiveUp(r.path); err != nil {
			s.Why = err.Error()
		}
	default:
		s.Room, s.Why, s.Reserve = RoomEnough, "", s.Wanted
	}
}

// say tells the log and whoever asked for it.
func (r *reserve) say(s Space) {
	ctx := context.Background()
	at := []any{"path", r.path, "free_bytes", s.Free, "reserve_bytes", s.Reserve}
	if s.Why != "" {
		at = append(at, "why", s.Why)
	}
	switch s.Room {
	case RoomEnough:
		r.log.InfoContext(ctx, "The journal's disk has room again; orders are taken.", at...)
	case RoomLow:
		r.log.WarnContext(ctx, "The journal's disk is nearly full: no new orders are taken until there is room; scans and labels go on.", at...)
	case RoomSpent:
		r.log.ErrorContext(ctx, "The journal's disk is full and its reserve is in use: no new orders are taken until there is room; scans go on while it lasts.", at...)
	}
	if r.tell != nil {
		r.tell(s)
	}
}

// watch looks at the disk until stop is closed.
func (r *reserve) watch(stop <-chan struct{}) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		case <-r.wake:
		}
		r.look()
	}
}

// Space returns the room on the journal's disk as it was a moment ago. Where no
// reserve is kept it is the zero Space.
func (j *Journal) Space() Space {
	if j.reserve == nil {
		return Space{}
	}
	j.reserve.mu.Lock()
	defer j.reserve.mu.Unlock()
	return j.reserve.now
}

// RoomForMore returns why no new work should be begun; nil where it may. What has
// begun is recorded all the same, as long as there is any room.
func (j *Journal) RoomForMore() error {
	s := j.Space()
	if s.Room == "" || s.Room == RoomEnough {
		return nil
	}
	err, need := fmt.Errorf("%w: %s left", ErrDiskLow, mebibytes(s.Free)), s.margin()
	if s.Reserve == 0 {
		need += s.Wanted
	}
	if s.Why != "" {
		err = fmt.Errorf("%w: there is no reserve: %s", ErrDiskLow, s.Why)
	}
	return &fault.Error{
		Op: "journal " + j.o.Path, Kind: fault.Transient, Err: err,
		Hint: fmt.Sprintf("Make room on the disk of the station's data, until %s are free; new orders wait, scans and labels go on.", mebibytes(need)),
	}
}

// mebibytes returns n bytes for people.
func mebibytes(n int64) string {
	if n < 0 {
		return "an unknown amount is"
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
