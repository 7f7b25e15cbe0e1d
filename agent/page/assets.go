package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// AssetPrefix is where Assets must be served.
const AssetPrefix = "/assets/"

// assets are the files the page needs, by the two names they go by.
type assets struct {
	version string            // of all of them together
	paths   map[string]string // app.css → /assets/app.0123456789ab.css
	named   map[string]asset  // path under AssetPrefix, with and without the hash
}

type asset struct {
	body    []byte
	etag    string
	ctype   string
	forever bool // the name holds the hash, so the content never changes
}

// files is read once from what the binary carries.
var files = mustLoad()

// lean takes the comments that stand alone and the indentation from a script: they
// are for whoever reads it here. No string of a script goes over a line's end.
func lean(script []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(script) {
		if line = bytes.TrimLeft(line, " \t"); len(line) > 1 && !bytes.HasPrefix(line, []byte("//")) {
			b.Write(line)
		}
	}
	return b.Bytes()
}

// mustLoad cannot fail for a binary that was built: the files are embedded.
func mustLoad() assets {
	a := assets{paths: map[string]string{}, named: map[string]asset{}}
	all := sha256.New()
	for _, f := range []struct{ name, ctype string }{
		{"app.css", "text/css; charset=utf-8"},
		{"app.js", "text/javascript; charset=utf-8"},
		{"bench.css", "text/css; charset=utf-8"},
		{"scan.js", "text/javascript; charset=utf-8"},
		{"dock.css", "text/css; charset=utf-8"},
		{"dock.js", "text/javascript; charset=utf-8"},
		{"setup.css", "text/css; charset=utf-8"},
		{"setup.js", "text/javascript; charset=utf-8"},
		{"icon.svg", "image/svg+xml"},
	} {
		body, err := assetFiles.ReadFile("assets/" + f.name)
		if err != nil {
			panic(fmt.Sprintf("embedded asset %s: %v", f.name, err))
		}
		if path.Ext(f.name) == ".js" {
			body = lean(body)
		}
		all.Write(body)
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:6])
		ext := path.Ext(f.name)
		hashed := strings.TrimSuffix(f.name, ext) + "." + hash + ext
		one := asset{body: body, etag: `"` + hash + `"`, ctype: f.ctype}
		a.named[f.name] = one
		one.forever = true
		a.named[hashed] = one
		a.paths[f.name] = AssetPrefix + hashed
	}
	a.version = hex.EncodeToString(all.Sum(nil)[:6])
	return a
}

// Assets serves the page's style sheet, script and icon under AssetPrefix. The
// page names them with a hash of their content, so a browser may keep them for
// ever; under their plain names they are checked every time.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Assets can only be read.", http.StatusMethodNotAllowed)
			return
		}
		name, ok := strings.CutPrefix(r.URL.Path, AssetPrefix)
		f, found := files.named[name]
		if !ok || !found {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.ctype)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", f.etag)
		h.Set("Cache-Control", "no-cache")
		if f.forever {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.body))
	})
}
