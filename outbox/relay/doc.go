// Package relay passes the outbox's e-mail on to an SMTP server.
//
// Each message is a task, so that none is forgotten and a server that is away
// is tried again for as long as mail servers try. A cursor in the store says
// which messages have their tasks: it is moved in the transaction that adds
// them. What was in the outbox before a relay was first named stays there;
// while none is named the cursor is taken away (Off), so that naming one again
// does not send old mail.
//
// A message goes out once for each recipient unless the process ends between
// the server's acceptance and the note of it: then it goes out twice.
//
// The connection is encrypted when the server offers STARTTLS, and then its
// certificate must be good. A user's name and password are sent only then, or
// to this machine.
package relay
