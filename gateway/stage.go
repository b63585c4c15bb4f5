package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/gateway/plan"
)

// resolveStage finds the stage: the one that the path begins with, else
// $default. A custom domain's mapping has named it already.
func resolveStage(x *exchange) *reply {
	if x.at.Stage != "" {
		x.stage = x.api.stages[x.at.Stage]
	} else {
		first, rest, _ := strings.Cut(x.path[1:], "/")
		if decoded, err := url.PathUnescape(first); err == nil {
			first = decoded
		}
		if st := x.api.stages[first]; st != nil {
			x.stage, x.path = st, "/"+rest
		} else {
			x.stage = x.api.stages[plan.DefaultStage]
		}
	}
	if x.stage == nil {
		return message(http.StatusNotFound, "Not Found")
	}
	return nil
}

// shownPath is the path as integrations see it: decoded, and with the stage's
// name before it unless that is $default or a custom domain hides it.
func (x *exchange) shownPath() string {
	path := x.path
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	if x.at.Stage != "" || x.stage.StageName == plan.DefaultStage {
		return path
	}
	return "/" + x.stage.StageName + path
}
