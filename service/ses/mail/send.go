package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/outbox/letter"
)

// What a message may be.
const (
	maxRecipients = 50
	maxSize       = 40 << 20 // bytes as it travels
	maxHeaders    = 15
)

// Mail is a request to send, in the words of neither API.
type Mail struct {
	From             string
	To, Cc, Bcc      []string
	ReplyTo          []string
	Subject          string
	Text, HTML       string
	Headers          []letter.Header
	Attachments      []letter.Attachment
	Raw              []byte   // the message, where the caller made it; then what is above may be empty
	Recipients       []string // of Raw, in place of those in its head
	Identity         string   // ARN, where the caller named one
	ConfigurationSet string
	Missing          string // why the template could not be filled in
}

// Send accepts a message, and returns its ID.
func (b *Box) Send(ctx context.Context, m Mail) (id string, err error) {
	h, now := homeOf(ctx), b.Clock.Now()
	id = h.messageID(now, b.IDs.UUID())
	message, err := b.prepare(h, m, id, now)
	if err != nil {
		return "", err
	}
	recipients := len(message.To) + len(message.Cc) + len(message.Bcc)
	err = b.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := outbox.Add(tx, message); err != nil {
			return err
		}
		return h.countAttempts(tx, now, recipients)
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// messageID makes an ID of SES's form: a mark of the region, the time, a random
// part.
func (h home) messageID(now time.Time, random string) string {
	marks := map[string]string{"us-west-2": "0101", "eu-west-1": "0102", "eu-central-1": "0107", "ap-southeast-2": "0108"}
	mark, ok := marks[h.Region]
	if !ok {
		mark = "0100"
	}
	return fmt.Sprintf("%s%012x-%s-000000", mark, now.UnixMilli(), random)
}

// domain is what follows the ID in a Message-ID field.
func (h home) domain() string {
	if h.Region == "us-east-1" {
		return "email.amazonses.com"
	}
	return h.Region + ".amazonses.com"
}

// prepare checks a message and makes its row.
func (b *Box) prepare(h home, m Mail, id string, now time.Time) (outbox.Message, error) {
	row := outbox.Message{ID: id, Channel: "email", At: now, Account: h.Account, Region: h.Region, RelayError: m.Missing}
	if m.ConfigurationSet != "" { // none can be made yet, so there is none
		return row, b.Faults.NoConfigurationSet(m.ConfigurationSet)
	}
	var err error
	if m.Raw != nil {
		err = b.fromRaw(&row, m, id+"@"+h.domain())
	} else {
		err = b.fromParts(&row, m, id+"@"+h.domain())
	}
	if err != nil {
		return row, err
	}
	if row.From == "" {
		return row, b.Faults.Invalid("Missing required header 'From'.")
	}
	from, reason := address(row.From)
	if reason != "" {
		return row, b.Faults.Invalid(reason)
	}
	row.SourceARN = h.identityARN(m.Identity, from)
	if err := b.checkRecipients(&row); err != nil {
		return row, err
	}
	if len(row.Raw) > maxSize {
		return row, b.Faults.Invalid(fmt.Sprintf("Message length is more than %d bytes long: '%d'.", maxSize, len(row.Raw)))
	}
	return row, nil
}

// fromParts makes the message.
func (b *Box) fromParts(row *outbox.Message, m Mail, messageID string) error {
	row.From, row.To, row.Cc, row.Bcc, row.ReplyTo = m.From, m.To, m.Cc, m.Bcc, m.ReplyTo
	row.Subject, row.Text, row.HTML = m.Subject, letter.Shown(m.Text), letter.Shown(m.HTML)
	if err := b.checkHeaders(m.Headers); err != nil {
		return err
	}
	if err := b.checkAttachments(m.Attachments); err != nil {
		return err
	}
	raw, err := letter.Write(letter.Letter{
		MessageID: messageID, Date: row.At, From: m.From, To: m.To, Cc: m.Cc, ReplyTo: m.ReplyTo, Subject: m.Subject,
		Text: m.Text, HTML: m.HTML, Headers: m.Headers, Attachments: m.Attachments, Boundary: b.IDs.Hex(24),
	})
	row.Raw = raw
	return err
}

// fromRaw takes the caller's message apart. Who gets it may differ from what it
// says: then those it does not name get it blindly.
func (b *Box) fromRaw(row *outbox.Message, m Mail, messageID string) error {
	c, err := letter.Read(m.Raw)
	if err != nil {
		return b.Faults.Invalid("The raw message cannot be read: " + err.Error() + ".")
	}
	row.From, row.Subject, row.Text, row.HTML, row.ReplyTo = c.From, c.Subject, c.Text, c.HTML, c.ReplyTo
	if row.From == "" || m.From != "" {
		row.From = m.From
	}
	row.To, row.Cc, row.Bcc = c.To, c.Cc, c.Bcc
	if len(m.Recipients) > 0 {
		row.To, row.Cc, row.Bcc = nil, nil, nil
		for _, r := range m.Recipients {
			bare, reason := address(r)
			switch {
			case reason != "":
				return b.Faults.Invalid(reason)
			case slices.Contains(c.To, bare):
				row.To = append(row.To, bare)
			case slices.Contains(c.Cc, bare):
				row.Cc = append(row.Cc, bare)
			default:
				row.Bcc = append(row.Bcc, bare)
			}
		}
	}
	row.Raw = letter.Stamp(m.Raw, messageID, row.At)
	return nil
}

// checkRecipients holds the addresses against the rules.
func (b *Box) checkRecipients(row *outbox.Message) error {
	all := slices.Concat(row.To, row.Cc, row.Bcc)
	switch {
	case len(all) == 0:
		return b.Faults.Invalid("Missing required header 'To'.")
	case len(all) > maxRecipients:
		return b.Faults.Invalid(fmt.Sprintf("Recipient count exceeds %d.", maxRecipients))
	}
	for _, a := range slices.Concat(all, row.ReplyTo) {
		if _, reason := address(a); reason != "" {
			return b.Faults.Invalid(reason)
		}
	}
	return nil
}

// checkHeaders refuses further fields that are no fields, or that the message
// has by other means.
func (b *Box) checkHeaders(headers []letter.Header) error {
	if len(headers) > maxHeaders {
		return b.Faults.Invalid(fmt.Sprintf("The number of headers exceeds %d.", maxHeaders))
	}
	for _, h := range headers {
		bad := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }
		if h.Name == "" || strings.ContainsFunc(h.Name, bad) || strings.ContainsAny(h.Value, "\r\n") {
			return b.Faults.Invalid("Invalid header <" + h.Name + ">.")
		}
		switch name := strings.ToLower(h.Name); name {
		case "from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "return-path", "sender":
			return b.Faults.Invalid("Header <" + h.Name + "> cannot be specified.")
		default:
			if strings.HasPrefix(name, "content-") {
				return b.Faults.Invalid("Header <" + h.Name + "> cannot be specified.")
			}
		}
	}
	return nil
}

// refusedFiles are the endings of files that SES does not send.
const refusedFiles = " ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk" +
	" mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp mst ops pcd pif" +
	" plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk "

// checkAttachments refuses files that SES refuses.
func (b *Box) checkAttachments(list []letter.Attachment) error {
	for _, a := range list {
		if a.Name == "" || strings.ContainsFunc(a.Name, func(r rune) bool { return r < ' ' }) {
			return b.Faults.Invalid("The attachment's file name is not valid.")
		}
		if strings.ContainsAny(a.Type+a.ContentID, "\r\n") {
			return b.Faults.Invalid("The attachment's headers are not valid.")
		}
		dot := strings.LastIndexByte(a.Name, '.')
		if ending := strings.ToLower(a.Name[dot+1:]); dot >= 0 && strings.Contains(refusedFiles, " "+ending+" ") {
			return b.Faults.Rejected("Attachments of type ." + ending + " are not supported.")
		}
	}
	return nil
}
