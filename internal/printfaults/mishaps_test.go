package printfaults_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"waybill/internal/process"
)

// A mishap is something that goes wrong at a printer, from its beginning to its
// end. It leaves the printer in order.
type mishap struct {
	name   string
	weight int
	shared bool // only where others print as well
	alone  bool // only where nobody else does
	do     func(context.Context, *unit, *rand.Rand, *campaign) error
}

// patience is how long a mishap waits for the label that it needs.
const patience = 3 * time.Second

// The mishaps that tests ask for by name.
const (
	cutThere      = "cut at a byte"
	cutPower      = "power cut"
	killedOnceOut = "station killed once a label is out"
	offAndFed     = "off for long, and FEED"
	strangers     = "second host"
)

func mishaps() []mishap {
	return []mishap{
		{name: cutThere, weight: 30, do: cutAtByte},
		{name: "cut, and the station does not hear of it", weight: 4, do: halfOpen},
		{name: cutPower, weight: 10, do: powerCut},
		{name: "paper out", weight: 8, do: paperOut},
		{name: "head open or ribbon out", weight: 5, do: headOpen},
		{name: "pause button", weight: 4, do: pauseButton},
		{name: "silence", weight: 4, do: silence},
		{name: "slow answers", weight: 3, do: slowAnswers},
		{name: "stall", weight: 3, do: stall},
		{name: "lying status", weight: 6, alone: true, do: lie},
		{name: "garbled answers", weight: 4, do: garble},
		{name: "station killed at a byte", weight: 6, do: killAtByte},
		{name: killedOnceOut, weight: 6, do: killOnceOut},
		{name: "station killed and power cut", weight: 3, do: killAndPower},
		{name: strangers, weight: 30, shared: true, do: secondHost},
		{name: offAndFed, weight: 2, alone: true, do: offAndFeed},
		{name: "feed button", weight: 6, shared: true, do: feedButton},
	}
}

// draw picks a mishap for u, one of only if there are any.
func draw(u *unit, rnd *rand.Rand, only []string) mishap {
	var fit []mishap
	sum := 0
	for _, m := range mishaps() {
		if m.shared && !u.shared || m.alone && u.shared || len(only) > 0 && !slices.Contains(only, m.name) {
			continue
		}
		fit = append(fit, m)
		sum += m.weight
	}
	if sum == 0 { // of those asked for, none fits it
		return mishap{name: "nothing", do: func(ctx context.Context, _ *unit, rnd *rand.Rand, _ *campaign) error {
			process.Wait(ctx, between(rnd, 0, time.Second))
			return nil
		}}
	}
	n := rnd.IntN(sum)
	for _, m := range fit {
		if n -= m.weight; n < 0 {
			return m
		}
	}
	return fit[0]
}

func between(rnd *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(rnd.Int64N(int64(to-from)+1))
}

// byteOf picks a byte of the next label, its end included.
func (u *unit) byteOf(rnd *rand.Rand) int { return rnd.IntN(max(u.wire.labelLength(), 160) + 1) }

