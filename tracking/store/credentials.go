package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Why a token is good no more.
const (
	endRenewed  = "renewed"
	endReplaced = "replaced"
	endRevoked  = "revoked"
)

// ended are the refusals of tokens that are good no more.
var ended = map[string]wire.Refusal{
	endRenewed: wire.RefusedRenewed, endReplaced: wire.RefusedReplaced, endRevoked: wire.RefusedRevoked,
}

// Offer keeps a one-time code for a station, in the place of one that was there.
// The error is of kind fault.Conflict where the station has a token that is good
// and the offer does not replace it.
func (s *Store) Offer(ctx context.Context, o tracking.Offer) error {
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		now := s.now()
		live, err := s.live(ctx, b, o.Station, now)
		if err != nil {
			return err
		}
		if live && !o.Replaces {
			return &fault.Error{
				Kind: fault.Conflict, Err: errors.New("it is enrolled"),
				Hint: "If its disk was lost or it is set up anew, say so (--replace): what it has now is refused as soon as the code is used.",
			}
		}
		_, err = b.exec(ctx, `INSERT INTO enrolments (station, code, made, expires, replaces, token) VALUES (?1, ?2, ?3, ?4, ?5, '')
			ON CONFLICT (station) DO UPDATE SET code = excluded.code, made = excluded.made, expires = excluded.expires, replaces = excluded.replaces, token = ''`,
			string(o.Station), o.Code, millis(now), millis(now.Add(o.Life)), o.Replaces)
		return err
	})
	if err != nil {
		return fmt.Errorf("code for station %s: %w", o.Station, err)
	}
	return nil
}

// live reports whether a station has a token that is good.
func (s *Store) live(ctx context.Context, b *batch, station shipment.StationID, now time.Time) (bool, error) {
	var n int
	err := b.tx.QueryRowContext(ctx, `SELECT count(*) FROM credentials
		WHERE station = ?1 AND (ended = 0 OR ended > ?2) AND (expires = 0 OR expires > ?2)`, string(station), millis(now)).Scan(&n)
	if err != nil {
		return false, errGiveUp{err}
	}
	return n > 0, nil
}

// Enrol takes a one-time code and makes the token the station's. The same code
// with the same token gives the same again, as long as the code is good. The
// error wraps a *tracking.RefusedError where the code does not let the station
// in; it says nothing about which part of it was wrong.
func (s *Store) Enrol(ctx context.Context, e tracking.Enrolment) (tracking.Credential, error) {
	c := tracking.Credential{Station: e.Station}
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		now := s.now()
		var code, token string
		var expires int64
		var replaces bool
		err := b.tx.QueryRowContext(ctx, `SELECT code, expires, replaces, token FROM enrolments WHERE station = ?`, string(e.Station)).
			Scan(&code, &expires, &replaces, &token)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return errGiveUp{err}
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(e.Code)) != 1 || millis(now) >= expires {
			return refused(wire.RefusedCode, "no such code is good for station %s (codes are good for minutes, and once: ask for another one)", e.Station)
		}
		switch token {
		case "":
			return s.enrol(ctx, b, e, replaces, now, &c)
		case e.Token:
			return getCredential(ctx, b, e.Token, &c)
		}
		return refused(wire.RefusedCodeUsed, "the code for station %s was used by somebody else (if that was not you, have the station revoked: waybill hub revoke %s)", e.Station, e.Station)
	})
	if err != nil {
		return c, fmt.Errorf("enrolment of station %s: %w", e.Station, err)
	}
	return c, nil
}

// enrol makes the token the station's, and the only one.
func (s *Store) enrol(ctx context.Context, b *batch, e tracking.Enrolment, replaces bool, now time.Time, c *tracking.Credential) error {
	live, err := s.live(ctx, b, e.Station, now)
	if err != nil {
		return err
	}
	if live && !replaces {
		return refused(wire.RefusedCode, "station %s has been enrolled since the code was made (ask for a code that replaces it)", e.Station)
	}
	if err := unused(ctx, b, e.Token); err != nil {
		return err
	}
	if _, err := b.exec(ctx, `UPDATE credentials SET ended = ?2, why = ?3 WHERE station = ?1 AND (ended = 0 OR ended > ?2)`,
		string(e.Station), millis(now), endReplaced); err != nil {
		return err
	}
	if _, err := b.exec(ctx, `DELETE FROM revocations WHERE station = ?`, string(e.Station)); err != nil {
		return err
	}
	if _, err := b.exec(ctx, `UPDATE enrolments SET token = ?2 WHERE station = ?1`, string(e.Station), e.Token); err != nil {
		return err
	}
	return putCredential(ctx, b, e.Token, e.Station, e.Life, now, c)
}

