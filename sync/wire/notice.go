package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// NoticeHeader is the header of a request in which a station gives its Notice.
const NoticeHeader = "Waybill-Uplink"

// A Lane says in which order a station sends a batch.
type Lane string

// The lanes. Both carry events with the epoch and the sequence they were recorded
// under; only the live one leaves some out.
const (
	LaneMain Lane = ""     // everything, in order
	LaneLive Lane = "live" // what happens now, before the backlog of an outage, with what is older of the same shipments
	LaneGaps Lane = "gaps" // what the hub asked for again
)

// A Notice is what a station tells of itself beside a batch. A hub must be able
// to do without, and a station's older or newer than itself leaves some out.
type Notice struct {
	// Cursor is the last event that the hub has dealt with, as far as the station
	// knows, and with it every one before. What is missing up to here is lost to
	// the hub; what is missing behind it is on its way and need not be asked for.
	// The zero Position says nothing.
	Cursor Position

	Lane Lane

	// Ahead is by how much the station's wall clock is ahead of the hub's, give or
	// take Within. A Within of zero says nothing.
	Ahead, Within time.Duration
}

const maxNotice = 512

// String returns the notice as it is written in the header: a dictionary of RFC
// 8941, as cursor="3/4711", lane=live, ahead_ms=1200, within_ms=40.
func (n Notice) String() string {
	var parts []string
	if n.Cursor.Epoch > 0 {
		parts = append(parts, fmt.Sprintf(`cursor="%d/%d"`, n.Cursor.Epoch, n.Cursor.Sequence))
	}
	if n.Lane != LaneMain {
		parts = append(parts, "lane="+string(n.Lane))
	}
	if n.Within > 0 {
		within := n.Within + n.Ahead.Abs()%time.Millisecond // what the rounding takes off
		within = (within + time.Millisecond - 1).Truncate(time.Millisecond)
		parts = append(parts, fmt.Sprintf("ahead_ms=%d, within_ms=%d", n.Ahead.Milliseconds(), within.Milliseconds()))
	}
	return strings.Join(parts, ", ")
}

// ParseNotice reads a notice. Keys it does not know are passed by. A hub that
// gets an error takes the batch all the same.
func ParseNotice(s string) (Notice, error) {
	var n Notice
	if len(s) > maxNotice {
		return n, fmt.Errorf("%s: longer than %d bytes", NoticeHeader, maxNotice)
	}
	var ahead, within time.Duration
	for part := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		var err error
		switch key {
		case "cursor":
			n.Cursor, err = parseCursor(value)
		case "lane":
			n.Lane, err = parseLane(value)
		case "ahead_ms":
			ahead, err = parseMillis(value)
		case "within_ms":
			within, err = parseMillis(value)
		}
		if err != nil {
			return Notice{}, fmt.Errorf("%s: %s %s: %w", NoticeHeader, key, value, err)
		}
	}
	if within > 0 {
		n.Ahead, n.Within = ahead, within
	}
	return n, nil
}

// parseLane takes lanes of later versions, too, as long as they are words.
func parseLane(s string) (Lane, error) {
	if s == "" || len(s) > 16 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
		return "", errors.New("want a word, as live")
	}
	return Lane(s), nil
}

var errCursor = errors.New(`want an epoch and a sequence, as "3/4711"`)

func parseCursor(s string) (Position, error) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return Position{}, errCursor
	}
	epoch, sequence, _ := strings.Cut(s[1:len(s)-1], "/")
	e, errEpoch := strconv.ParseInt(epoch, 10, 64)
	q, errSequence := strconv.ParseInt(sequence, 10, 64)
	if errEpoch != nil || errSequence != nil || e < 1 || q < 0 {
		return Position{}, errCursor
	}
	return Position{Epoch: e, Sequence: q}, nil
}

// maxMillis is a century: more is no clock's error.
const maxMillis = 100 * 366 * 24 * 60 * 60 * 1000

func parseMillis(s string) (time.Duration, error) {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil || ms < -maxMillis || ms > maxMillis {
		return 0, errors.New("want milliseconds of less than a century")
	}
	return time.Duration(ms) * time.Millisecond, nil
}
