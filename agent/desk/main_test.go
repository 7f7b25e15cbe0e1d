package desk_test

import (
	"os"
	"testing"

	"waybill/internal/raced"
)

func TestMain(m *testing.M) {
	raced.Walks(10)
	os.Exit(m.Run())
}
