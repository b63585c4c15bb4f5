package letter

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	t.Parallel()
	l := Letter{
		MessageID: "id@example.com", Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), From: "Jö <a@example.com>",
		To: []string{"b@example.com", "C D <c@example.com>"}, Cc: []string{"d@example.com"}, ReplyTo: []string{"e@example.com"},
		Subject: "Grüße\r\nBcc: evil@example.com", Text: "Hällo\nWelt", HTML: "<p>Hällo</p>", Boundary: "b",
		Headers: []Header{{"X-Kind", "welcome"}},
		Attachments: []Attachment{
			{Name: "a.txt", Type: "text/plain", Data: []byte("attached")},
			{Name: "logo.png", Type: "image/png", ContentID: "logo", Inline: true, Data: bytes.Repeat([]byte{1}, 100)},
		},
	}
	raw, err := Write(l)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := Contents{
		From: `Jö <a@example.com>`, To: []string{"b@example.com", "c@example.com"}, Cc: []string{"d@example.com"}, ReplyTo: []string{"e@example.com"},
		Subject: "Grüße Bcc: evil@example.com", Text: "Hällo\nWelt", HTML: "<p>Hällo</p>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, raw)
	}
	for _, line := range []string{"Message-ID: <id@example.com>\r\n", "X-Kind: welcome\r\n", "Content-Id: <logo>\r\n", "multipart/mixed", "multipart/related", "multipart/alternative"} {
		if !bytes.Contains(raw, []byte(line)) {
			t.Errorf("%q is missing in\n%s", line, raw)
		}
	}
}

func TestStampSetsAndHides(t *testing.T) {
	t.Parallel()
	raw := "From: a@example.com\nMessage-Id: <own>\nBcc: x@example.com,\n y@example.com\nSubject: s\n\nbody\n"
	got := string(Stamp([]byte(raw), "new@example.com", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	want := "Message-ID: <new@example.com>\r\nFrom: a@example.com\r\nSubject: s\r\nDate: Fri, 02 Jan 2026 03:04:05 +0000\r\n\nbody\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadDecodesWhatOthersWrite(t *testing.T) {
	t.Parallel()
	raw := strings.ReplaceAll(`From: =?ISO-8859-1?Q?J=F6?= <a@example.com>
To: b@example.com
Subject: =?UTF-8?B?SMOkbGxv?=
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

J=F6
--x
Content-Type: text/plain
Content-Disposition: attachment; filename=a.txt

not this
--x
Content-Type: text/html
Content-Transfer-Encoding: base64

PGI+
--x--
`, "\n", "\r\n")
	got, err := Read([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := Contents{From: "Jö <a@example.com>", To: []string{"b@example.com"}, Subject: "Hällo", Text: "Jö", HTML: "<b>"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x--\r\n"))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if _, err := Read(raw); err == nil {
			Stamp(raw, "id@example.com", time.Time{})
		}
	})
}
