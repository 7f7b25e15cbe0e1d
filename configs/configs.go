// Package configs holds the reference configuration of station and hub: the
// annotated files that ship with Waybill, the structs they fill and the checks
// they must pass.
//
// A reference file equals the defaults: what it says is what happens without it.
package configs

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"waybill/internal/strictyaml"
)

// StationReference is the annotated station.yaml.
//
//go:embed station.yaml
var StationReference []byte

// HubReference is the annotated hub.yaml.
//
//go:embed hub.yaml
var HubReference []byte

// Rules is the annotated rules.yaml: services and carrier rules.
//
//go:embed rules.yaml
var Rules []byte

// Templates holds the label templates that ship with Waybill.
//
//go:embed templates/*.yaml
var Templates embed.FS

// maxSize is more than any configuration a person writes.
const maxSize = 1 << 20

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if info.Size() > maxSize {
		return nil, fmt.Errorf("configuration %s: larger than 1 MiB, so it is not a configuration", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return data, nil
}

// beside returns path as seen from the directory of the configuration file, so
// that a configuration means the same wherever the daemon is started.
func beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// checkListen returns what is wrong with a listen address.
func checkListen(doc *strictyaml.Document, key, addr string) strictyaml.Mistakes {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return strictyaml.Mistakes{doc.Mistake(key, "%q is not host:port, as in 127.0.0.1:9630", addr)}
	}
	return nil
}

// Loopback reports whether addr, a host:port, is reachable from this machine
// alone.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// A Token is a secret that a program shows: in a file of its own, so that the
// configuration can be shown around.
type Token struct {
	Name      string `yaml:"name"`
	TokenFile string `yaml:"token_file"` // holds the token itself
	SHA256    string `yaml:"sha256"`     // or the hash of it, in hex
}

// Hash returns the SHA-256 of the token, in hex.
func (t Token) Hash() (string, error) {
	if t.SHA256 != "" {
		return strings.ToLower(t.SHA256), nil
	}
	token, err := ReadToken(t.TokenFile)
	if err != nil {
		return "", err
	}
	return HashToken(token), nil
}

// HashToken returns the SHA-256 of a token, in hex: the form in which tokens
// are kept.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ReadToken returns the token in a file, without the white space around it.
func ReadToken(path string) (string, error) {
	data, err := read(path)
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 16 {
		return "", fmt.Errorf("token file %s: the token is shorter than 16 characters; make one with: openssl rand -hex 32", path)
	}
	return token, nil
}

func checkTokens(doc *strictyaml.Document, key string, tokens []Token) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	for i, t := range tokens {
		at := fmt.Sprintf("%s[%d]", key, i)
		if t.Name == "" {
			ms = append(ms, doc.Mistake(at+".name", "required"))
		}
		if (t.TokenFile == "") == (t.SHA256 == "") {
			ms = append(ms, doc.Mistake(at, "give either token_file or sha256"))
		}
		if t.SHA256 != "" && len(t.SHA256) != 2*sha256.Size {
			ms = append(ms, doc.Mistake(at+".sha256", "want the 64 hex digits of the token's SHA-256"))
		}
	}
	return ms
}
