package standard

import (
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/machine"
)

// Key is an execution's identity.
type Key struct {
	machine.Home
	Scope string // "machine", or "machine/label"
	Name  string
}

// ARN returns the execution's ARN.
func (k Key) ARN() string { return k.Home.ARN("execution:" + k.Scope + ":" + k.Name) }

// Machine is the name of the state machine.
func (k Key) Machine() string {
	name, _, _ := strings.Cut(k.Scope, "/")
	return name
}

// Label is the label of the Map state that started it; "" for none.
func (k Key) Label() string {
	_, label, _ := strings.Cut(k.Scope, "/")
	return label
}

// ParseARN reads an execution's ARN.
func ParseARN(text string) (Key, bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "states" {
		return Key{}, false
	}
	parts := strings.Split(a.Resource, ":")
	if len(parts) != 3 || parts[0] != "execution" || parts[1] == "" || parts[2] == "" {
		return Key{}, false
	}
	return Key{machine.Home{Account: a.Account, Region: a.Region}, parts[1], parts[2]}, true
}

func (k Key) key() kv.Key                 { return k.Key("x", k.Scope, k.Name) }
func (k Key) events() kv.Key              { return k.Key("e", k.Scope, k.Name) }
func (k Key) chunkKey(first int64) kv.Key { return k.Key("e", k.Scope, k.Name, first) }

// Topic is woken when the execution ends.
func (k Key) Topic() kv.Key { return kv.NewKey("", "", "topic", k.ARN()) }

// Execution is what is kept of an execution beside its history.
type Execution struct {
	Key      Key           `cbor:"-"`
	Status   engine.Status `cbor:"1,keyasint"`
	Started  int64         `cbor:"2,keyasint"` // milliseconds of 1970
	Stopped  int64         `cbor:"3,keyasint,omitempty"`
	Revision string        `cbor:"4,keyasint"`
	Version  int64         `cbor:"5,keyasint,omitempty"`
	Alias    string        `cbor:"6,keyasint,omitempty"`
	Role     string        `cbor:"7,keyasint"`
	Trace    string        `cbor:"8,keyasint,omitempty"`
	// Header is the trace header that the caller gave.
	Header string `cbor:"9,keyasint,omitempty"`
	// Output is the event that holds the output.
	Output int64   `cbor:"10,keyasint,omitempty"`
	Error  *string `cbor:"11,keyasint,omitempty"`
	Cause  *string `cbor:"12,keyasint,omitempty"`

	Redrives   int64  `cbor:"13,keyasint,omitempty"`
	RedrivenAt int64  `cbor:"14,keyasint,omitempty"`
	RedriveID  string `cbor:"15,keyasint,omitempty"` // the client's token

	// Once names the call that started it among its repetitions.
	Once string `cbor:"16,keyasint,omitempty"`
	// Parent is the token of the task that waits for it.
	Parent string `cbor:"17,keyasint,omitempty"`
	// Run is the map run that started it, Item its place there.
	Run   string `cbor:"18,keyasint,omitempty"`
	Item  int64  `cbor:"19,keyasint,omitempty"`
	Items int64  `cbor:"20,keyasint,omitempty"` // how many items it has

	State engine.State `cbor:"21,keyasint"`
	// Tracing tells that its machine is traced.
	Tracing bool `cbor:"22,keyasint,omitempty"`
}

// list is the index that the execution stands in.
func (x *Execution) list() string {
	if x.Run != "" {
		return x.Run
	}
	return x.Key.Scope
}

// indexKey is its place in the index.
func (x *Execution) indexKey() kv.Key {
	return x.Key.Key("s", x.list(), int64(x.Status), x.Started, x.Key.Name)
}

// VersionARN is the ARN of the version it was started with, if any.
func (x *Execution) VersionARN() string {
	if x.Version == 0 {
		return ""
	}
	return x.Key.MachineARN(x.Key.Machine()) + ":" + strconv.FormatInt(x.Version, 10)
}

// AliasARN is the ARN of the alias it was started with, if any.
func (x *Execution) AliasARN() string {
	if x.Alias == "" {
		return ""
	}
	return x.Key.MachineARN(x.Key.Machine()) + ":" + x.Alias
}

// MachineARN is the ARN of its state machine; of what a map run started, with
// the label.
func (x *Execution) MachineARN() string { return x.Key.MachineARN(x.Key.Scope) }

// At is a time that is kept in milliseconds.
func At(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
