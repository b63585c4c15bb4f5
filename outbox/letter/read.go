package letter

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"golang.org/x/net/html/charset"
)

// maxShown is how much of a text is kept for a listing; the rest is in the
// message itself.
const maxShown = 256 << 10

// Bounds of what Read goes into. Deeper and further parts are left unread.
const (
	maxDepth = 16
	maxParts = 1000
)

// Contents are what a listing shows of a message.
type Contents struct {
	From    string
	To      []string
	Cc      []string
	Bcc     []string
	ReplyTo []string
	Subject string
	Text    string
	HTML    string
}

// Read takes a message apart. Parts that cannot be read are left out; a head
// that cannot be is an error.
func Read(raw []byte) (Contents, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Contents{}, fmt.Errorf("read head: %w", err)
	}
	words := &mime.WordDecoder{CharsetReader: decoded}
	c := Contents{From: decodeText(words, m.Header.Get("From")), Subject: decodeText(words, m.Header.Get("Subject"))}
	for _, list := range []struct {
		name string
		into *[]string
	}{{"To", &c.To}, {"Cc", &c.Cc}, {"Bcc", &c.Bcc}, {"Reply-To", &c.ReplyTo}} {
		if *list.into, err = addresses(words, m.Header[list.name]); err != nil {
			return c, fmt.Errorf("read %s: %w", list.name, err)
		}
	}
	r := reading{contents: &c}
	r.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Header.Get("Content-Disposition"), m.Body, 0)
	return c, nil
}

// decodeText reads a field's value; what is not encoded as it should be stays
// as it is.
func decodeText(words *mime.WordDecoder, value string) string {
	if text, err := words.DecodeHeader(value); err == nil {
		return text
	}
	return value
}

// addresses reads the fields of one name.
func addresses(words *mime.WordDecoder, fields []string) (list []string, err error) {
	parser := mail.AddressParser{WordDecoder: words}
	for _, field := range fields {
		if strings.TrimSpace(field) == "" {
			continue
		}
		parsed, err := parser.ParseList(field)
		if err != nil {
			return nil, err
		}
		for _, a := range parsed {
			list = append(list, a.Address)
		}
	}
	return list, nil
}

// decoded reads a charset. Its name comes from a stranger.
func decoded(name string, r io.Reader) (io.Reader, error) { return charset.NewReaderLabel(name, r) }

// reading is one walk through the parts of a message.
type reading struct {
	contents *Contents
	parts    int
}

// part reads one part, and those within it.
func (r *reading) part(kind, encoding, disposition string, body io.Reader, depth int) {
	if r.parts++; depth > maxDepth || r.parts > maxParts {
		return
	}
	if kind == "" {
		kind = "text/plain"
	}
	media, parameters, err := mime.ParseMediaType(kind)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return
	}
	if strings.HasPrefix(media, "multipart/") {
		r.inner(multipart.NewReader(body, parameters["boundary"]), depth+1)
		return
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(disposition)), "attachment") {
		return
	}
	switch {
	case media == "text/plain" && r.contents.Text == "":
		r.contents.Text = text(body, encoding, parameters["charset"])
	case media == "text/html" && r.contents.HTML == "":
		r.contents.HTML = text(body, encoding, parameters["charset"])
	}
}

// inner reads the parts of a multipart.
func (r *reading) inner(parts *multipart.Reader, depth int) {
	for r.parts <= maxParts {
		p, err := parts.NextRawPart()
		if err != nil {
			return // the end, or nothing that can be read any more
		}
		r.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p, depth)
	}
}

// text reads a text as far as a listing shows it.
func text(body io.Reader, encoding, set string) string {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if set != "" {
		if r, err := decoded(set, body); err == nil {
			body = r
		}
	}
	// Half of a text says more than none: errors end it.
	raw, _ := io.ReadAll(io.LimitReader(body, maxShown))
	return Shown(string(raw))
}

// Shown is a text as a listing keeps it: valid, of bounded length, with plain
// ends of lines.
func Shown(text string) string {
	if len(text) > maxShown {
		text = text[:maxShown]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD")
}
