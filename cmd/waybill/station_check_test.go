package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"waybill/sync/journal"
)

// An error of the disk is no reason to go on with a journal that nobody has checked.
func TestUntilTheJournalIsChecked(t *testing.T) {
	t.Parallel()
	damaged := fmt.Errorf("page 7: %w", journal.ErrDamaged)
	for name, end := range map[string]error{"whole": nil, "damaged": damaged} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began, tries := time.Now(), 0
				err := untilChecked(t.Context(), func(context.Context) error {
					if tries++; tries <= 8 {
						return errors.New("input/output error")
					}
					return end
				}, slog.New(slog.DiscardHandler))
				want := (1 + 2 + 4 + 8 + 16 + 32 + 60 + 60) * time.Minute
				if !errors.Is(err, end) || tries != 9 || time.Since(began) != want {
					t.Errorf("%v after %d tries and %v, want %v", err, tries, time.Since(began), want)
				}
			})
		})
	}
}

func TestNobodyChecksAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := untilChecked(ctx, func(context.Context) error { return errors.New("input/output error") }, slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("an orderly end: %v", err)
		}
	})
}