// at waits for a byte of the next label to pass.
func (u *unit) at(ctx context.Context, n int, do func(*circuit) bool) bool {
	patience := patience
	if !u.counts { // an old printer is asked much in vain before it gets a label
		patience *= 3
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return u.wire.set(ctx, n, do)
}

// A sweep goes through the bytes of a label one after the other, for all
// printers together: so every offset has its turn.
type sweep struct{ next atomic.Int64 }

func (s *sweep) take(length int) int { return int((s.next.Add(1) - 1) % int64(length+1)) }

func cutAtByte(ctx context.Context, u *unit, rnd *rand.Rand, c *campaign) error {
	hard := rnd.IntN(2) == 0
	n := c.sweep.take(max(u.smallest(), 1))
	if rnd.IntN(8) == 0 {
		n = rnd.IntN(24_000) // in the large labels, anywhere
	}
	u.at(ctx, n, func(c *circuit) bool {
		c.sever(hard)
		return false
	})
	if rnd.IntN(5) == 0 { // and again on the new connection
		process.Wait(ctx, between(rnd, 200*time.Millisecond, 2500*time.Millisecond))
		u.wire.drop(hard)
	}
	return nil
}

// smallest returns the length of the small label.
func (u *unit) smallest() int {
	if n := u.wire.labelLength(); n > 0 && n < 1000 {
		return n
	}
	return 126
}

func halfOpen(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	length := between(rnd, 500*time.Millisecond, 3*time.Second)
	u.at(ctx, u.byteOf(rnd), func(c *circuit) bool {
		c.printer.Close()
		process.Wait(ctx, length)
		c.sever(true)
		return false
	})
	return nil
}

func powerCut(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	late := between(rnd, 0, 2*u.perLabel)
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	process.Wait(ctx, late)
	return u.off(ctx, between(rnd, 0, 2*time.Second))
}

// off switches the printer off for a while, start included. Where others print,
// that takes as long as a printer needs to start: the station holds a count for
// its own label's if nobody else can have printed meanwhile.
func (u *unit) off(ctx context.Context, length time.Duration) error {
	if u.shared {
		length += 11 * time.Second
	}
	if length < 200*time.Millisecond {
		return u.order(ctx, "/power-cut", "")
	}
	if err := u.order(ctx, "/power-off", ""); err != nil {
		return err
	}
	process.Wait(ctx, length)
	return u.order(ctx, "/power-on", "")
}

// offAndFeed switches the printer off on a label, for longer than one needs to
// start, and presses FEED as soon as it is back: its count is then where the lost
// label would have brought it.
func offAndFeed(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	if err := u.order(ctx, "/power-off", ""); err != nil {
		return err
	}
	process.Wait(ctx, 11*time.Second)
	err := u.order(ctx, "/power-on", "")
	return firstError(err, u.order(ctx, "/feed", ""))
}

// worse makes a fault that lasts worse, now and then.
func worse(ctx context.Context, u *unit, rnd *rand.Rand) error {
	switch rnd.IntN(8) {
	case 0:
		u.wire.drop(rnd.IntN(2) == 0)
	case 1:
		u.kill(ctx, between(rnd, 0, 300*time.Millisecond))
	case 2:
		return u.off(ctx, between(rnd, 0, time.Second))
	}
	return nil
}

func paperOut(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	if err := u.order(ctx, "/faults", fmt.Sprintf(`{"paper_left":%d}`, 1+rnd.IntN(3))); err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); process.Wait(ctx, 20*time.Millisecond) {
		if s, err := u.state(ctx); err != nil || s.Faults.PaperOut {
			break
		}
	}
	process.Wait(ctx, between(rnd, 50*time.Millisecond, 2*time.Second))
	err := worse(ctx, u, rnd)
	process.Wait(ctx, between(rnd, 50*time.Millisecond, time.Second))
	return firstError(err, u.order(ctx, "/faults", `{"paper_out":false,"paper_left":null}`))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fault sets a fault in the middle of a label, lets it last, and takes it away.
func fault(ctx context.Context, u *unit, rnd *rand.Rand, on, off string, length time.Duration) error {
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	process.Wait(ctx, between(rnd, 0, u.perLabel))
	err := u.order(ctx, "/faults", on)
	process.Wait(ctx, length)
	return firstError(err, worse(ctx, u, rnd), u.order(ctx, "/faults", off))
}

func headOpen(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	length := between(rnd, 100*time.Millisecond, 3*time.Second)
	if rnd.IntN(2) == 0 {
		return fault(ctx, u, rnd, `{"ribbon_out":true}`, `{"ribbon_out":false}`, length)
	}
	return fault(ctx, u, rnd, `{"head_open":true}`, `{"head_open":false}`, length)
}

func silence(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	return fault(ctx, u, rnd, `{"silent":true}`, `{"silent":false}`, between(rnd, 300*time.Millisecond, 8*time.Second))
}

func slowAnswers(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	on := fmt.Sprintf(`{"delay":"%dms"}`, 100+rnd.IntN(2500))
	return fault(ctx, u, rnd, on, `{"delay":"0s"}`, between(rnd, time.Second, 6*time.Second))
}

func pauseButton(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	err := u.order(ctx, "/pause", `{"on":true}`)
	process.Wait(ctx, between(rnd, 100*time.Millisecond, 3*time.Second))
	return firstError(err, worse(ctx, u, rnd), u.order(ctx, "/pause", `{"on":false}`))
}

// stall holds every byte back for up to ten seconds, then lets all of them go.
func stall(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	length := 10 * time.Second
	if rnd.IntN(2) == 0 {
		length = between(rnd, time.Second, length)
	}
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool {
		u.wire.stall(length)
		return u.wire.pass(ctx)
	})
	if rnd.IntN(3) == 0 {
		process.Wait(ctx, between(rnd, 0, length))
		u.kill(ctx, between(rnd, 0, 300*time.Millisecond))
	}
	u.wire.pass(ctx)
	process.Wait(ctx, 300*time.Millisecond) // what was held back arrives
	return nil
}

const (
	cleanErrors = "\x02\r\n\r\n  PRINTER STATUS                            \r\n" +
		"   ERRORS:         0 00000000 00000000      \r\n" +
		"   WARNINGS:       0 00000000 00000000      \r\n\x03"
	idleHost = "\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
)

