package intake

import (
	"errors"

	"golang.org/x/sys/windows"
)

// writerOf opens the file for ourselves alone, which Windows only allows while
// nobody else has it open.
func writerOf(path string) writing {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return cannotTell
	}
	h, err := windows.CreateFile(p, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION):
		return somebodyWrites
	case err != nil:
		return cannotTell
	}
	if windows.CloseHandle(h) != nil {
		return cannotTell
	}
	return nobodyWrites
}

// syncDir does nothing: Windows writes directories by itself.
func syncDir(string) error { return nil }
