package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/outbox"
	"maru.dev/maru/outbox/letter"
)

// How long to wait for a server: for a connection, and for all that is said
// over it.
const (
	dialTimeout = 20 * time.Second
	talkTimeout = 4 * time.Minute
)

// errForGood marks what no further attempt can change.
var errForGood = errors.New("refused for good")

// server is where mail goes.
type server struct {
	address        string // host:port
	host           string
	user, password string
}

// parseServer reads [user:password@]host:port.
func parseServer(text string) (server, error) {
	var s server
	s.address = text
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		s.user, s.password, _ = strings.Cut(text[:at], ":")
		s.address = text[at+1:]
	}
	host, port, err := net.SplitHostPort(s.address)
	if err != nil || host == "" || port == "" {
		return s, errors.New("SMTP server: want HOST:PORT, or USER:PASSWORD@HOST:PORT")
	}
	s.host = host
	return s, nil
}

// recipients are the bare addresses that a message is still to reach.
func recipients(m outbox.Message, o outbox.Outcome) (left []string) {
	for _, to := range slices.Concat(m.To, m.Cc, m.Bcc) {
		to = bare(to)
		if _, refused := o.Refused[to]; !refused && !slices.Contains(o.Done, to) && !slices.Contains(left, to) {
			left = append(left, to)
		}
	}
	return left
}

// bare is an address without its display name, as it stands in a command: a name
// that holds a space or a bracket is quoted, so that it ends where it ends.
func bare(address string) string {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return address
	}
	a.Name = ""
	return strings.TrimSuffix(strings.TrimPrefix(a.String(), "<"), ">")
}

// send makes one attempt for some recipients, and notes in o for whom it
// succeeded and for whom it never will.
func (r *Relay) send(ctx context.Context, m outbox.Message, to []string, o *outbox.Outcome) error {
	raw, err := r.bytes(m)
	if err != nil {
		return fmt.Errorf("%w: %w", errForGood, err)
	}
	// The limit is of the machine's time, not of the application's.
	ctx, cancel := context.WithTimeout(ctx, talkTimeout)
	defer cancel()
	client, err := r.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()                         // Quit says whether all was well
	defer context.AfterFunc(ctx, func() { _ = client.Close() })() // a silent server holds nobody up
	if err := client.Mail(bare(m.From)); err != nil {
		return permanent("sender", err)
	}
	accepted, later := r.offer(client, to, o)
	if len(accepted) == 0 {
		return later
	}
	data, err := client.Data()
	if err != nil {
		return permanent("message", err)
	}
	if _, err := data.Write(raw); err != nil {
		return fmt.Errorf("message: %w", err)
	}
	if err := data.Close(); err != nil {
		return permanent("message", err)
	}
	o.Done = append(o.Done, accepted...)
	_ = client.Quit() // the message is theirs
	return later
}

// offer names the recipients. later says why some are to be tried again.
func (r *Relay) offer(client *smtp.Client, to []string, o *outbox.Outcome) (accepted []string, later error) {
	for _, address := range to {
		err := client.Rcpt(address)
		var reply *textproto.Error
		switch {
		case err == nil:
			accepted = append(accepted, address)
		case errors.As(err, &reply) && reply.Code >= 500 || strings.ContainsAny(address, "\r\n"):
			if o.Refused == nil {
				o.Refused = make(map[string]string)
			}
			o.Refused[address] = err.Error()
		default:
			later = fmt.Errorf("recipient %s: %w", address, err)
		}
	}
	return accepted, later
}

// permanent tells replies that will not change from those that may.
func permanent(of string, err error) error {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 500 {
		return fmt.Errorf("%s %w: %w", of, errForGood, err)
	}
	return fmt.Errorf("%s: %w", of, err)
}

// dial connects, encrypts and signs in.
func (r *Relay) dial(ctx context.Context) (*smtp.Client, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", r.server.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	client, err := smtp.NewClient(conn, r.server.host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := r.prepare(client); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}

// prepare encrypts and signs in.
func (r *Relay) prepare(client *smtp.Client) error {
	if ok, _ := client.Extension("STARTTLS"); ok {
		if err := client.StartTLS(&tls.Config{ServerName: r.server.host, MinVersion: tls.VersionTLS12}); err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
	}
	if r.server.user == "" {
		return nil
	}
	if err := client.Auth(smtp.PlainAuth("", r.server.user, r.server.password, r.server.host)); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// bytes is the message as it travels: as its sender made it, or made of its
// parts.
func (r *Relay) bytes(m outbox.Message) ([]byte, error) {
	if m.Raw != nil {
		return m.Raw, nil
	}
	return letter.Write(letter.Letter{
		MessageID: m.ID + "@maru", Date: m.At, From: m.From, To: m.To, Cc: m.Cc, ReplyTo: m.ReplyTo,
		Subject: m.Subject, Text: m.Text, HTML: m.HTML, Boundary: r.Random(24),
	})
}
