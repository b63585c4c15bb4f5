package mail

import (
	"net/mail"
	"strings"
)

// address checks an address that may have a display name, and returns it bare.
// The reasons are in SES's words; "" is none.
func address(text string) (bare, reason string) {
	bare = text
	if parsed, err := (&mail.AddressParser{}).Parse(text); err == nil {
		bare = parsed.Address
	} else if open := strings.LastIndexByte(text, '<'); open >= 0 {
		inner, ok := strings.CutSuffix(strings.TrimSpace(text[open+1:]), ">")
		if !ok {
			return "", "Missing '>'"
		}
		bare = inner
	}
	at := strings.LastIndexByte(bare, '@')
	if at < 0 || at == len(bare)-1 {
		return "", "Missing final '@domain'"
	}
	local, domain := bare[:at], bare[at+1:]
	switch {
	case local == "":
		return "", "Missing local part"
	case len(local) > 64:
		return "", "Local part too long"
	case strings.ContainsFunc(local, control), !quoted(local) && strings.Contains(local, " "):
		return "", "Local address contains control or whitespace"
	}
	return bare, wrongDomain(domain)
}

// quoted says that a local part stands in quotes, where it may have spaces.
func quoted(local string) bool {
	return len(local) > 2 && strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`)
}

// control says that a character breaks lines, or is otherwise none to be read.
func control(r rune) bool { return r < ' ' || r == 0x7f }

// unprintable says that a character cannot be in an address.
func unprintable(r rune) bool { return r == ' ' || control(r) }

// wrongDomain says what is wrong with a domain, "" for nothing.
func wrongDomain(domain string) string {
	switch {
	case strings.HasPrefix(domain, "."):
		return "Domain starts with dot"
	case strings.HasSuffix(domain, "."):
		return "Domain ends with dot"
	case strings.Contains(domain, ".."):
		return "Domain contains dot-dot"
	case strings.ContainsFunc(domain, unprintable):
		return "Domain contains control or whitespace"
	case len(domain) > 255 || strings.ContainsAny(domain, "()<>,;:\\\"@"):
		return "Domain contains illegal character"
	}
	return ""
}

// isDomain says that an identity is a domain and not an address.
func isDomain(identity string) bool { return !strings.Contains(identity, "@") }
