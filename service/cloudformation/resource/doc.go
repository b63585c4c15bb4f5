// Package resource holds the resource types of CloudFormation: how each is
// made, changed and removed through the operations of its service.
//
// A type is a row in the table of Types, and a file here. Its functions are
// given a Request and reach services only through the Request's Caller. They
// are run again whenever it is not known how far they came, so each is
// idempotent for the same Request.Token: names that nobody chose are derived
// from it, and a creation that may have been done before (Request.Repeat)
// first looks for what it would make.
//
// Property values come from templates, where numbers and truth values may be
// text; what is sent to a service is fitted to the service's own model.
package resource
