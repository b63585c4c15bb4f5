package trial

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/service/states/integrate"
)

// exchanged shows the HTTP request of a task and its answer, if there were any.
func exchanged(t *integrate.HTTPTrace) (*api.InspectionDataRequest, *api.InspectionDataResponse) {
	if t.Request == nil {
		return nil, nil
	}
	protocol := "https"
	if u, err := url.Parse(t.Request.URL); err == nil {
		protocol = u.Scheme
	}
	asked := &api.InspectionDataRequest{Protocol: &protocol, Method: &t.Request.Method, Url: &t.Request.URL, Headers: headers(t.Request.Header)}
	if len(t.Request.Body) > 0 {
		asked.Body = new(string(t.Request.Body))
	}
	return asked, &api.InspectionDataResponse{
		Protocol: &protocol, StatusCode: new(strconv.Itoa(t.Reply.Status)), StatusMessage: &t.Reply.Reason,
		Headers: headers(t.Reply.Header), Body: new(string(t.Reply.Body)),
	}
}

// headers writes headers as TestState shows them.
func headers(h map[string]string) *string {
	list := make([]string, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		list = append(list, strings.ToLower(name)+": "+h[name])
	}
	return new("[" + strings.Join(list, ", ") + "]")
}
