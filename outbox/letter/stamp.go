package letter

import (
	"bytes"
	"strings"
	"time"
)

// Stamp gives a message that its sender made the ID and, unless it has one, the
// date that the service sets, and takes out what is for the service alone:
// blind copies and the return path.
func Stamp(raw []byte, messageID string, date time.Time) []byte {
	var head bytes.Buffer
	head.WriteString("Message-ID: <" + messageID + ">\r\n")
	dated, dropping := false, false
	rest := raw
	for len(rest) > 0 {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line = rest[:end+1]
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		rest = rest[len(line):]
		if line[0] != ' ' && line[0] != '\t' { // else it continues the field before
			name, _, _ := strings.Cut(string(line), ":")
			name = strings.ToLower(strings.TrimSpace(name))
			dropping = name == "message-id" || name == "bcc" || name == "return-path"
			dated = dated || name == "date"
		}
		if !dropping {
			head.Write(bytes.TrimRight(line, "\r\n"))
			head.WriteString("\r\n")
		}
	}
	if !dated {
		head.WriteString("Date: " + date.UTC().Format(time.RFC1123Z) + "\r\n")
	}
	if len(rest) == 0 {
		head.WriteString("\r\n")
	}
	return append(head.Bytes(), rest...)
}
