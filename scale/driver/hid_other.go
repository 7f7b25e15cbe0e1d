//go:build !linux

package driver

import (
	"context"
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/scale"
)

func openHID(_ context.Context, o scale.Options) (scale.Scale, error) {
	return nil, &fault.Error{
		Op: fmt.Sprintf("scale %q at %s", o.Name, o.Link), Kind: fault.Invalid,
		Err: errors.New("scales of this kind are read on Linux only"), Hint: "Use a scale on a serial line.",
	}
}

func hidAppears(string) []string { return nil }
