// Package integrate calls services for Task states.
//
// A task's resource names a service and an action. Everything that the platform
// serves can be called: the package knows no operation by itself, but the rules
// by which AWS names them in definitions (those of the AWS SDK for Java 2),
// and walks the API's own model to convert what goes in and what comes out.
// Optimized integrations are the same calls under older names, with a few
// conveniences each (see optimized).
package integrate
