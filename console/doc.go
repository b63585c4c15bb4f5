// Package console is the web console at /_maru/: one page, and the API that it
// calls.
//
// # The API
//
//	POST /_maru/api/<service>/<Operation>   an AWS operation, in the model's own member names
//	POST /_maru/api/console/<model>         what no AWS operation tells; see models.go
//	GET  /_maru/api/console/<model>         what the browser fetches itself: an object, a letter
//
// Every operation goes through the door, as the page's principal: in developer
// mode the root of the account that the page has chosen, in enforcing mode
// whoever has signed in. Read models and streams are made from the services'
// own operations and seams (Peeker, …), never from their rows.
//
// # Signing in
//
// In enforcing mode the page signs a request for a session (Signature Version 4,
// service "maru", in the browser, so that the secret stays there) and gets a
// cookie: the access key's id and an end, under a MAC whose key is in the store.
// So sessions outlive a restart and are good on every node, and a key that is
// removed or made inactive ends its sessions at once. A cookie is HttpOnly,
// SameSite=Strict and good for an hour; using it renews it.
//
// # Strangers' pages
//
// A page from elsewhere can neither read nor act: requests need a header and a
// content type that a browser sends across origins only after asking (and is
// told no), Origin and Sec-Fetch-Site must be this origin's, and in developer
// mode the host's name must be this machine's, so that a name that is bound
// anew leads nowhere. The page itself runs no inline script, loads nothing from
// elsewhere and cannot be framed.
//
// # Storage
//
//	"" "" console secret → 32 bytes, the key of the sessions' MAC
//
// # The page
//
// web/ holds its source; `make console` builds it into assets/, which is
// committed, so that Go alone builds maru. assets/sources names the sources that
// it was built from, and a test compares.
package console
