// Package w03_test deploys the service on a real maru and uses it.
package w03_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
)

// note is what the service keeps.
type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// service is the deployed example.
type service struct{ *apptest.App }

// deploy starts maru and deploys the example on it.
func deploy(t *testing.T) (service, *testenv.Proc) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	p := testenv.Process(t)
	return service{apptest.Deploy(t, p, nil)}, p
}

// ask makes a request and fails the test unless it is answered with want.
func (s service) ask(t *testing.T, want int, method, path string, body any, headers ...string) *apptest.Answer {
	t.Helper()
	answer, err := s.Ask(t.Context(), method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != want {
		t.Fatalf("%s %s: %d %s, want %d", method, path, answer.Status, answer.Body, want)
	}
	return answer
}

// list returns all notes, by ID.
func (s service) list(t *testing.T) []note {
	t.Helper()
	var notes []note
	s.ask(t, http.StatusOK, http.MethodGet, "/notes", nil).JSON(t, &notes)
	slices.SortFunc(notes, func(a, b note) int { return cmp.Compare(a.ID, b.ID) })
	return notes
}

// same fails the test unless the service keeps exactly these notes.
func (s service) same(t *testing.T, want []note) {
	t.Helper()
	if diff := gocmp.Diff(want, s.list(t)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestNotesAreKeptShownAndRemoved(t *testing.T) {
	t.Parallel()
	s, _ := deploy(t)
	s.same(t, []note{})
	s.ask(t, http.StatusNotFound, http.MethodGet, "/notes/a", nil)
	s.ask(t, http.StatusNotFound, http.MethodDelete, "/notes/a", nil)
	s.ask(t, http.StatusBadRequest, http.MethodPut, "/notes/a", map[string]string{"txt": "misspelt"})

	var got note
	s.ask(t, http.StatusOK, http.MethodPut, "/notes/a", note{Text: "first"}).JSON(t, &got)
	if want := (note{"a", "first"}); got != want {
		t.Errorf("put answered %v, want %v", got, want)
	}
	s.ask(t, http.StatusOK, http.MethodPut, "/notes/a", note{Text: "second"})
	s.ask(t, http.StatusOK, http.MethodPut, "/notes/b%20c", note{Text: "grüße ✓"})
	s.ask(t, http.StatusOK, http.MethodGet, "/notes/a", nil).JSON(t, &got)
	if want := (note{"a", "second"}); got != want {
		t.Errorf("get answered %v, want %v", got, want)
	}
	s.same(t, []note{{"a", "second"}, {"b c", "grüße ✓"}})

	if answer := s.ask(t, http.StatusNoContent, http.MethodDelete, "/notes/a", nil); len(answer.Body) > 0 {
		t.Errorf("delete answered with the body %q", answer.Body)
	}
	s.ask(t, http.StatusNotFound, http.MethodGet, "/notes/a", nil)
	s.same(t, []note{{"b c", "grüße ✓"}})
}

func TestRoutesThatAreNotThereAnswer404(t *testing.T) {
	t.Parallel()
	s, _ := deploy(t)
	for name, request := range map[string]struct{ method, path string }{
		"another path":      {http.MethodGet, "/other"},
		"another method":    {http.MethodPost, "/notes"},
		"one part too many": {http.MethodGet, "/notes/a/b"},
	} {
		t.Run(name, func(t *testing.T) {
			var body struct{ Message string }
			s.ask(t, http.StatusNotFound, request.method, request.path, nil).JSON(t, &body)
			if body.Message != "Not Found" {
				t.Errorf("message %q, want the gateway's", body.Message)
			}
		})
	}
}

func TestBrowsersOfOtherOriginsMayAsk(t *testing.T) {
	t.Parallel()
	s, _ := deploy(t)
	preflight := s.ask(t, http.StatusNoContent, http.MethodOptions, "/notes/a", nil,
		"Origin", "http://localhost:3000", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET,PUT,DELETE", "Access-Control-Allow-Headers": "content-type",
	} {
		if got := preflight.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	answer := s.ask(t, http.StatusOK, http.MethodGet, "/notes", nil, "Origin", "http://localhost:3000")
	if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("Access-Control-Allow-Origin is %q, want *", got)
	}
}

func TestAcknowledgedNotesOutliveAKill(t *testing.T) {
	t.Parallel()
	s, p := deploy(t)
	id := func(i int) string { return fmt.Sprintf("n%02d", i) }
	want := []note{}
	for i := range 20 {
		s.ask(t, http.StatusOK, http.MethodPut, "/notes/"+id(i), note{Text: "text of " + id(i)})
		if i%3 == 0 {
			s.ask(t, http.StatusNoContent, http.MethodDelete, "/notes/"+id(i), nil)
		} else {
			want = append(want, note{id(i), "text of " + id(i)})
		}
		if i == 10 {
			p.Restart()
			s.same(t, want)
		}
	}
	p.Restart()
	s.same(t, want)
}
