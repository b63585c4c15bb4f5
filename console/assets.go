package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
)

// built are the page's files as `make console` makes them, gzipped where that
// is smaller.
//
//go:embed assets
var built embed.FS

// policy lets the page load and call its own origin, and nothing else. Styles of
// single elements are set by scripts alone, which needs no exception.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self' blob:; frame-ancestors 'none'"

// asset is a file of the page.
type asset struct {
	kind string // media type
	tag  string
	body []byte // gzipped
}

// loadAssets reads what was built. All of it is compressed: every browser that
// runs the page takes gzip.
func loadAssets() map[string]asset {
	all := make(map[string]asset)
	entries, err := built.ReadDir("assets")
	if err != nil {
		panic(fmt.Sprintf("console: assets: %v", err)) // they are part of the program
	}
	for _, e := range entries {
		name, zipped := strings.CutSuffix(e.Name(), ".gz")
		if !zipped {
			continue
		}
		body, err := built.ReadFile("assets/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("console: assets: %v", err))
		}
		sum := sha256.Sum256(body)
		all[name] = asset{kind: mime.TypeByExtension(path.Ext(name)), tag: `"` + hex.EncodeToString(sum[:8]) + `"`, body: body}
	}
	return all
}

// serveAsset serves a file of the page. It is asked for again each time, and
// sent only when it has changed.
func (c *Console) serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	a, ok := c.assets[name]
	if !ok {
		http.Error(w, "There is no such file of the console.", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	secure(h)
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", a.tag)
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Encoding", "gzip")
	if r.Method == http.MethodGet {
		_, _ = w.Write(a.body) // the browser may be gone
	}
}

// secure sets the headers that keep others out of the page.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Del("Access-Control-Allow-Origin") // no other origin has business here
}
