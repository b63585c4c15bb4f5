package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one entry of a parameter mapping: what is done to which header,
// query parameter, path or status.
type Change struct {
	Action Action
	Place  Place
	Name   string // of the header or query parameter
	Value  Value
}

// Action is what a Change does.
type Action string

// The actions.
const (
	Append    Action = "append"
	Overwrite Action = "overwrite"
	Remove    Action = "remove"
)

// Place is where a Change does it.
type Place string

// The places.
const (
	Header     Place = "header"
	Query      Place = "querystring"
	Path       Place = "path"
	StatusCode Place = "statuscode"
)

// ParseChanges reads the request or response parameters of an HTTP
// integration, in a fixed order: removals, then overwriting, then additions.
func ParseChanges(parameters map[string]string, side Side) ([]Change, error) {
	var list []Change
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		c, err := ParseChange(key, parameters[key], side)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b Change) int { return order(a.Action) - order(b.Action) })
	return list, nil
}

// order is the place of an action among others of a mapping.
func order(a Action) int {
	switch a {
	case Remove:
		return 0
	case Overwrite:
		return 1
	default:
		return 2
	}
}

// ParseChange reads one entry: "append:header.x" and its value.
func ParseChange(key, value string, side Side) (Change, error) {
	invalid := fmt.Errorf("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: %s]", key)
	action, target, ok := strings.Cut(key, ":")
	if !ok {
		return Change{}, invalid
	}
	place, name, named := strings.Cut(target, ".")
	c := Change{Action: Action(action), Place: Place(place), Name: name}
	switch c.Action {
	case Append, Overwrite, Remove:
	default:
		return Change{}, invalid
	}
	switch c.Place {
	case Header:
		ok = named && isToken(name)
		if ok && Reserved(name) {
			return Change{}, fmt.Errorf("Operations on header %s are restricted", name)
		}
	case Query:
		ok = named && name != "" && side == OfRequest
	case Path:
		ok = !named && c.Action == Overwrite && side == OfRequest
	case StatusCode:
		ok = !named && c.Action == Overwrite && side == OfResponse
	default:
		ok = false
	}
	if !ok {
		return Change{}, invalid
	}
	if c.Action == Remove {
		return c, nil // the value does not matter: "''" by convention
	}
	var err error
	c.Value, err = ParseValue(value, side)
	return c, err
}

// isToken tells what may be a header's name.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if !isWord(c) && strings.IndexByte("!#$%&'*+-.^`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// Reserved tells the headers that mappings must leave alone.
func Reserved(header string) bool {
	h := strings.ToLower(header)
	for _, prefix := range [...]string{"access-control-", "apigw-", "x-amz-", "x-amzn-"} {
		if strings.HasPrefix(h, prefix) {
			return true
		}
	}
	switch h {
	case "authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded",
		"keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
		"upgrade", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via":
		return true
	}
	return false
}
