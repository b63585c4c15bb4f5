package relay_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/outbox"
	"maru.dev/maru/outbox/relay"
	"maru.dev/maru/task"
)

// server is an SMTP server that answers RCPT by the address: "later@" for now
// refused, "never@" for good, once busy is over.
type server struct {
	net.Listener

	mu   sync.Mutex
	busy int // so many connections are turned away
	got  []string
}

func serve(t *testing.T) *server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

// talk serves one connection.
func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	say := func(line string) { _, _ = conn.Write([]byte(line + "\r\n")) }
	s.mu.Lock()
	s.busy--
	busy := s.busy >= 0
	s.mu.Unlock()
	if busy {
		say("421 busy")
		return
	}
	say("220 test")
	var to []string
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		line := lines.Text()
		switch verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0]); {
		case verb == "RCPT" && strings.Contains(line, "<never@"):
			say("550 no such user")
		case verb == "RCPT":
			to = append(to, line[strings.Index(line, "<")+1:strings.Index(line, ">")])
			say("250 ok")
		case verb == "DATA":
			say("354 go")
			body := ""
			for lines.Scan() && lines.Text() != "." {
				body += lines.Text() + "\n"
			}
			s.mu.Lock()
			s.got = append(s.got, strings.Join(to, ",")+"|"+body)
			s.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *server) mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// start runs a relay over a store until the test, or stop, ends it.
func start(t *testing.T, st *kv.Store, address string) (stop func()) {
	t.Helper()
	c := clock.NewAdjustable(0)
	source := ids.New(rand.Reader)
	tasks := task.New(task.Options{Store: st, Clock: c, IDs: source})
	r, err := relay.Open(t.Context(), relay.Options{
		Server: address, Store: st, Tasks: tasks, Clock: c, Log: slog.New(slog.DiscardHandler), Random: source.Hex,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = tasks.Run(ctx) })
	running.Go(func() { _ = r.Run(ctx) })
	done := sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(done)
	return done
}

func add(t *testing.T, st *kv.Store, m outbox.Message) {
	t.Helper()
	if m.Channel == "" {
		m.Channel = "email"
	}
	m.From = "a@example.com"
	if err := st.Update(t.Context(), func(tx *kv.Tx) error { return outbox.Add(tx, m) }); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, st *kv.Store) (all []outbox.Message) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for m, err := range outbox.List(tx) {
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMailIsPassedOnAndNoted(t *testing.T) {
	t.Parallel()
	st, s := kvtest.Open(t), serve(t)
	add(t, st, outbox.Message{ID: "old", To: []string{"x@example.com"}})
	start(t, st, s.Addr().String())
	add(t, st, outbox.Message{ID: "sms", Channel: "sms", To: []string{"+1"}})
	add(t, st, outbox.Message{ID: "unsendable", To: []string{"x@example.com"}, RelayError: "no data"})
	add(t, st, outbox.Message{ID: "raw", To: []string{"B <b@example.com>"}, Bcc: []string{"c@example.com", "never@example.com"}, Raw: []byte("Subject: raw\r\n\r\nhi\r\n")})
	add(t, st, outbox.Message{ID: "parts", To: []string{"b@example.com"}, Subject: "parts", Text: "hi"})
	testenv.Eventually(t, "both mails are noted", func() bool {
		all := list(t, st)
		return all[0].Relayed != "" && all[1].Relayed != ""
	})
	got := s.mails()
	slices.Sort(got)
	if len(got) != 2 || !strings.HasPrefix(got[0], "b@example.com,c@example.com|Subject: raw\n") || !strings.Contains(got[1], "Subject: parts\n") {
		t.Errorf("got %q", got)
	}
	all := list(t, st)
	if !strings.Contains(all[1].RelayError, "never@example.com") || all[0].RelayError != "" {
		t.Errorf("notes %q, %q", all[1].RelayError, all[0].RelayError)
	}
}

func TestABusyServerIsTriedAgain(t *testing.T) {
	t.Parallel()
	st, s := kvtest.Open(t), serve(t)
	s.busy = 1
	start(t, st, s.Addr().String())
	add(t, st, outbox.Message{ID: "m", To: []string{"b@example.com"}})
	testenv.Eventually(t, "the mail arrives", func() bool { all := list(t, st); return all[0].Relayed != "" && all[0].RelayError == "" })
	if got := s.mails(); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

func TestMailWaitsForTheNextStart(t *testing.T) {
	t.Parallel()
	st, s := kvtest.Open(t), serve(t)
	start(t, st, s.Addr().String())()
	add(t, st, outbox.Message{ID: "between", To: []string{"b@example.com"}})
	start(t, st, s.Addr().String())
	testenv.Eventually(t, "the mail arrives", func() bool { return len(s.mails()) == 1 })
}

func TestNothingIsPassedOnFromATimeWithoutRelay(t *testing.T) {
	t.Parallel()
	st, s := kvtest.Open(t), serve(t)
	start(t, st, s.Addr().String())()
	if err := relay.Off(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	add(t, st, outbox.Message{ID: "between", To: []string{"b@example.com"}})
	start(t, st, s.Addr().String())
	add(t, st, outbox.Message{ID: "after", To: []string{"c@example.com"}})
	testenv.Eventually(t, "the mail arrives", func() bool { return len(s.mails()) > 0 })
	if got := s.mails(); len(got) != 1 || !strings.HasPrefix(got[0], "c@example.com") {
		t.Errorf("got %q", got)
	}
}

func TestOpenRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "host", ":25", "user:password@host"} {
		if _, err := relay.Open(t.Context(), relay.Options{Server: text}); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
