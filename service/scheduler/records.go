package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
)

// defaultGroup is the group that every region has.
const defaultGroup = "default"

// group is a schedule group's row.
type group struct {
	Name     string
	State    string
	Created  time.Time
	Modified time.Time
	Tags     map[string]string `cbor:",omitempty"`
	Token    string            `cbor:",omitempty"` // of the request that made it
	Request  string            `cbor:",omitempty"` // and that request's fingerprint
}

// record is a schedule's row.
type record struct {
	Group       string
	Name        string
	Expression  string
	Timezone    string
	Description string    `cbor:",omitempty"`
	Start       time.Time // zero: none
	End         time.Time
	State       string
	Window      time.Duration // of flexible time; zero: off
	After       string        // ActionAfterCompletion
	KMSKey      string        `cbor:",omitempty"`
	Target      api.Target
	Created     time.Time
	Modified    time.Time

	Anchor  time.Time // from when a rate is counted that has no start
	Edition string    // a new one with each change of when it is due; see doc.go
	Ended   bool      `cbor:",omitempty"` // it has fired for the last time
	Token   string    // client token of the last request that wrote it
	Request string    // and that request's fingerprint
}

// fingerprint tells whether two requests are the same but for their token.
func fingerprint(in any) (string, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("fingerprint request: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// loadGroup reads a group that must be there and not be on its way out. The
// default one always is.
func loadGroup(tx *kv.Tx, h home, name string) (group, error) {
	g, ok, err := kv.Get[group](tx, h.groupKey(name))
	switch {
	case err != nil:
		return g, fmt.Errorf("load schedule group: %w", err)
	case ok:
		return g, nil
	case name == defaultGroup:
		return group{Name: name, State: api.ScheduleGroupStateActive}, nil
	}
	return g, &api.ResourceNotFoundException{Message: "Schedule group " + name + " does not exist."}
}

// loadSchedule reads a schedule that must be there, in a group that must be.
func loadSchedule(tx *kv.Tx, h home, in, name string) (record, error) {
	s, ok, err := kv.Get[record](tx, h.scheduleKey(in, name))
	switch {
	case err != nil:
		return s, fmt.Errorf("load schedule: %w", err)
	case ok:
		return s, nil
	}
	if _, err := loadGroup(tx, h, in); err != nil {
		return s, err
	}
	return s, &api.ResourceNotFoundException{Message: "Schedule " + name + " does not exist."}
}

// optionalTime is a time that is left out when zero.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// invalid is the answer to a request that breaks a rule.
func invalid(format string, args ...any) error {
	return &api.ValidationException{Message: fmt.Sprintf(format, args...)}
}
