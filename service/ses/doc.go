// Package ses is the first API of Amazon Simple Email Service. What it shares
// with the second one (service/sesv2), that is all of its state and rules, is in
// service/ses/mail.
//
// # What becomes of a message
//
// It is accepted into the outbox (package outbox) in one transaction, to be
// read by `maru mail`, and passed on to an SMTP server where one is named
// (`maru up --smtp`).
//
// # Differences from AWS
//
//   - There is no sandbox: a sender need not be verified, nor a recipient.
//     Nothing leaves this machine unless an SMTP server is named.
//   - There is no DNS and no mailbox to look into, so an identity is verified as
//     soon as that is asked for.
//   - The daily quota and the sending rate are told and counted, not enforced.
//   - Statistics know attempts; there are no bounces and complaints.
//   - A message whose template lacks data is accepted, as in AWS. The event that
//     AWS then sends is the row's RelayError here.
//   - Configuration sets cannot be made yet, so naming one is an error. Tags of
//     messages, return paths and their ARNs are checked and have no effect.
//   - All text is sent as UTF-8, whatever Charset says.
//   - Receiving, policies, notifications and bulk templates are not there yet,
//     and answer so.
package ses
