package edge

import (
	"context"
	"net/http"
	"strings"

	"maru.dev/maru/wire"
)

// Buckets knows buckets. S3 implements it.
type Buckets interface {
	// HasBucket tells whether there is a bucket of a name.
	HasBucket(ctx context.Context, name string) (bool, error)
	// CORS tells what a bucket answers a browser's page: the headers of its
	// reply, or why the page may not send such a request; neither when there is
	// no such bucket.
	CORS(ctx context.Context, bucket, origin, method string, headers []string) (answer map[string]string, refusal string, err error)
}

// buckets is what knows buckets, where S3 is served.
func (s *Server) buckets() (Buckets, bool) {
	b, ok := s.options.Door.Service("s3").(Buckets)
	return b, ok
}

// bucketByPath gives an unsigned request that names no service to S3, where its
// path begins with a bucket that there is: the address of a public object, with
// maru's own host. otherwise is what is wrong with it when it does not.
func (x *exchange) bucketByPath(otherwise error) (target, error) {
	buckets, ok := x.server.buckets()
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
	default:
		ok = false
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(x.r.URL.Path, "/"), "/")
	if !ok || x.claim.Signed || x.goal.place.service != "" || name == "" {
		return x.goal, otherwise
	}
	if there, err := buckets.HasBucket(x.r.Context(), name); err != nil || !there {
		return x.goal, otherwise
	}
	return byPath(x.goal, x.server.tables.bySigning["s3"], x.r)
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
	pages, ok := s.buckets()
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
	if x.goal.api == nil || x.goal.api.model.SigningName != "s3" {
		return
	}
	origin := x.r.Header.Get("Origin")
	if origin == "" {
		return
	}
	pages, ok := x.server.buckets()
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
