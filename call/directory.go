package call

import (
	"strings"
	"sync"
	"unicode"

	"maru.dev/maru/wire"
)

// Directory finds the services behind a Caller by the names that SDKs give them.
// It is made with the Caller and looks first when it is first asked, since a
// platform adds its services one after another.
type Directory struct {
	Caller Caller

	once   sync.Once
	models map[string]*wire.Service
}

// Named returns the service that SDKs know by a name ("sfn", "eventbridge",
// "cloudwatchlogs"), or nil.
func (d *Directory) Named(name string) *wire.Service {
	d.once.Do(func() {
		d.models = make(map[string]*wire.Service)
		if known, ok := d.Caller.(interface{ Models() []*wire.Service }); ok {
			for _, m := range known.Models() {
				d.models[SDKName(m.ServiceID)] = m
			}
		}
	})
	return d.models[SDKName(name)]
}

// SDKName is the name that SDKs give a service: the letters and digits of its id,
// in small letters.
func SDKName(serviceID string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, serviceID)
}
