// Package mail is the state and the rules that SES's two APIs share:
// identities, templates, and what it takes to send.
//
// # Storage
//
// Under (account, region, "ses"):
//
//	i name   → Identity
//	t name   → Template
//	a time   → attempts: recipients of a quarter of an hour, a counter
//
// A message that is accepted is an outbox.Message, written in the transaction
// that counts its recipients; package outbox/relay passes it on.
//
// # Limits
//
// As in AWS: 50 recipients a message, 40 MB a message, 20,000 templates of at
// most 500 KB, 10,000 identities.
package mail
