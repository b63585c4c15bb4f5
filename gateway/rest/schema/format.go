package schema

import (
	"errors"
	"net/mail"
	"net/url"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// errFormat is that a text has not the format that it should have.
var errFormat = errors.New("not of the format")

// formats are those that API Gateway's validator takes otherwise than the library
// does: it knows no others of dates and addresses than those of draft 4.
func formats() []*jsonschema.Format {
	all := []*jsonschema.Format{
		{Name: "date-time", Validate: onText(isDateTime)},
		{Name: "email", Validate: onText(isEmail)},
		{Name: "uri", Validate: onText(isURI)},
	}
	for _, unknown := range []string{
		"date", "time", "duration", "period", "iri", "uri-reference", "iri-reference", "uri-template", "relative-json-pointer", "semver",
	} {
		all = append(all, &jsonschema.Format{Name: unknown, Validate: func(any) error { return nil }})
	}
	return all
}

// onText applies a check to texts only.
func onText(ok func(text string) bool) func(any) error {
	return func(v any) error {
		if text, isText := v.(string); isText && !ok(text) {
			return errFormat
		}
		return nil
	}
}

// isDateTime takes seconds, or thousandths of them.
func isDateTime(text string) bool {
	for _, layout := range []string{"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000Z0700", "2006-01-02T15:04:05.000Z07:00"} {
		if _, err := time.Parse(layout, text); err == nil && len(text) <= len("2006-01-02T15:04:05.000+07:00") {
			return true
		}
	}
	return false
}

// isEmail takes an address without a name.
func isEmail(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

// isURI takes what may be relative.
func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && text != "::" && u.String() == text
}
