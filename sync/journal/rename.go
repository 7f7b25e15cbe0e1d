package journal

import (
	"context"
	"slices"
)

// RenameUpstream has what is known of an upstream go on under another name, because the
// same one is called so now. Where none is known by the old name, or one is known by the
// new one already, nothing happens.
func (j *Journal) RenameUpstream(ctx context.Context, from, to string) error {
	return j.Update(ctx, func(tx *Tx) error {
		all, err := tx.upstreams()
		if err != nil {
			return err
		}
		known := func(name string) bool {
			return slices.ContainsFunc(all, func(u Upstream) bool { return u.Name == name })
		}
		if !known(from) || known(to) {
			return nil
		}
		if err := tx.forgetUpstream(to); err != nil { // a lane that was left
			return err
		}
		if err := tx.exec("UPDATE meta SET key = ? WHERE key = ?", formerKey+to, formerKey+from); err != nil {
			return err
		}
		if err := tx.exec("UPDATE parked SET upstream = ? WHERE upstream = ?", to, from); err != nil {
			return err
		}
		return tx.exec(`UPDATE cursors SET upstream = ?1 || substr(upstream, length(?2) + 1)
			WHERE upstream = ?2 OR substr(upstream, 1, length(?2) + 1) = ?2 || ?3`, to, from, laneMark)
	})
}
