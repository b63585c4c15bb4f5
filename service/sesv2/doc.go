// Package sesv2 is the second API of Amazon Simple Email Service. Its state and
// rules are service/ses/mail, which service/ses shares: what one API stores the
// other shows. The package comment of service/ses tells what becomes of a
// message, and how all of this differs from AWS.
//
// Beyond that: contact lists, suppression lists, dedicated addresses, import and
// export jobs and the like are not there yet, and answer so; list management
// options need a contact list, so naming one is an error. DKIM keys that a
// caller brings along are taken note of, not used: nothing is signed.
package sesv2
