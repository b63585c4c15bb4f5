package record

import (
	"slices"
	"strings"
	"sync"

	"maru.dev/maru/wire"
)

// Class is what CloudTrail makes of an operation.
type Class struct {
	Source   string // eventSource: "sqs.amazonaws.com"
	Name     string // eventName: "CreateFunction20150331"
	ReadOnly bool
	Data     string // resource type of a data event; empty: a management event
	Never    bool   // AWS does not record the operation
	Global   bool   // of a service without regions, whose events are in us-east-1
	Answers  bool   // its answer is recorded though it only reads

	service string
}

// Category is the class's eventCategory.
func (c *Class) Category() string {
	if c.Data != "" {
		return "Data"
	}
	return "Management"
}

// EventBus is the source that the class's events have on an event bus.
func (c *Class) EventBus() string { return "aws." + strings.TrimSuffix(c.Source, ".amazonaws.com") }

// Classes finds the class of an operation, and remembers it: it is asked for
// each call. The zero value is ready.
type Classes struct{ known sync.Map } // *wire.Operation → *Class

// Of returns an operation's class.
func (c *Classes) Of(model *wire.Service, op *wire.Operation) *Class {
	if known, ok := c.known.Load(op); ok {
		return known.(*Class)
	}
	class := classify(model, op.Name)
	c.known.Store(op, class)
	return class
}

// classify works out a class from the tables.
func classify(model *wire.Service, operation string) *Class {
	t := tableOf(model.ID)
	c := &Class{
		service: model.ID, Name: operation, Source: t.source, Global: t.global,
		Data: t.data[operation], Never: slices.Contains(t.never, operation), Answers: slices.Contains(t.answers, operation),
	}
	if c.Source == "" {
		c.Source = model.EndpointPrefix
	}
	c.Source += ".amazonaws.com"
	if name, ok := t.names[operation]; ok {
		c.Name = name
	}
	c.ReadOnly = reads(operation)
	if readOnly, ok := t.reads[operation]; ok {
		c.ReadOnly = readOnly
	}
	return c
}

// reads tells by an operation's name whether it only reads.
func reads(operation string) bool {
	for _, prefix := range []string{
		"BatchCheck", "BatchDescribe", "BatchGet", "Check", "Decode", "Decrypt", "Describe", "Detect", "Discover", "Estimate", "Export", "Filter",
		"Get", "Head", "List", "Lookup", "Query", "Receive", "Scan", "Search", "Select", "Simulate", "Test", "TransactGet", "Validate", "Verify",
	} {
		if rest, ok := strings.CutPrefix(operation, prefix); ok && (rest == "" || rest[0] >= 'A' && rest[0] <= 'Z') {
			return true
		}
	}
	return false
}
