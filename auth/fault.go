package auth

import (
	"net/http"

	"maru.dev/maru/wire"
)

// FaultKind says what is wrong with a request's signature.
type FaultKind uint8

// The kinds of fault, by the name that most services give them.
const (
	Missing           FaultKind = iota // no signature at all
	Incomplete                         // IncompleteSignature
	BadQuery                           // S3: AuthorizationQueryParametersError
	Mismatch                           // SignatureDoesNotMatch
	UnknownKey                         // InvalidClientTokenId
	BadToken                           // the session token is not the key's
	Expired                            // the session is over
	Skewed                             // signed too long ago, or in the future
	NotSigned                          // a header that must be signed is not
	PresignExpired                     // the presigned request's time is over
	PayloadMismatch                    // S3: XAmzContentSHA256Mismatch
	MissingHash                        // S3: x-amz-content-sha256 is not there
	ChunkMismatch                      // the signature of a chunk or trailer
	IncompleteBody                     // a chunked body that ends early or is malformed
	MissingDecodedLen                  // S3: x-amz-decoded-content-length is not there
)

// Fault is why a request's caller is not believed.
type Fault struct { //nolint:errname // it is a fault, in a vocabulary that In chooses
	Kind   FaultKind
	Detail string // AWS's words, where they depend on the request
}

// Error is for logs.
func (f *Fault) Error() string { return f.In(Query).Error() }

// Dialect is the vocabulary in which a service speaks of faults.
type Dialect uint8

// The dialects.
const (
	Query Dialect = iota
	JSON
	S3
)

// words is one row of the table of faults.
type words struct {
	code    string
	status  int
	message string
}

// Texts that several faults share.
const (
	tokenInvalid  = "The security token included in the request is invalid."
	mismatchWords = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	missingWords  = "Request is missing Authentication Token. Sign it with any credentials in developer mode (aws configure set aws_access_key_id test), or with the key of a user or the root in enforcing mode."
	chunkLength   = "You did not provide the number of bytes specified by the Content-Length HTTP header"
)

// queryWords is the vocabulary of query services.
func queryWords(k FaultKind) words {
	switch k {
	case Missing:
		return words{"MissingAuthenticationToken", http.StatusForbidden, missingWords}
	case Incomplete, BadQuery, MissingHash:
		return words{"IncompleteSignature", http.StatusBadRequest, "The request signature does not conform to AWS standards."}
	case UnknownKey, BadToken:
		return words{"InvalidClientTokenId", http.StatusForbidden, tokenInvalid}
	case Expired:
		return words{"ExpiredToken", http.StatusForbidden, "The security token included in the request is expired"}
	case IncompleteBody, MissingDecodedLen:
		return words{"IncompleteBody", http.StatusBadRequest, chunkLength}
	default:
		return words{"SignatureDoesNotMatch", http.StatusForbidden, mismatchWords}
	}
}

// jsonWords is the vocabulary of JSON services.
func jsonWords(k FaultKind) words {
	switch k {
	case Missing:
		return words{"MissingAuthenticationTokenException", http.StatusForbidden, missingWords}
	case Incomplete, BadQuery, MissingHash:
		return words{"IncompleteSignatureException", http.StatusBadRequest, "The request signature does not conform to AWS standards."}
	case UnknownKey, BadToken:
		return words{"UnrecognizedClientException", http.StatusForbidden, tokenInvalid}
	case Expired:
		return words{"ExpiredTokenException", http.StatusForbidden, "The security token included in the request is expired"}
	case IncompleteBody, MissingDecodedLen:
		return words{"IncompleteBody", http.StatusBadRequest, chunkLength}
	default:
		return words{"InvalidSignatureException", http.StatusForbidden, mismatchWords}
	}
}

// s3Words is S3's vocabulary.
func s3Words(k FaultKind) words {
	switch k {
	case Missing:
		return words{"AccessDenied", http.StatusForbidden, "Access Denied"}
	case Incomplete:
		return words{"AuthorizationHeaderMalformed", http.StatusBadRequest, "The authorization header is malformed."}
	case BadQuery:
		return words{"AuthorizationQueryParametersError", http.StatusBadRequest, "Error parsing the X-Amz-Credential parameter."}
	case UnknownKey:
		return words{"InvalidAccessKeyId", http.StatusForbidden, "The AWS Access Key Id you provided does not exist in our records."}
	case BadToken:
		return words{"InvalidToken", http.StatusBadRequest, "The provided token is malformed or otherwise invalid."}
	case Expired:
		return words{"ExpiredToken", http.StatusBadRequest, "The provided token has expired."}
	case Skewed:
		return words{"RequestTimeTooSkewed", http.StatusForbidden, "The difference between the request time and the current time is too large."}
	case NotSigned:
		return words{"AccessDenied", http.StatusForbidden, "There were headers present in the request which were not signed"}
	case PresignExpired:
		return words{"AccessDenied", http.StatusForbidden, "Request has expired"}
	case PayloadMismatch:
		return words{"XAmzContentSHA256Mismatch", http.StatusBadRequest, "The provided 'x-amz-content-sha256' header does not match what was computed."}
	case MissingHash:
		return words{"InvalidRequest", http.StatusBadRequest, "Missing required header for this request: x-amz-content-sha256"}
	case IncompleteBody:
		return words{"IncompleteBody", http.StatusBadRequest, chunkLength}
	case MissingDecodedLen:
		return words{"MissingContentLength", http.StatusLengthRequired, "You must provide the Content-Length HTTP header."}
	default:
		return words{"SignatureDoesNotMatch", http.StatusForbidden, "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	}
}

// In words f for a kind of service.
func (f *Fault) In(d Dialect) *wire.APIError {
	plain := queryWords(f.Kind)
	w := plain
	switch d {
	case Query:
	case JSON:
		w = jsonWords(f.Kind)
	case S3:
		w = s3Words(f.Kind)
	}
	err := &wire.APIError{Code: w.code, Message: w.message, Status: w.status}
	if d == JSON {
		err.QueryCode = plain.code
	}
	// S3 words a skewed time the same for all; elsewhere the detail tells it.
	if f.Detail != "" && (d != S3 || f.Kind != Skewed && f.Kind != NotSigned) {
		err.Message = f.Detail
	}
	return err
}