// unused returns why a new token cannot be taken: somebody has it, or had it.
func unused(ctx context.Context, b *batch, token string) error {
	var n int
	if err := b.tx.QueryRowContext(ctx, `SELECT count(*) FROM credentials WHERE token = ?`, token).Scan(&n); err != nil {
		return errGiveUp{err}
	}
	if n > 0 {
		return &fault.Error{Kind: fault.Conflict, Err: errors.New("the token was in use before"), Hint: "Make another one."}
	}
	return nil
}

func putCredential(ctx context.Context, b *batch, token string, station shipment.StationID, life time.Duration, now time.Time, c *tracking.Credential) error {
	*c = tracking.Credential{Station: station, Made: fromMillis(millis(now))}
	var expires int64
	if life > 0 {
		expires = millis(now.Add(life))
		c.Expires = fromMillis(expires)
	}
	_, err := b.exec(ctx, `INSERT INTO credentials (token, station, made, expires, ended, why) VALUES (?, ?, ?, ?, 0, '')`,
		token, string(station), millis(now), expires)
	return err
}

func getCredential(ctx context.Context, b *batch, token string, c *tracking.Credential) error {
	var made, expires int64
	err := b.tx.QueryRowContext(ctx, `SELECT station, made, expires FROM credentials WHERE token = ?`, token).Scan((*string)(&c.Station), &made, &expires)
	if err != nil {
		return errGiveUp{err}
	}
	c.Made, c.Expires = fromMillis(made), momentOf(expires)
	return nil
}

// Renew gives a station another token, beside the one that it shows, which is
// good for the overlap still. Asking again with the same gives the same. The
// error wraps a *tracking.RefusedError where the token that is shown is good no
// more.
func (s *Store) Renew(ctx context.Context, r tracking.Renewal) (tracking.Credential, error) {
	c := tracking.Credential{Station: r.Station}
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		now := s.now()
		a, found, err := admission(ctx, b.tx, r.Token, now)
		switch {
		case err != nil:
			return errGiveUp{err}
		case !found || a.Station != r.Station:
			return refused(wire.RefusedUnknown, "no such token of station %s is known", r.Station)
		case a.Refusal != "":
			return refused(a.Refusal, "the token of station %s is good no more", r.Station)
		case r.Next == r.Token: // the station came through with its next one
			c = a.Credential
			return nil
		}
		next, found, err := admission(ctx, b.tx, r.Next, now)
		switch {
		case err != nil:
			return errGiveUp{err}
		case found && next.Station == r.Station && next.Refusal == "":
			c = next.Credential
			return nil
		case found:
			return unused(ctx, b, r.Next)
		}
		if _, err := b.exec(ctx, `UPDATE credentials SET ended = ?2, why = ?3 WHERE token = ?1 AND ended = 0`,
			r.Token, millis(now.Add(r.Overlap)), endRenewed); err != nil {
			return err
		}
		return putCredential(ctx, b, r.Next, r.Station, r.Life, now, &c)
	})
	if err != nil {
		return c, fmt.Errorf("another token for station %s: %w", r.Station, err)
	}
	return c, nil
}

// rowQuerier is a transaction, or the pool that reads.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Admit says whose token it is, by its hash, and whether it may pass. A token
// that nobody has is wire.RefusedUnknown, of no station.
func (s *Store) Admit(ctx context.Context, token string) (tracking.Admission, error) {
	a, found, err := admission(ctx, s.read, token, s.now())
	if err != nil {
		return a, fmt.Errorf("token of a station: %w", err)
	}
	if !found {
		a.Refusal = wire.RefusedUnknown
	}
	return a, nil
}

func admission(ctx context.Context, db rowQuerier, token string, now time.Time) (a tracking.Admission, found bool, err error) {
	var made, expires, ends, revoked int64
	var why, reason string
	err = db.QueryRowContext(ctx, `SELECT c.station, c.made, c.expires, c.ended, c.why, coalesce(r.at, 0), coalesce(r.reason, '')
		FROM credentials c LEFT JOIN revocations r ON r.station = c.station WHERE c.token = ?`, token).
		Scan((*string)(&a.Station), &made, &expires, &ends, &why, &revoked, &reason)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	a.Made, a.Expires = fromMillis(made), momentOf(expires)
	switch at := millis(now); {
	case revoked != 0:
		a.Refusal, a.At, a.Reason = wire.RefusedRevoked, fromMillis(revoked), reason
	case ends != 0 && ends <= at:
		a.Refusal, a.At = ended[why], fromMillis(ends)
	case expires != 0 && expires <= at:
		a.Refusal, a.At = wire.RefusedExpired, fromMillis(expires)
	}
	return a, true, nil
}

