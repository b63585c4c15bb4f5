package events

import (
	"encoding/json"
	"time"

	api "maru.dev/maru/api/events"
)

// bus is an event bus as it is stored. The default bus has a record only once
// something of it was changed.
type bus struct {
	Description *string               `cbor:"d,omitempty"`
	KMSKey      *string               `cbor:"k,omitempty"`
	DeadLetter  *api.DeadLetterConfig `cbor:"l,omitempty"`
	Log         *api.LogConfig        `cbor:"o,omitempty"`
	Policy      []json.RawMessage     `cbor:"p,omitempty"` // statements
	Tags        map[string]string     `cbor:"t,omitempty"`
	Created     time.Time             `cbor:"c"`
	Modified    time.Time             `cbor:"m"`
}

// rule is a rule with its targets as it is stored.
type rule struct {
	Pattern     string            `cbor:"p,omitempty"`
	Schedule    string            `cbor:"s,omitempty"`
	State       string            `cbor:"e"`
	Description *string           `cbor:"d,omitempty"`
	RoleARN     *string           `cbor:"r,omitempty"`
	ManagedBy   string            `cbor:"m,omitempty"`
	CreatedBy   string            `cbor:"c"`
	Tags        map[string]string `cbor:"t,omitempty"`
	Targets     []api.Target      `cbor:"g,omitempty"` // by id
	Anchor      time.Time         `cbor:"a"`           // from when a rate counts
}

// enabled tells whether the rule does anything.
func (r *rule) enabled() bool { return r.State != api.RuleStateDisabled }

// reads tells whether the rule gets the calls that change nothing, too.
func (r *rule) reads() bool {
	return r != nil && r.State == api.RuleStateEnabledWithAllCloudtrailManagementEvents
}

// archive is an archive as it is stored. Its events are filed under its ID,
// since another archive may get its name.
type archive struct {
	ID          string    `cbor:"i"`
	Source      string    `cbor:"s"` // ARN of the bus
	Description *string   `cbor:"d,omitempty"`
	Pattern     string    `cbor:"p,omitempty"`
	Retention   int32     `cbor:"r,omitempty"` // days; 0 is for ever
	KMSKey      *string   `cbor:"k,omitempty"`
	Created     time.Time `cbor:"c"`
}

// replay is a replay as it is stored.
type replay struct {
	Description *string               `cbor:"d,omitempty"`
	Archive     string                `cbor:"a"` // ARN
	ArchiveID   string                `cbor:"i"`
	Destination api.ReplayDestination `cbor:"t"`
	From, To    time.Time
	State       string     `cbor:"s"`
	Reason      string     `cbor:"r,omitempty"`
	Last        *time.Time `cbor:"l,omitempty"` // time of the event replayed last
	Cursor      []byte     `cbor:"k,omitempty"` // key of that event
	Started     time.Time  `cbor:"b"`
	Ended       *time.Time `cbor:"e,omitempty"`
}
