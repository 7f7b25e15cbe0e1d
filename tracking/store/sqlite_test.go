package store_test

import (
	"testing"

	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

var _ storetest.Store = (*store.Store)(nil)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string, o storetest.Options) storetest.Store {
		s, err := store.Open(t.Context(), dir, store.Options{Now: o.Now, Rand: o.Rand})
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		return s
	})
}
