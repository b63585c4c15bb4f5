package logs

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// readPage reads the token of a page. One that was not given for this list leads
// nowhere, and is refused.
func readPage(folder kv.Key, token string) (last string, err error) {
	last, ok := service.ReadPageToken(folder, &token)
	if !ok || token == "" {
		return "", noPage()
	}
	return last, nil
}

// noPage is the answer to a token that leads nowhere.
func noPage() error { return invalid("The specified nextToken is invalid.") }
