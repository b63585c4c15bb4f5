package edge

import (
	"context"
	"net/http"
	"strings"

	"maru.dev/maru/wire"
)

// Pages tells what a bucket answers a browser's page: the headers of its reply,
// or why the page may not send such a request; neither when there is no such
// bucket. S3 implements it.
type Pages interface {
	CORS(ctx context.Context, bucket, origin, method string, headers []string) (answer map[string]string, refusal string, err error)
}

// pages is what answers for buckets, where S3 is served.
func (s *Server) pages() (Pages, bool) {
	p, ok := s.options.Door.Service("s3").(Pages)
	return p, ok
}

// bucketPreflight answers a browser's question about a bucket by the bucket's own
// rules. It is false for whatever is no bucket's.
func (s *Server) bucketPreflight(w http.ResponseWriter, r *http.Request, at place, id string) bool {
	bucket, rest := at.label, r.URL.Path
	if at.service != "" && at.service != "s3" {
		return false
	}
	if bucket == "" {
		bucket, rest, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	}
	pages, ok := s.pages()
	origin := r.Header.Get("Origin")
	if !ok || bucket == "" || origin == "" {
		return false
	}
	method := r.Header.Get("Access-Control-Request-Method")
	answer, refusal, err := pages.CORS(r.Context(), bucket, origin, method, headerList(r.Header.Get("Access-Control-Request-Headers")))
	if err != nil {
		s.options.Log.ErrorContext(r.Context(), "CORS of a bucket", "bucket", bucket, "cause", err)
		return false
	}
	if answer == nil && refusal == "" {
		return false
	}
	dropCORS(w.Header())
	if refusal == "" {
		setAll(w.Header(), answer)
		w.WriteHeader(http.StatusOK)
		return true
	}
	kind := "BUCKET"
	if strings.Trim(rest, "/") != "" {
		kind = "OBJECT"
	}
	s.refusePage(w, r, id, &wire.APIError{
		Code: "AccessForbidden", Message: refusal, Status: http.StatusForbidden,
		Fields: map[string]string{"Method": method, "ResourceType": kind},
	})
	return true
}

// refusePage writes a refusal in S3's form.
func (s *Server) refusePage(w http.ResponseWriter, r *http.Request, id string, refusal *wire.APIError) {
	x := exchange{server: s, w: w, r: r, id: id}
	if list := s.tables.bySigning["s3"]; len(list) > 0 {
		x.goal.api, x.goal.protocol, x.passed = list[0], wire.RESTXML, true
	}
	x.fail(refusal)
}

// bucketHeaders puts what a bucket tells a browser's page in the place of what
// the edge lets pages see.
func (x *exchange) bucketHeaders() {
	origin := x.r.Header.Get("Origin")
	if origin == "" || x.goal.api == nil || x.goal.api.model.SigningName != "s3" {
		return
	}
	pages, ok := x.server.pages()
	bucket := x.goal.labels["Bucket"]
	if !ok || bucket == "" {
		return
	}
	answer, refusal, err := pages.CORS(x.r.Context(), bucket, origin, x.r.Method, nil)
	if err != nil || answer == nil && refusal == "" {
		return
	}
	dropCORS(x.w.Header())
	setAll(x.w.Header(), answer)
}

// headerList reads the names in a header.
func headerList(text string) (names []string) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// dropCORS takes back what the edge has said of pages.
func dropCORS(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
			delete(h, name)
		}
	}
}

// setAll sets headers.
func setAll(h http.Header, all map[string]string) {
	for name, value := range all {
		h.Set(name, value)
	}
}
