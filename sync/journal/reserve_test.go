package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/diskspace"
	"waybill/internal/diskspace/diskspacetest"
	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// The steps from a disk with room to a full one and back, by its figures.
func TestTheReserveFollowsTheDisk(t *testing.T) {
	const mib = 1 << 20
	var free atomic.Int64
	free.Store(100 * mib)
	o := options(t).WithDisk(func(string) (diskspace.Space, error) {
		return diskspace.Space{Free: free.Load(), Total: 1 << 40}, nil
	})
	o.Reserve = mib
	var told []journal.Room
	o.OnSpace = func(s journal.Space) { told = append(told, s.Room) }
	j := mustOpen(t, o)
	held := func() int64 { return diskspace.Taken(journal.ReservePath(o.Path)) }
	at := func(what string, left int64, want journal.Room, reserve int64) {
		t.Helper()
		free.Store(left)
		j.LookAtDisk()
		j.LookAtDisk() // the first one after a loss only waits
		if s := j.Space(); s.Room != want || s.Reserve != reserve || held() != reserve || s.Wanted != mib || s.Free != left {
			t.Errorf("%s: %+v, %d bytes in reserve", what, s, held())
		}
		err := j.RoomForMore()
		if (err == nil) != (want == journal.RoomEnough) {
			t.Errorf("%s: room for more: %v", what, err)
		}
		if err != nil && (!errors.Is(err, journal.ErrDiskLow) || !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "Make room")) {
			t.Errorf("%s: %v", what, err)
		}
		appendEvents(t, j, what) // whatever is in hand is recorded
	}
	at("plenty", 100*mib, journal.RoomEnough, mib)
	at("just enough", mib, journal.RoomEnough, mib)
	at("not enough", mib-1, journal.RoomLow, mib)
	at("hardly more", mib+mib/8, journal.RoomLow, mib)
	at("clearly more", mib+mib/4, journal.RoomEnough, mib)
	at("low again", mib/8, journal.RoomLow, mib)
	at("next to nothing", mib/8-1, journal.RoomSpent, 0)
	at("not enough for a reserve", 2*mib, journal.RoomSpent, 0)
	at("enough for a reserve", 2*mib+mib/4, journal.RoomEnough, mib)
	// A commit looks for itself, before it writes.
	free.Store(0)
	appendEvents(t, j, "in time")
	if held() != 0 || j.RoomForMore() == nil {
		t.Errorf("%d bytes in reserve on a full disk", held())
	}
	at("room again", 50*mib, journal.RoomEnough, mib)
	want := "[low enough low spent enough spent enough]"
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(told); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if held() != mib {
		t.Error("the reserve does not outlive the station")
	}
}

// A quota makes a disk full of which the figures say that it has room.
func TestADiskThatIsFullerThanItSays(t *testing.T) {
	o := options(t)
	o.Reserve = 1 << 20
	j := mustOpen(t, o)
	appendEvents(t, j, "e1")
	if err := j.LimitPages(0); err != nil {
		t.Fatal(err)
	}
	err := j.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("note", "long", strings.Repeat("a", 1<<20), journal.Index{})
	})
	if !errors.Is(err, journal.ErrDiskFull) {
		t.Fatalf("got %v", err)
	}
	if s := j.Space(); s.Room == journal.RoomEnough && s.Reserve > 0 {
		// It may have been made again meanwhile, which only a look does.
		t.Logf("made again already: %+v", s)
	}
	appendEvents(t, j, "e2")
	for j.RoomForMore() != nil { // it could be made again: that is proof
		j.LookAtDisk()
	}
}

// Where the system says nothing of its disk, the reserve is all there is to go by.
func TestADiskThatSaysNothing(t *testing.T) {
	o := options(t).WithDisk(func(string) (diskspace.Space, error) { return diskspace.Space{}, errors.ErrUnsupported })
	o.Reserve = 1 << 20
	j := mustOpen(t, o)
	if s := j.Space(); s.Room != journal.RoomEnough || s.Free != -1 || s.Reserve != 1<<20 {
		t.Errorf("%+v", s)
	}
}