// AdmitConfigured says whether a station whose token stands in the configuration
// may pass with it: not where it was revoked, nor once it was enrolled.
func (s *Store) AdmitConfigured(ctx context.Context, station shipment.StationID) (tracking.Admission, error) {
	a := tracking.Admission{Credential: tracking.Credential{Station: station}}
	var revoked, enrolled int64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce((SELECT at FROM revocations WHERE station = ?1), 0),
		coalesce((SELECT reason FROM revocations WHERE station = ?1), ''),
		coalesce((SELECT min(made) FROM credentials WHERE station = ?1), 0)`, string(station)).Scan(&revoked, &a.Reason, &enrolled)
	switch {
	case err != nil:
		return a, fmt.Errorf("station %s: %w", station, err)
	case revoked != 0:
		a.Refusal, a.At = wire.RefusedRevoked, fromMillis(revoked)
	case enrolled != 0:
		a.Refusal, a.At = wire.RefusedReplaced, fromMillis(enrolled)
	}
	return a, nil
}

// Enrolled reports whether any station was ever enrolled or offered a code:
// from then on nobody passes without a token.
func (s *Store) Enrolled(ctx context.Context) (bool, error) {
	var any bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM credentials) OR EXISTS (SELECT 1 FROM enrolments)`).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("enrolled stations: %w", err)
	}
	return any, nil
}

// Revoke shuts a station out, until it is enrolled again; said again, it changes
// nothing. It is for stations of the configuration as well.
func (s *Store) Revoke(ctx context.Context, station shipment.StationID, reason string) error {
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		now := millis(s.now())
		if _, err := b.exec(ctx, `INSERT INTO revocations (station, at, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, string(station), now, reason); err != nil {
			return err
		}
		if _, err := b.exec(ctx, `UPDATE credentials SET ended = ?2, why = ?3 WHERE station = ?1 AND (ended = 0 OR ended > ?2)`,
			string(station), now, endRevoked); err != nil {
			return err
		}
		_, err := b.exec(ctx, `DELETE FROM enrolments WHERE station = ?`, string(station))
		return err
	})
	if err != nil {
		return fmt.Errorf("revocation of station %s: %w", station, err)
	}
	return nil
}

// Access returns the stations that were enrolled, offered a code or revoked, by
// name.
func (s *Store) Access(ctx context.Context) ([]tracking.StationAccess, error) {
	now := millis(s.now())
	rows, err := s.read.QueryContext(ctx, `SELECT n.station, coalesce(c.made, 0), coalesce(c.expires, 0), coalesce(c.ended, 0),
		coalesce(CASE WHEN e.token = '' THEN e.expires END, 0), coalesce(r.at, 0), coalesce(r.reason, '')
		FROM (SELECT station FROM credentials UNION SELECT station FROM enrolments UNION SELECT station FROM revocations) n
		LEFT JOIN credentials c ON c.token = (SELECT token FROM credentials WHERE station = n.station ORDER BY made DESC, ended = 0 DESC LIMIT 1)
		LEFT JOIN enrolments e ON e.station = n.station
		LEFT JOIN revocations r ON r.station = n.station
		ORDER BY n.station`)
	if err != nil {
		return nil, fmt.Errorf("enrolled stations: %w", err)
	}
	defer rows.Close()
	var all []tracking.StationAccess
	for rows.Next() {
		var a tracking.StationAccess
		var made, expires, ends, code, revoked int64
		if err := rows.Scan((*string)(&a.Station), &made, &expires, &ends, &code, &revoked, &a.Reason); err != nil {
			return nil, fmt.Errorf("enrolled stations: %w", err)
		}
		if made != 0 {
			a.Credential = tracking.Credential{Station: a.Station, Made: fromMillis(made), Expires: momentOf(expires)}
			a.Expired = expires != 0 && expires <= now
			a.Enrolled = !a.Expired && (ends == 0 || ends > now)
		}
		if code > now {
			a.CodeUntil = fromMillis(code)
		}
		a.Revoked = momentOf(revoked)
		all = append(all, a)
	}
	return all, rows.Err()
}

func refused(r wire.Refusal, format string, args ...any) error {
	return &tracking.RefusedError{Refusal: r, Words: fmt.Sprintf(format, args...)}
}
