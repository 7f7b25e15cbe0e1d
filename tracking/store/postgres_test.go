package store_test

import (
	"fmt"
	"sync"
	"testing"

	"waybill/internal/servertest"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// TestPostgres holds the store in PostgreSQL to the same suite as the one in
// SQLite.
func TestPostgres(t *testing.T) {
	pg := servertest.StartPostgres(t)
	storetest.Run(t, postgresIn(pg))
}

// postgresIn returns how to open a store in pg: a database for each directory.
func postgresIn(pg *servertest.Postgres) storetest.Opener {
	var mu sync.Mutex
	urls := map[string]string{}
	return func(t *testing.T, dir string, o storetest.Options) storetest.Store {
		t.Helper()
		mu.Lock()
		url, ok := urls[dir]
		if !ok {
			url = pg.Create(t, fmt.Sprintf("store%d", len(urls)))
			urls[dir] = url
		}
		mu.Unlock()
		s, err := store.OpenPostgres(t.Context(), url, "", store.Options{Now: o.Now, Rand: o.Rand})
		if err != nil {
			t.Fatalf("OpenPostgres: %v", err)
		}
		return s
	}
}