// What keeps the reserve from being made is told, and no order is taken without it.
func TestAReserveThatCannotBeMade(t *testing.T) {
	o := options(t)
	o.Reserve = 1 << 20
	if err := os.MkdirAll(filepath.Join(journal.ReservePath(o.Path), "in the way"), 0o750); err != nil {
		t.Fatal(err)
	}
	j := mustOpen(t, o)
	if err := j.RoomForMore(); !errors.Is(err, journal.ErrDiskLow) || !strings.Contains(err.Error(), "no reserve") {
		t.Errorf("got %v", err)
	}
	appendEvents(t, j, "e1")
}

// A disk that is really full: everything in hand is recorded on the reserve, then
// the journal says so, loses nothing, and goes on by itself when there is room.
func TestARealDiskThatIsFull(t *testing.T) {
	disk := diskspacetest.Small(t, 24<<20)
	o := options(t)
	o.Path = filepath.Join(disk.Dir, "journal.db")
	o.Reserve = 64 << 20
	room := make(chan journal.Room, 16)
	o.OnSpace = func(s journal.Space) { room <- s.Room }
	j := mustOpen(t, o)
	wait := func(want journal.Room) {
		t.Helper()
		deadline := time.After(30 * time.Second)
		for {
			select {
			case got := <-room:
				if got == want {
					return
				}
			case <-deadline:
				t.Fatalf("never told %s; %+v", want, j.Space())
			}
		}
	}
	if s := j.Space(); s.Room != journal.RoomEnough || s.Wanted != 24<<20/32 || s.Reserve != s.Wanted {
		t.Fatalf("on an empty disk: %+v", s)
	}
	acked := 0
	scan := func() error {
		err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Append(event(fmt.Sprint("n", acked), "o")) })
		if err == nil {
			acked++
		}
		return err
	}
	free := func() int64 {
		s, err := diskspace.Of(disk.Dir)
		if err != nil {
			t.Fatal(err)
		}
		return s.Free
	}
	disk.Fill(t, free(), 24<<20/32-4096)
	wait(journal.RoomLow)
	if err := scan(); err != nil {
		t.Fatalf("a scan while the disk is low: %v", err)
	}
	disk.Fill(t, free()+1<<20, 0) // to the last byte
	for range 50 {
		if err := scan(); err != nil {
			t.Fatalf("scan %d on a full disk with a reserve: %v; %+v, %d free", acked, err, j.Space(), free())
		}
	}
	if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: 10}); err != nil {
		t.Fatalf("the hub's word on a full disk: %v", err)
	}
	wait(journal.RoomSpent)
	if err := j.RoomForMore(); !errors.Is(err, journal.ErrDiskLow) {
		t.Errorf("orders on a full disk: %v", err)
	}
	var err error
	for err == nil {
		err = scan() // until the reserve is used up, too
	}
	if !errors.Is(err, journal.ErrDiskFull) && !fault.Is(err, fault.Uncertain) && !fault.Is(err, fault.Transient) {
		t.Errorf("without any room: %v", err)
	}
	t.Logf("%d scans recorded on a reserve of %d KiB, then: %v", acked, 24<<10/32, err)
	disk.Empty(t)
	wait(journal.RoomEnough)
	for range 10 {
		if err := scan(); err != nil {
			t.Fatal(err)
		}
	}
	rep := verify(t, j)
	if !rep.Whole || rep.Events < int64(acked) || rep.Events > int64(acked)+1 {
		t.Errorf("%d acknowledged, %+v", acked, rep)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if rep := verify(t, mustOpen(t, o)); !rep.Whole || rep.Events < int64(acked) {
		t.Errorf("opened again: %d acknowledged, %+v", acked, rep)
	}
}
