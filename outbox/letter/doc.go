// Package letter writes and reads e-mail in the form in which it travels: MIME.
//
// Write makes a message of its parts: a text, an HTML form of it, attachments,
// further headers. Read takes a message that someone else has made apart, as
// far as a listing needs it. Stamp gives such a message the headers that the
// service which sends it sets itself.
package letter
