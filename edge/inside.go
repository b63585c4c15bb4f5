package edge

import (
	"net/http"
	"strings"

	"maru.dev/maru/call"
)

// Inside is a data plane's way to the services of the server that it is mounted
// on: to those that it asks over HTTP on somebody's behalf.
type Inside struct{ server *Server }

// ServeAs answers a request as it would be answered at the host that it names
// (sqs.us-east-1.amazonaws.com), but for who calls: that is whom info tells, without
// proof. The request's own signature, if it has one, is not looked at.
func (i *Inside) ServeAs(w http.ResponseWriter, r *http.Request, info call.Info) {
	s := i.server
	id := s.options.IDs.UUID()
	defer s.recoverPanic(w, r, id)
	at, ok := parseHost(r.Host, s.tables.known)
	info.RequestID = id
	x := exchange{server: s, w: w, r: r, id: id, began: s.options.Clock.Now(), goal: target{place: at}, info: info, vouched: true}
	if !ok { // the answer tells which service there is not
		x.claim.Service, _, _ = strings.Cut(r.Host, ".")
	}
	x.raw = s.newBody(w, r)
	defer x.raw.release()
	x.serve()
}
