// Package names reads and makes the names of SNS's resources, lists what is
// stored under them, and has the errors for those that name nothing.
package names

import (
	"fmt"
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Home is the account and region that a resource lives in.
type Home struct{ Account, Region string }

// HomeOf returns where a call's own resources live.
func HomeOf(info call.Info) Home { return Home{info.Account, info.Region} }

// Key returns a key of the service.
func (h Home) Key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "sns").With(parts...)
}

// Resource returns the ARN of a resource.
func (h Home) Resource(resource string) string {
	return arn.New("sns", h.Region, h.Account, resource)
}

// Invalid is the error InvalidParameter, in SNS's form.
func Invalid(format string, args ...any) error {
	return &api.InvalidParameterException{Message: "Invalid parameter: " + fmt.Sprintf(format, args...)}
}

// NotFound is the error NotFound.
func NotFound(what string) error {
	return &api.NotFoundException{Message: what + " does not exist"}
}

// ParseARN reads an ARN of SNS that stands in a parameter.
func ParseARN(text, parameter string) (arn.ARN, error) {
	a, err := arn.Parse(text)
	if err != nil {
		if n := strings.Count(text, ":") + 1; n < 6 {
			return arn.ARN{}, Invalid("%s Reason: An ARN must have at least 6 elements, not %d", parameter, n)
		}
		return arn.ARN{}, Invalid("%s", parameter)
	}
	if a.Service != "sns" {
		return arn.ARN{}, Invalid("%s", parameter)
	}
	return a, nil
}

// PageSize is how many items a list operation returns.
const PageSize = 100

// Page calls item with a page of the rows below prefix, from where token points
// on, and returns the token of the next page.
func Page[T any](tx *kv.Tx, prefix kv.Key, token *string, item func(row kv.Row[T]) error) (*string, error) {
	r, ok := service.AfterToken(prefix, kv.Prefix(prefix), token)
	if !ok {
		return nil, Invalid("NextToken")
	}
	r.Limit = PageSize + 1
	n := 0
	var last kv.Key
	for row, err := range kv.Scan[T](tx, r) {
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		if n == PageSize {
			return service.RowToken(prefix, last), nil
		}
		if err := item(row); err != nil {
			return nil, err
		}
		last = row.Key
		n++
	}
	return nil, nil
}
