// Package machine keeps state machines: their revisions, versions and aliases.
//
// # Rows
//
// Below account, region, "states":
//
//	m name           → Machine    with the settings of its current revision
//	d name rev part  → bytes      a revision's definition, in parts
//	r name rev       → Revision   its other settings; neither ever changes
//	v name number    → Version    a revision that was published
//	a name alias     → Alias
//
// A machine that was deleted stays, as DELETING, until its executions are gone;
// all of its rows go with it.
package machine