// lie has the printer say that it is idle and well while it is out of paper or
// paused. One that does not count prints what it has lied about before anything
// else happens to it.
func lie(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	u.wire.answers(func(_ *circuit, p []byte) []byte {
		switch {
		case bytes.Contains(p, []byte("PRINTER STATUS")):
			return []byte(cleanErrors)
		case bytes.HasPrefix(p, []byte("\x02030,")):
			return []byte(idleHost)
		}
		return p
	})
	defer u.wire.answers(nil)
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	wrong := [][2]string{{"/faults", `{"paper_out":%v}`}, {"/faults", `{"head_open":%v}`}, {"/pause", `{"on":%v}`}}[rnd.IntN(3)]
	err := u.order(ctx, wrong[0], fmt.Sprintf(wrong[1], true))
	process.Wait(ctx, between(rnd, 0, 500*time.Millisecond))
	if rnd.IntN(2) == 0 { // the station has to ask about the label, and is lied to
		u.wire.drop(rnd.IntN(2) == 0)
	}
	process.Wait(ctx, between(rnd, 200*time.Millisecond, 5*time.Second))
	err = firstError(err, u.order(ctx, wrong[0], fmt.Sprintf(wrong[1], false)))
	if !u.counts { // what it has lied about it loses with its power, and its word was all there was
		u.empty(ctx)
	}
	return err
}

// garble lets answers come in halves, the second with the next answer or never,
// puts alerts between them, and changes bytes of a status. The stream has no
// gaps, as TCP has none, and an odometer is not made to lie.
func garble(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	own := rand.New(rand.NewPCG(rnd.Uint64(), 1)) // used under the wire's lock
	rest := map[*circuit][]byte{}
	u.wire.answers(func(c *circuit, p []byte) []byte {
		p = append(rest[c], p...)
		delete(rest, c)
		switch own.IntN(5) {
		case 0:
			n := own.IntN(len(p))
			rest[c] = bytes.Clone(p[n:])
			return p[:n]
		case 1:
			return append([]byte("ALERT: PQ JOB COMPLETED [2026-11-20 12:00:00] [FAULTS]\r\n"), p...)
		case 2:
			return append(p, "\x00\xffERROR CLEARED: HEAD OPEN\r\n"...)
		case 3:
			if p[0] == 2 {
				p[own.IntN(len(p))] = byte(own.IntN(256))
			}
		}
		return p
	})
	process.Wait(ctx, between(rnd, 500*time.Millisecond, 4*time.Second))
	err := worse(ctx, u, rnd)
	u.wire.answers(nil)
	if rnd.IntN(2) == 0 {
		u.wire.drop(true)
	}
	return err
}

func killAtByte(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	late := between(rnd, 0, 2*u.perLabel)
	if rnd.IntN(2) == 0 {
		late = 0
	}
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	process.Wait(ctx, late)
	u.kill(ctx, between(rnd, 0, 400*time.Millisecond))
	return nil
}

// killOnceOut kills the station when the whole label is on the wire, or at its
// first byte while the others still go their way: it comes out, and nobody is
// there to see it.
func killOnceOut(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	if rnd.IntN(2) == 0 {
		u.at(ctx, 0, func(*circuit) bool {
			u.die()
			return true
		})
	} else {
		u.at(ctx, math.MaxInt, func(*circuit) bool { return true })
		process.Wait(ctx, between(rnd, 0, u.perLabel))
	}
	u.kill(ctx, between(rnd, 0, 400*time.Millisecond))
	return nil
}

func killAndPower(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	u.at(ctx, u.byteOf(rnd), func(*circuit) bool { return true })
	process.Wait(ctx, between(rnd, 0, u.perLabel))
	if rnd.IntN(2) == 0 {
		u.kill(ctx, 0)
		return u.off(ctx, between(rnd, 0, time.Second))
	}
	err := u.off(ctx, between(rnd, 0, time.Second))
	u.kill(ctx, 0)
	return err
}

// secondHost prints from another host: while a label of ours passes, while it
// prints, or just after a cut.
func secondHost(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	cut, hard := rnd.IntN(2) == 0, rnd.IntN(2) == 0
	u.at(ctx, u.byteOf(rnd), func(c *circuit) bool {
		if cut {
			c.sever(hard)
		}
		return !cut
	})
	if !cut {
		process.Wait(ctx, between(rnd, 0, 2*u.perLabel))
	}
	return u.stranger(ctx, 1+rnd.IntN(3), rnd)
}

func feedButton(ctx context.Context, u *unit, rnd *rand.Rand, _ *campaign) error {
	cut := rnd.IntN(3) == 0
	u.at(ctx, u.byteOf(rnd), func(c *circuit) bool {
		if cut {
			c.sever(true)
		}
		return !cut
	})
	_ = u.order(ctx, "/feed", "") // refused while paper is out, as it should be
	return nil
}
