package relay

import (
	"net"
	"net/mail"
	"strings"
	"testing"
)

// Who writes a server's address may mistype it: it is refused, or read as what
// is dialled, and read so again when it is written anew.
func FuzzServer(f *testing.F) {
	for _, text := range []string{
		"localhost:25", "user:password@smtp.example.com:587", "user@host:1", "a@b:c:d@e@[::1]:25", "[fe80::1%eth0]:smtp", ":25", "host:", "@host:25", ":@host:25", "[]:25", "a:b:c", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseServer(text)
		if err != nil {
			return
		}
		host, port, err := net.SplitHostPort(s.address)
		if err != nil || host != s.host || host == "" || port == "" || !strings.HasSuffix(text, s.address) {
			t.Errorf("%q is read as %+v", text, s)
		}
		again := s.address
		if strings.Contains(text, "@") {
			again = s.user + ":" + s.password + "@" + s.address
		}
		if got, err := parseServer(again); err != nil || got != s {
			t.Errorf("%q is read as %+v, and %q as %+v", text, s, again, got)
		}
	})
}

// An address of a message stays within the command that it is put into, and is
// brought to one form: those whom a message has reached are known by it.
func FuzzBare(f *testing.F) {
	for _, text := range []string{
		"a@b", "A <a@b>", `"x, y" <"a b"@c>`, "<a@b>", "a@[127.0.0.1]", "=?utf-8?q?a?= <a@b>", "\r\nRCPT TO:<x>", `"a\"b"@c`, `"a@b> X=Y <"@c`, "<@x:a@b>", "a@b (c)", "ü@b", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := bare(text)
		if again := bare(once); again != once {
			t.Errorf("%q is %q, and that %q", text, once, again)
		}
		if _, err := mail.ParseAddress(text); err != nil {
			return
		}
		if to, err := mail.ParseAddress("<" + once + ">"); err != nil || strings.ContainsAny(once, "\r\n") {
			t.Errorf("%q is %q, which ends elsewhere: %v, %v", text, once, to, err)
		}
	})
}
