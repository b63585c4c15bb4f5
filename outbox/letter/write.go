package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Letter is an e-mail in its parts. Texts are UTF-8.
type Letter struct {
	MessageID   string // without angle brackets
	Date        time.Time
	From        string // addresses may have display names
	To          []string
	Cc          []string
	ReplyTo     []string
	Subject     string
	Text        string
	HTML        string
	Headers     []Header // further ones
	Attachments []Attachment
	Boundary    string // random letters and digits, between parts
}

// Header is a field of a message's head.
type Header struct{ Name, Value string }

// Attachment is a file within a message.
type Attachment struct {
	Name        string
	Type        string // MIME type; application/octet-stream when empty
	Description string
	ContentID   string // for HTML that shows it, without angle brackets
	Inline      bool
	Data        []byte
}

// part is a node of a MIME tree: a head and the body under it.
type part struct {
	head textproto.MIMEHeader
	body []byte
}

// Write makes the message's bytes, lines ended by CRLF.
func Write(l Letter) ([]byte, error) {
	root, err := l.body()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%s: %s\r\n", name, value)
		}
	}
	field("Date", l.Date.UTC().Format(time.RFC1123Z))
	if l.MessageID != "" {
		field("Message-ID", "<"+l.MessageID+">")
	}
	field("From", encodeAddress(l.From))
	field("To", encodeAddresses(l.To))
	field("Cc", encodeAddresses(l.Cc))
	field("Reply-To", encodeAddresses(l.ReplyTo))
	field("Subject", encodeText(l.Subject))
	for _, h := range l.Headers {
		field(h.Name, encodeText(h.Value))
	}
	field("MIME-Version", "1.0")
	for _, name := range partFields() {
		field(name, root.head.Get(name))
	}
	out.WriteString("\r\n")
	out.Write(root.body)
	return out.Bytes(), nil
}

// partFields are the fields of a part's head, in the order in which they are
// written.
func partFields() []string {
	return []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-Description", "Content-Id"}
}

// body builds the tree: the forms of the text beside each other, with what
// they show, and the files after them.
func (l Letter) body() (part, error) {
	var forms []part
	if l.Text != "" || l.HTML == "" {
		forms = append(forms, textPart("text/plain", l.Text))
	}
	if l.HTML != "" {
		forms = append(forms, textPart("text/html", l.HTML))
	}
	root, err := l.join("alternative", "a", forms)
	if err != nil {
		return part{}, err
	}
	related, mixed := []part{root}, []part(nil)
	for _, a := range l.Attachments {
		if a.Inline && a.ContentID != "" {
			related = append(related, a.part())
		} else {
			mixed = append(mixed, a.part())
		}
	}
	if root, err = l.join("related", "r", related); err != nil {
		return part{}, err
	}
	return l.join("mixed", "m", append([]part{root}, mixed...))
}

// join puts parts into a multipart of a kind; one part needs none.
func (l Letter) join(kind, mark string, parts []part) (part, error) {
	if len(parts) == 1 {
		return parts[0], nil
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.SetBoundary("=_" + mark + "_" + l.Boundary); err != nil {
		return part{}, fmt.Errorf("write message: %w", err)
	}
	for _, p := range parts {
		to, err := w.CreatePart(p.head)
		if err != nil {
			return part{}, fmt.Errorf("write message: %w", err)
		}
		if _, err := to.Write(p.body); err != nil {
			return part{}, fmt.Errorf("write message: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return part{}, fmt.Errorf("write message: %w", err)
	}
	head := textproto.MIMEHeader{}
	head.Set("Content-Type", mime.FormatMediaType("multipart/"+kind, map[string]string{"boundary": w.Boundary()}))
	return part{head, body.Bytes()}, nil
}

// textPart is a form of the text.
func textPart(kind, text string) part {
	head := textproto.MIMEHeader{}
	head.Set("Content-Type", kind+"; charset=UTF-8")
	if plain(text) {
		head.Set("Content-Transfer-Encoding", "7bit")
		return part{head, []byte(crlf(text))}
	}
	head.Set("Content-Transfer-Encoding", "quoted-printable")
	var body bytes.Buffer
	w := quotedprintable.NewWriter(&body)
	_, _ = w.Write([]byte(crlf(text))) // a buffer takes everything
	_ = w.Close()
	return part{head, body.Bytes()}
}

// plain tells whether a text can travel as it is: ASCII, in lines that every
// server passes on.
func plain(text string) bool {
	line := 0
	for i := range len(text) {
		c := text[i]
		if c == '\n' {
			line = 0
			continue
		}
		if line++; c >= 0x80 || c == 0 || line > 900 {
			return false
		}
	}
	return true
}

// crlf ends all lines in CRLF.
func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// part is the attachment's place in the tree.
func (a Attachment) part() part {
	head := textproto.MIMEHeader{}
	kind := a.Type
	if kind == "" {
		kind = "application/octet-stream"
	}
	head.Set("Content-Type", kind)
	if plainType, parameters, err := mime.ParseMediaType(kind); err == nil {
		parameters["name"] = a.Name
		head.Set("Content-Type", mime.FormatMediaType(plainType, parameters))
	}
	disposition := "attachment"
	if a.Inline {
		disposition = "inline"
	}
	head.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": a.Name}))
	head.Set("Content-Transfer-Encoding", "base64")
	if a.Description != "" {
		head.Set("Content-Description", encodeText(a.Description))
	}
	if a.ContentID != "" {
		head.Set("Content-Id", "<"+strings.Trim(a.ContentID, "<>")+">")
	}
	encoded := base64.StdEncoding.EncodeToString(a.Data)
	var body bytes.Buffer
	for len(encoded) > 76 {
		body.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	body.WriteString(encoded + "\r\n")
	return part{head, body.Bytes()}
}

// encodeText writes a field's value in ASCII, on one line: what breaks lines
// would begin another field.
func encodeText(value string) string {
	value = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ").Replace(value)
	return mime.QEncoding.Encode("UTF-8", value)
}

// encodeAddress writes an address, its name in ASCII. What is no address stays
// as it is, on one line.
func encodeAddress(text string) string {
	a, err := mail.ParseAddress(text)
	switch {
	case err != nil:
		return encodeText(text)
	case a.Name == "":
		return a.Address
	}
	return a.String()
}

// encodeAddresses writes a list of addresses, one a line.
func encodeAddresses(list []string) string {
	encoded := make([]string, len(list))
	for i, a := range list {
		encoded[i] = encodeAddress(a)
	}
	return strings.Join(encoded, ",\r\n ")
}
