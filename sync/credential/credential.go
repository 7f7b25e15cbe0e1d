// Package credential keeps a station's token for its hub: how the station gets
// one for a one-time code, and how it gets the next before the last one ends.
//
// The token is the station's own making. It is on disk before the hub hears of
// its hash, so that no crash and no lost answer leaves the station with a token
// that only the hub knows, or two of them. What a token is shown to is for
// sync/uplink.
package credential

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// hub is what the keeper needs of the hub; sync/uplink implements it. Whom it asks
// as is what Token returns at that moment. A refusal that the hub gives a reason
// for is what refusal knows to read.
type hub interface {
	Self(ctx context.Context) (wire.Credential, error)
	RenewToken(ctx context.Context, req wire.RenewRequest) (wire.Credential, error)
	Enrol(ctx context.Context, req wire.EnrolRequest) (wire.Credential, error)
}

// A Refused is an error of the hub that says why, for programs.
type Refused interface {
	error
	Refusal() wire.Refusal
}

// refusal returns why the hub has refused, or nothing where it has not.
func refusal(err error) wire.Refusal {
	var r Refused
	if errors.As(err, &r) {
		return r.Refusal()
	}
	return ""
}

// A Keeper keeps the token in a file, and beside it what is under way. Its methods
// may be called from anywhere at once, and by several processes: a station that
// runs sees what a command has changed.
type Keeper struct {
	path     string
	required bool // it is an error where there is no token

	mu      sync.Mutex
	instead string // shown in the place of the file's token; empty: that one is
}

// New returns the keeper of the token at path; the empty path is nowhere. With
// required it is an error that there is none, without it nothing is shown then.
func New(path string, required bool) *Keeper { return &Keeper{path: path, required: required} }

// What stands beside the token.
const (
	nextSuffix  = ".next"  // the token that the hub is asked for
	enrolSuffix = ".enrol" // the token that a code is shown for, behind the hash of the code
)

// minToken is the shortest token that is taken for one; people make theirs with
// openssl rand -hex 32.
const minToken = 16

// Token returns what to show the hub now.
func (k *Keeper) Token() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.instead != "" || k.path == "" {
		return k.instead, nil
	}
	token, err := read(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		if !k.required {
			return "", nil
		}
		return "", &fault.Error{
			Op: "token file " + k.path, Kind: fault.Invalid, Err: errors.New("there is no such file"),
			Hint: "Enrol the station (waybill station enrol), or put its token there.",
		}
	}
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	if len(token) < minToken {
		return "", &fault.Error{
			Op: "token file " + k.path, Kind: fault.Invalid, Err: fmt.Errorf("the token is shorter than %d characters", minToken),
			Hint: "Make one with: openssl rand -hex 32; or enrol the station.",
		}
	}
	return token, nil
}

func read(path string) (string, error) {
	data, err := os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}

// as runs f with another token in the place of the file's.
func (k *Keeper) as(token string, f func() error) error {
	set := func(token string) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.instead = token
	}
	set(token)
	defer set("")
	return f()
}

// newToken returns a new token, 256 random bits.
func newToken() (string, error) {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// write makes a secret durable that only this account may read.
func write(path, secret string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("directory of the token: %w", err)
	}
	return atomicfile.WriteFile(path, []byte(secret+"\n"), 0o600)
}

// drop removes what is under way; that it is gone need not be durable, since what
// is found again does no harm.
func drop(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Enrol shows the hub the secret of a one-time code, and keeps the token that the
// station has from then on. After an error, or a crash, the same code may be shown
// again as long as it is good: the hub knows the same token.
func (k *Keeper) Enrol(ctx context.Context, h hub, station shipment.StationID, secret string) (wire.Credential, error) {
	pending := k.path + enrolSuffix
	text, err := read(pending)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wire.Credential{}, fmt.Errorf("enrolment under way: %w", err)
	}
	code, token, _ := strings.Cut(text, " ")
	again := code == hashOf(secret) && len(token) >= minToken
	if !again {
		if token, err = newToken(); err != nil {
			return wire.Credential{}, err
		}
		if err := write(pending, hashOf(secret)+" "+token); err != nil {
			return wire.Credential{}, err
		}
	}
	var c wire.Credential
	// The code alone speaks for the station; a token that it had is not shown.
	err = k.as(token, func() (err error) {
		c, err = h.Enrol(ctx, wire.EnrolRequest{Station: station, Code: secret, TokenSHA256: hashOf(token)})
		if again && refusal(err) == wire.RefusedCode {
			// Its time is over, but the hub may have taken it before.
			if self, errSelf := h.Self(ctx); errSelf == nil {
				c, err = self, nil
			}
		}
		return err
	})
	if err != nil {
		return c, err
	}
	if err := write(k.path, token); err != nil {
		return c, err
	}
	return c, errors.Join(drop(k.path+nextSuffix), drop(pending))
}

// Tend asks the hub whether it is time for another token, and gets it. A renewal
// that broke off goes on. It reports whether the token has changed.
func (k *Keeper) Tend(ctx context.Context, h hub) (renewed bool, c wire.Credential, err error) {
	next, err := read(k.path + nextSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, c, fmt.Errorf("renewal under way: %w", err)
	}
	c, err = h.Self(ctx)
	switch {
	case err != nil && next != "" && outdated(refusal(err)):
		return k.come(ctx, h, next, err)
	case err != nil:
		return false, c, err
	case c.Configured || next == "" && !c.Renew:
		return false, c, nil
	}
	if len(next) < minToken {
		if next, err = newToken(); err != nil {
			return false, c, err
		}
		if err := write(k.path+nextSuffix, next); err != nil {
			return false, c, err
		}
	}
	got, err := h.RenewToken(ctx, wire.RenewRequest{TokenSHA256: hashOf(next)})
	if fault.Is(err, fault.Conflict) { // it was ours once; make another the next time
		return false, c, errors.Join(err, drop(k.path+nextSuffix))
	}
	if err != nil {
		return false, c, err
	}
	return true, got, k.promote(next)
}

// outdated reports whether a station is refused because it has another token
// since.
func outdated(r wire.Refusal) bool {
	return r == wire.RefusedRenewed || r == wire.RefusedExpired || r == wire.RefusedUnknown
}

// come has the station come through with the token that it had asked for, where
// the hub gave it and the answer was lost.
func (k *Keeper) come(ctx context.Context, h hub, next string, refused error) (renewed bool, c wire.Credential, err error) {
	err = k.as(next, func() (err error) {
		c, err = h.Self(ctx)
		return err
	})
	if err != nil {
		return false, c, refused
	}
	return true, c, k.promote(next)
}

// promote makes the next token the station's.
func (k *Keeper) promote(next string) error {
	if err := write(k.path, next); err != nil {
		return err
	}
	return drop(k.path + nextSuffix)
}
