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
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
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

// Samples holds an order, or whatever else it is filled with, for each label template
// that ships with Waybill.
//
//go:embed samples/*.json
var Samples embed.FS

// Sheets holds the sheets for several labels that ship with Waybill.
//
//go:embed sheets/*.yaml
var Sheets embed.FS

// maxSize is more than any configuration a person writes.
const maxSize = 1 << 20

// read reads a file that a person wrote; make is the command that makes one.
func read(what, path, make string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %s: there is no such file (make one with: %s > %s)", what, path, make, path)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s: %s is a directory (name the file in it)", what, path)
	case info.Size() > maxSize:
		return nil, fmt.Errorf("%s: %s: larger than 1 MiB, so it is none (name the right file)", what, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (give this user the right to read it)", what, err)
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

// missing returns the mistake at key where nothing is at path, which the
// configuration names; want says what should be there.
func missing(doc *strictyaml.Document, key, path, want string, dir bool) strictyaml.Mistakes {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return strictyaml.Mistakes{doc.Mistake(key, "%s does not exist; %s", path, want)}
	case err == nil && info.IsDir() != dir:
		return strictyaml.Mistakes{doc.Mistake(key, "%s is not that; %s", path, want)}
	}
	return nil // whoever opens it says what else is wrong
}

// checkListen returns what is wrong with a listen address.
func checkListen(doc *strictyaml.Document, key, addr string) strictyaml.Mistakes {
	wrong := func(format string, args ...any) strictyaml.Mistakes {
		return strictyaml.Mistakes{doc.Mistake(key, format, args...)}
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return wrong("%q is not host:port, as in 127.0.0.1:9630", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return wrong("%q: port %q: want a number from 0 to 65535", addr, port)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !isHostName(host) {
		return wrong("%q: %q is neither an IP address nor a host name", addr, host)
	}
	return nil
}

// isHostName reports whether s can be a host's name. What looks like an IP
// address is none.
func isHostName(s string) bool {
	last := s[strings.LastIndexByte(s, '.')+1:]
	return strings.Trim(last, "0123456789") != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}

// Loopback reports whether addr, a host:port, is reachable from this machine
// alone.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// foreignHost returns the first of the names that other machines can use.
func foreignHost(names []string) (foreign string, found bool) {
	for _, name := range names {
		host, _, err := net.SplitHostPort(name)
		if err != nil {
			host = name
		}
		if !loopbackHost(host) {
			return name, true
		}
	}
	return "", false
}

func checkHosts(doc *strictyaml.Document, key string, names []string) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	for i, name := range names {
		if name == "" || strings.ContainsAny(name, "/ *@") {
			ms = append(ms, doc.Mistake(fmt.Sprintf("%s[%d]", key, i), "%q: want a name, as desk.example.com, or name:port", name))
		}
	}
	return ms
}

// A Token is a secret that a program shows: in a file of its own, so that the
// configuration can be shown around.
type Token struct {
	Name      string `yaml:"name"`
	TokenFile string `yaml:"token_file"` // holds the token itself
	SHA256    string `yaml:"sha256"`     // or the hash of it, in hex

	Scopes []string `yaml:"scopes"` // what its holder may beyond the usual
}

// PrintRaw is the scope of those who may print labels of their own in ZPL.
const PrintRaw = "print:raw"

// InstructOrders is the scope of those who may hold, release and cancel orders at
// the hub.
const InstructOrders = "orders:instruct"

// checkScopes reports scopes other than the one that there is.
func checkScopes(doc *strictyaml.Document, key string, scopes []string, known string) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	for i, s := range scopes {
		if s != known {
			ms = append(ms, doc.Mistake(fmt.Sprintf("%s[%d]", key, i), "%q: want %s", s, known))
		}
	}
	return ms
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
	data, err := read("token file", path, "openssl rand -hex 32")
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 16 {
		return "", fmt.Errorf("token file %s: the token is shorter than 16 characters (make one with: openssl rand -hex 32)", path)
	}
	return token, nil
}

func checkTokens(doc *strictyaml.Document, key string, tokens []Token, scope string) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	for i, t := range tokens {
		at := fmt.Sprintf("%s[%d]", key, i)
		if t.Name == "" {
			ms = append(ms, doc.Mistake(at+".name", "required"))
		}
		if (t.TokenFile == "") == (t.SHA256 == "") {
			ms = append(ms, doc.Mistake(at, "give either token_file or sha256"))
		}
		if t.SHA256 != "" && !isSHA256(t.SHA256) {
			ms = append(ms, doc.Mistake(at+".sha256", "want the 64 hex digits of the token's SHA-256"))
		}
		ms = append(ms, checkScopes(doc, at+".scopes", t.Scopes, scope)...)
	}
	return ms
}

func isSHA256(digits string) bool {
	sum, err := hex.DecodeString(digits)
	return err == nil && len(sum) == sha256.Size
}

// ReadPassword returns the password in a file, without the end of its line.
func ReadPassword(path string) (string, error) {
	data, err := read("password file", path, "printf '%s' PASSWORD")
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(data), "\r\n")
	if password == "" {
		return "", fmt.Errorf("password file: %s: it is empty (write the password into it)", path)
	}
	return password, nil
}
