package openapi

import (
	"fmt"
	"net/url"
	"strings"
)

// Server is an address of the API in OpenAPI 3: its path is the base path.
type Server struct {
	URL       Text                `json:"url"`
	Variables map[string]Variable `json:"variables"`
}

// Variable is a variable of a server's address.
type Variable struct {
	Default Text `json:"default"`
}

// maxAddress is how long the address of a server may be, before and after its
// variables are filled in: they could make a short one huge.
const maxAddress = 8 << 10

// Path is the path of the address.
func (s *Server) Path() (string, error) {
	address, ok := s.address()
	u, err := url.Parse(address)
	if err != nil || !ok {
		return "", fmt.Errorf("invalid server URL %.100q", address)
	}
	return u.Path, nil
}

// address is the URL with the values of its variables, in which none are looked
// for, and whether it is not too long.
func (s *Server) address() (string, bool) {
	if len(s.URL) > maxAddress {
		return string(s.URL), false
	}
	var b strings.Builder
	rest := string(s.URL)
	for b.Len() <= maxAddress {
		before, after, open := strings.Cut(rest, "{")
		b.WriteString(before)
		if !open {
			break
		}
		name, behind, closed := strings.Cut(after, "}")
		if v, known := s.Variables[name]; closed && known {
			b.WriteString(string(v.Default))
			rest = behind
		} else {
			b.WriteByte('{')
			rest = after
		}
	}
	return b.String(), b.Len() <= maxAddress
}

// Prefix is what stands before all paths of an API whose document has this base
// path: nothing by the mode "ignore" (also when empty), the base path by
// "prepend", and by "split" what follows its first segment.
func Prefix(base, mode string) (string, error) {
	path := strings.Trim(base, "/")
	switch mode {
	case "", "ignore":
		return "", nil
	case "prepend":
	case "split":
		_, path, _ = strings.Cut(path, "/")
	default:
		return "", fmt.Errorf("invalid base path mode %q: want ignore, prepend or split", mode)
	}
	if path == "" {
		return "", nil
	}
	return "/" + path, nil
}
