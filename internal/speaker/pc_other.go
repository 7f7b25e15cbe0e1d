//go:build !linux

package speaker

import (
	"errors"

	"waybill/internal/fault"
)

// openPC says that there is none.
func openPC(string) (Speaker, error) {
	return nil, &fault.Error{
		Kind: fault.Permanent, Err: errors.New("waybill sounds PC speakers on Linux only"),
		Hint: "Use the sound of the packer's page, or speaker: bell where the station runs in a terminal.",
	}
}
