// Package codec has the codec of each protocol.
package codec

import (
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/awsjson"
	"maru.dev/maru/wire/query"
	"maru.dev/maru/wire/rest"
	"maru.dev/maru/wire/rpcv2cbor"
)

// Set holds one codec of each protocol, with the buffers that it reuses.
type Set struct{ codecs map[wire.Protocol]wire.Codec }

// NewSet returns a Set.
func NewSet() *Set {
	return &Set{codecs: map[wire.Protocol]wire.Codec{
		wire.AWSJSON:  awsjson.New(),
		wire.Query:    query.New(),
		wire.EC2Query: query.NewEC2(),
		wire.RESTJSON: rest.NewJSON(),
		wire.RESTXML:  rest.NewXML(),
		wire.RPCv2:    rpcv2cbor.New(),
	}}
}

// For returns the codec of a protocol, or nil for one that there is not.
func (s *Set) For(p wire.Protocol) wire.Codec { return s.codecs[p] }
