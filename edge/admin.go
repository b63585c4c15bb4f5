package edge

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"maru.dev/maru/outbox"
)

// adminPath begins the addresses of the platform itself.
const adminPath = "/_maru/"

// Admin is what the platform can do for its owner. Functions that are nil are
// not there in the mode at hand.
type Admin struct {
	Version string
	Mode    string // "developer" or "enforcing"
	Reset   func(ctx context.Context) error
	Advance func(d time.Duration) time.Time // moves the platform's clock
	Mail    func(ctx context.Context) ([]outbox.Message, error)
}

// health is the document at /_maru/health.
type health struct {
	Status   string   `json:"status"`
	Version  string   `json:"version"`
	Mode     string   `json:"mode"`
	Time     string   `json:"time"` // the platform's clock
	Uptime   float64  `json:"uptimeSeconds"`
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	Services []string `json:"services"`
}

// serveAdmin answers the platform's own addresses. It is false for those of
// data planes.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) bool {
	switch strings.TrimPrefix(r.URL.Path, adminPath) {
	case "health":
		s.only(w, r, s.serveHealth, http.MethodGet, http.MethodHead)
	case "reset":
		s.only(w, r, s.serveReset, http.MethodPost)
	case "clock":
		s.only(w, r, s.serveClock, http.MethodGet, http.MethodPost)
	case "mail":
		s.only(w, r, s.serveMail, http.MethodGet)
	default:
		return false
	}
	return true
}

// only answers methods that an address does not have.
func (s *Server) only(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc, methods ...string) {
	for _, m := range methods {
		if r.Method == m {
			serve(w, r)
			return
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	writeJSON(w, http.StatusMethodNotAllowed, message("Use "+strings.Join(methods, " or ")+"."))
}

// serveHealth tells how the platform is.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	now := s.options.Clock.Now()
	h := health{
		Status: "ok", Version: s.options.Admin.Version, Mode: s.options.Admin.Mode,
		Time: now.Format(time.RFC3339Nano), Uptime: now.Sub(s.began).Seconds(),
		Account: s.options.Verifier.Account, Region: s.options.Verifier.Region,
	}
	for _, m := range s.options.Door.Models() {
		if s.options.Door.Service(m.ID) != nil {
			h.Services = append(h.Services, m.ID)
		}
	}
	writeJSON(w, http.StatusOK, h)
}

// serveReset empties the platform.
func (s *Server) serveReset(w http.ResponseWriter, r *http.Request) {
	if s.options.Admin.Reset == nil {
		writeJSON(w, http.StatusForbidden, message("Reset is for developer mode only."))
		return
	}
	if err := s.options.Admin.Reset(r.Context()); err != nil {
		s.options.Log.ErrorContext(r.Context(), "reset", "cause", err)
		writeJSON(w, http.StatusInternalServerError, message("Reset did not succeed; the log tells why."))
		return
	}
	writeJSON(w, http.StatusOK, message("Everything is gone."))
}

// serveClock tells the platform's time, and moves it: {"advance":"1h30m"}.
func (s *Server) serveClock(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		writeJSON(w, http.StatusOK, map[string]string{"time": s.options.Clock.Now().Format(time.RFC3339Nano)})
		return
	}
	if s.options.Admin.Advance == nil {
		writeJSON(w, http.StatusForbidden, message("This clock cannot be moved: that is for developer mode only."))
		return
	}
	var in struct {
		Advance string `json:"advance"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 4<<10)).Decode(&in); err != nil {
		writeJSON(w, http.StatusBadRequest, message(`Send {"advance":"1h30m"}.`))
		return
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d <= 0 {
		writeJSON(w, http.StatusBadRequest, message("advance wants a duration above zero, such as 90s, 1h30m or 24h."))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"time": s.options.Admin.Advance(d).Format(time.RFC3339Nano)})
}

// serveMail lists what was sent to people.
func (s *Server) serveMail(w http.ResponseWriter, r *http.Request) {
	if s.options.Admin.Mail == nil {
		writeJSON(w, http.StatusForbidden, message("The outbox can be read here in developer mode only."))
		return
	}
	list, err := s.options.Admin.Mail(r.Context())
	if err != nil {
		s.options.Log.ErrorContext(r.Context(), "list mail", "cause", err)
		writeJSON(w, http.StatusInternalServerError, message("The outbox could not be read; the log tells why."))
		return
	}
	if list == nil {
		list = []outbox.Message{}
	}
	writeJSON(w, http.StatusOK, map[string][]outbox.Message{"messages": list})
}

// message is a document that says one thing.
func message(text string) map[string]string { return map[string]string{"message": text} }

// writeJSON writes one of the platform's own documents.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}
