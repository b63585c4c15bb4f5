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

// Path is the path of the address.
func (s *Server) Path() (string, error) {
	address := string(s.URL)
	for name, v := range s.Variables {
		address = strings.ReplaceAll(address, "{"+name+"}", string(v.Default))
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("invalid server URL %q", address)
	}
	return u.Path, nil
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
