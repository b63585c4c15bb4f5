package machine

import (
	"fmt"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
)

// Home is the account and region that a state machine lives in.
type Home struct{ Account, Region string }

// Key returns a key of the service.
func (h Home) Key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "states").With(parts...)
}

// ARN returns the ARN of a resource of the service.
func (h Home) ARN(resource string) string { return arn.New("states", h.Region, h.Account, resource) }

// MachineARN returns the ARN of a state machine.
func (h Home) MachineARN(name string) string { return h.ARN("stateMachine:" + name) }

// Machine is a state machine as it is now.
type Machine struct {
	Name     string
	Created  time.Time
	Deleting bool              `cbor:",omitempty"`
	Tags     map[string]string `cbor:",omitempty"`
	Current  Revision
	Versions int64 `cbor:",omitempty"` // the last one's number
	// Published is the version of the current revision; 0: none.
	Published int64 `cbor:",omitempty"`
	// Last is the latest version there is; 0: none.
	Last int64 `cbor:",omitempty"`
}

// Revision is a definition with the settings that executions take from it.
type Revision struct {
	ID         string // of our own making; the API has none for the first one
	First      bool   `cbor:",omitempty"`
	Updated    time.Time
	Express    bool `cbor:",omitempty"`
	Role       string
	Logging    *api.LoggingConfiguration    `cbor:",omitempty"`
	Tracing    bool                         `cbor:",omitempty"`
	Encryption *api.EncryptionConfiguration `cbor:",omitempty"`
}

// Initial is how requests name the first revision.
const Initial = "INITIAL"

// Version is a revision that was published under a number.
type Version struct {
	Number      int64
	Revision    string
	Description *string `cbor:",omitempty"`
	Created     time.Time
}

// Alias is a name for one version, or two that share what is started.
type Alias struct {
	Name             string
	Description      *string `cbor:",omitempty"`
	Routes           []Route
	Created, Updated time.Time
}

// Route is an alias's share for a version.
type Route struct {
	Version int64
	Weight  int32
}

// Prepared is a revision, ready to run. It is shared and never changed.
type Prepared struct {
	Revision
	Machine    string // name
	Definition string
	Tree       *asl.Machine
	// Levels of loggingConfiguration: what is to be logged, and where.
	LogLevel string
	LogData  bool
	LogGroup string
}

// MachineKey and the others are the places of records.
func (h Home) MachineKey(name string) kv.Key { return h.Key("m", name) }

// RevisionKey is the place of a revision's settings.
func (h Home) RevisionKey(name, revision string) kv.Key { return h.Key("r", name, revision) }

// VersionKey is the place of a version.
func (h Home) VersionKey(name string, number int64) kv.Key { return h.Key("v", name, number) }

// AliasKey is the place of an alias.
func (h Home) AliasKey(name, alias string) kv.Key { return h.Key("a", name, alias) }

// partSize is how much of a definition one row holds.
const partSize = 512 << 10

// PutRevision writes a revision, which is there once and for all.
func PutRevision(tx *kv.Tx, h Home, name string, r Revision, definition string) error {
	for part := 0; part == 0 || len(definition) > 0; part++ {
		n := min(partSize, len(definition))
		if err := tx.Put(h.Key("d", name, r.ID, part), []byte(definition[:n])); err != nil {
			return err
		}
		definition = definition[n:]
	}
	return kv.Put(tx, h.RevisionKey(name, r.ID), r)
}

// Definition reads a revision's definition.
func Definition(tx *kv.Tx, h Home, name, revision string) (string, error) {
	var text []byte
	for pair, err := range tx.Scan(kv.Prefix(h.Key("d", name, revision))) {
		if err != nil {
			return "", fmt.Errorf("load definition: %w", err)
		}
		text = append(text, pair.Value...)
	}
	return string(text), nil
}

// Load reads a state machine; ok is false where there is none.
func Load(tx *kv.Tx, h Home, name string) (m Machine, ok bool, err error) {
	m, ok, err = kv.Get[Machine](tx, h.MachineKey(name))
	if err != nil {
		err = fmt.Errorf("load state machine: %w", err)
	}
	return m, ok, err
}

// Remove takes a state machine away with everything but its executions.
func Remove(tx *kv.Tx, h Home, name string) error {
	for _, folder := range []string{"d", "r", "v", "a"} {
		if err := tx.DeleteRange(kv.Prefix(h.Key(folder, name))); err != nil {
			return err
		}
	}
	return tx.Delete(h.MachineKey(name))
}
