package hub

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"waybill/internal/guard"
)

//go:embed assets
var assets embed.FS

// pages are the templates and what they link to. Assets are named after their
// bytes, so that browsers may keep them for ever.
type pages struct {
	track, lost, dashboard *template.Template
	links                  assetLinks
	files                  map[string]asset
}

type asset struct {
	media string
	body  []byte
}

type assetLinks struct{ CSS, JS, Icon string }

func newPages() (*pages, error) {
	p := &pages{files: map[string]asset{}}
	for _, f := range []struct {
		file, media string
		link        *string
	}{
		{"hub.css", "text/css; charset=utf-8", &p.links.CSS},
		{"track.js", "text/javascript; charset=utf-8", &p.links.JS},
		{"icon.svg", "image/svg+xml", &p.links.Icon},
	} {
		body, err := assets.ReadFile("assets/" + f.file)
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(f.file)
		name := strings.TrimSuffix(f.file, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		p.files[name] = asset{f.media, body}
		*f.link = "/assets/" + name
	}
	for _, f := range []struct {
		file string
		tmpl **template.Template
	}{{"track.html", &p.track}, {"lost.html", &p.lost}, {"dashboard.html", &p.dashboard}} {
		t, err := template.ParseFS(assets, "assets/"+f.file)
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		*f.tmpl = t
	}
	return p, nil
}

// write sends a page, whole or not at all.
func (h *Hub) writePage(w http.ResponseWriter, r *http.Request, status int, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		h.log.ErrorContext(r.Context(), "A page could not be made because of a fault in the program. Please report it.", "page", t.Name(), "error", err)
		http.Error(w, "This page could not be made. Please try again later.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	b.WriteTo(w) //nolint:errcheck // the reader is gone
}

func (p *pages) getAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := p.files[r.PathValue("name")]
	if !ok {
		guard.Problem(w, http.StatusNotFound, "there is nothing here")
		return
	}
	w.Header().Set("Content-Type", a.media)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(a.body) //nolint:errcheck // the reader is gone
}
