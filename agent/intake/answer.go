package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// answerName returns the name of the answer beside the file: NAME.csv has
// NAME.error.json.
func answerName(name, suffix string) string {
	return strings.TrimSuffix(name, filepath.Ext(name)) + suffix
}

// freeName returns a name for a file in dir that neither it nor its answer has
// to share: name itself, or name with a count before its ending. An answer that
// an earlier try of the same claim has written counts as free.
func freeName(dir, name, suffix, claim string) (string, error) {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for n := 1; n < 100_000; n++ {
		try := name
		if n > 1 {
			try = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		if taken, err := exists(filepath.Join(dir, try)); err != nil {
			return "", err
		} else if taken {
			continue
		}
		answer := filepath.Join(dir, answerName(try, suffix))
		taken, err := exists(answer)
		if err != nil {
			return "", err
		}
		if !taken || claimOf(answer) == claim {
			return try, nil
		}
	}
	return "", fmt.Errorf("100000 files named %q are there already", name)
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// claimOf returns which claim an answer was written for.
func claimOf(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	var a struct {
		Claim string `json:"claim"`
	}
	if json.Unmarshal(data, &a) != nil {
		return ""
	}
	return a.Claim
}

// writeDurably writes a file under a passing name and renames it once it is on
// disk, so that nobody reads half of it.
func writeDurably(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".answer-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o640), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
