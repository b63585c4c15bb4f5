// Package schemas is the EventBridge schema registry: schemas of events, their
// versions, and discoverers that find them in the events of a bus.
//
// # Storage
//
// Under (account, region, "schemas"):
//
//	r name            → registry, with its policy
//	s registry name   → schema: its newest version and tags
//	v registry name n → version: its content
//	b registry name n language → binding: that code was asked for
//	d id              → discoverer
//
// The registries aws.events and discovered-schemas are always there; the latter
// gets a row when it is tagged or has a policy. A schema and its versions are
// written in one transaction.
//
// # Discovery
//
// A discoverer that runs has a rule on its bus, which a task of kind
// schemas.watch makes and removes; the task is written with the discoverer's
// change. The rule's target is the discoverer's ARN: package task leaves each of
// its events as a task of kind task.DiscoverKind, which is handled here. The shape
// that fits all events of a type so far is kept with its schema; an event that it
// does not fit makes a new version.
//
// # Limits
//
// As in AWS: contents of 100,000 characters, ten events for GetDiscoveredSchema,
// 50 tags. There may be any number of registries, schemas and versions.
//
// # Differences from AWS
//
//   - aws.events has the schemas of the events that maru's own services put on the
//     bus, inferred from examples (see package aws), each in one version; AWS's are
//     many more, and its own.
//   - Code bindings are in maru's own form: plain types in one package a schema,
//     written at once, so that they are never CREATE_IN_PROGRESS.
//   - A registry's policy is kept and shown; policies are not evaluated yet.
package schemas
