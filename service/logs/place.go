package logs

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// place is where an event stands in its group: by its time, and among those of
// one time as they came in.
type place struct {
	At      int64
	Version uint64 // of the commit that brought it
	Index   int64  // in its batch
}

// compare orders places.
func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.At, q.At), cmp.Compare(p.Version, q.Version), cmp.Compare(p.Index, q.Index))
}

// String is the event's id: 56 digits, which sort as places do.
func (p place) String() string { return fmt.Sprintf("%020d%020d%016d", p.At, p.Version, p.Index) }

// readPlace reads an event's id.
func readPlace(text string) (p place, ok bool) {
	if len(text) != 56 {
		return p, false
	}
	var errs [3]error
	p.At, errs[0] = strconv.ParseInt(text[:20], 10, 64)
	p.Version, errs[1] = strconv.ParseUint(text[20:40], 10, 64)
	p.Index, errs[2] = strconv.ParseInt(text[40:], 10, 64)
	return p, errs == [3]error{}
}

// pointer is what @ptr is to a query: a group and a place in it.
func pointer(h home, groupID string, p place) string {
	return base64.RawURLEncoding.EncodeToString([]byte(h.Account + "/" + h.Region + "/" + groupID + "/" + p.String()))
}

// readPointer reads what pointer made, and nothing else.
func readPointer(text string) (h home, groupID string, p place, ok bool) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(plain), "/")
	if err != nil || len(parts) != 4 {
		return home{}, "", place{}, false
	}
	h, groupID = home{parts[0], parts[1]}, parts[2]
	p, ok = readPlace(parts[3])
	return h, groupID, p, ok && pointer(h, groupID, p) == text
}
