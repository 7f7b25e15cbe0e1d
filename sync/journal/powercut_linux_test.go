package journal_test

import (
	"bufio"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/loopdisk"
	"waybill/internal/process"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

const (
	imageSize  = 64 << 20
	beginAnew  = 16 << 20 // a journal beyond this makes room for a new one
	acksToCut  = 120      // at most
	noticeCuts = 12       // in which careless writing must show
)

// TestKernelPowerCut ends an ext4 under a station that writes, again and again, and
// looks what is there when it is mounted anew. It needs root and a loop device and says
// so where it has none, in CI too. The long form is KERNEL_CUTS=50.
func TestKernelPowerCut(t *testing.T) {
	s := newCutStation(t)
	cuts := process.Number(t, "KERNEL_CUTS", 3)
	for cut := range cuts {
		s.cut(t, "")
		for _, f := range s.check(t) {
			t.Errorf("cut %d: %s", cut+1, f)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d cuts, %d acknowledged events, none lost", cuts, s.acks)
}

// TestKernelPowerCutNotices holds that the test above sees a station that acknowledges
// before its disk has.
func TestKernelPowerCutNotices(t *testing.T) {
	s := newCutStation(t)
	for cut := range noticeCuts {
		s.cut(t, "NORMAL")
		if found := s.check(t); len(found) > 0 {
			t.Logf("noticed after %d cuts, %d findings: %s", cut+1, len(found), found[0])
			return
		}
	}
	t.Errorf("not noticed in %d cuts", noticeCuts)
}

// A cutStation is a station on an ext4 whose power fails.
type cutStation struct {
	disk  *loopdisk.Disk
	r     *rand.Rand
	acked map[string]bool
	acks  int
}

func newCutStation(t *testing.T) *cutStation {
	t.Helper()
	return &cutStation{
		disk: loopdisk.New(t, imageSize), acked: map[string]bool{},
		r: rand.New(rand.NewPCG(uint64(process.Number(t, "SEED", 1)), 0)),
	}
}

func (s *cutStation) path() string { return filepath.Join(s.disk.Dir(), "journal") }

// cut has a station write, ends the file system under it, and mounts it again.
func (s *cutStation) cut(t *testing.T, synchronous string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashChild+"="+s.path(), crashSynchronous+"="+synchronous)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, n := bufio.NewScanner(stdout), 1+s.r.IntN(acksToCut)
	var failed error
	for seen := 0; lines.Scan(); seen++ {
		id, ok := strings.CutPrefix(lines.Text(), "acked ")
		if !ok {
			t.Errorf("the station says: %s", lines.Text())
			_ = cmd.Process.Kill()
			break
		}
		s.acked[id] = true
		s.acks++
		if seen == n {
			failed = errors.Join(s.disk.PowerOff(cmd.Process.Pid), cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // killed, as it should be
	if err := errors.Join(failed, s.disk.PowerOn(t)); err != nil {
		t.Fatal(err)
	}
}

// check returns what is wrong with the journal, and makes room where it has grown.
func (s *cutStation) check(t *testing.T) (found []string) {
	t.Helper()
	ctx := t.Context()
	j, err := journal.Open(ctx, journal.Options{Path: s.path(), Station: "desk-1"})
	if err != nil {
		return []string{err.Error()}
	}
	for _, p := range verify(t, j).Problems {
		found = append(found, p.Message)
	}
	recs, err := j.After(ctx, wire.Position{}, 0, 0)
	if err := errors.Join(err, j.Close()); err != nil {
		return append(found, err.Error())
	}
	there := map[string]bool{}
	for _, rec := range recs {
		there[rec.ID] = true
	}
	for id := range s.acked {
		if !there[id] {
			found = append(found, "event "+id+" was acknowledged and is gone")
		}
	}
	s.acked = there
	if info, err := os.Stat(s.path()); err != nil || info.Size() < beginAnew {
		return found
	}
	files, err := filepath.Glob(s.path() + "*")
	for _, name := range files {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		t.Fatal(err)
	}
	s.acked = map[string]bool{}
	return found
}
