package s3

import (
	"strconv"
	"time"

	"maru.dev/maru/wire"
)

// fault is an error of S3 with further elements, given as name, value, ….
func fault(status int, code, message string, fields ...string) *wire.APIError {
	e := &wire.APIError{Code: code, Message: message, Status: status}
	for i := 0; i+1 < len(fields); i += 2 {
		if e.Fields == nil {
			e.Fields = make(map[string]string)
		}
		e.Fields[fields[i]] = fields[i+1]
	}
	return e
}

func noSuchBucket(name string) error {
	return fault(404, "NoSuchBucket", "The specified bucket does not exist", "BucketName", name)
}

func noSuchKey(key string) *wire.APIError {
	return fault(404, "NoSuchKey", "The specified key does not exist.", "Key", key)
}

func noSuchVersion(key, versionID string) error {
	return fault(404, "NoSuchVersion", "The specified version does not exist.", "Key", key, "VersionId", versionID)
}

func noSuchUpload(id string) error {
	return fault(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", "UploadId", id)
}

func accessDenied() error { return fault(403, "AccessDenied", "Access Denied") }

func invalidRequest(message string) error {
	return fault(400, "InvalidRequest", message)
}

func invalidArgument(name, value, message string) error {
	return fault(400, "InvalidArgument", message, "ArgumentName", name, "ArgumentValue", value)
}

func malformedXML() error {
	return fault(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

func invalidVersionID(id string) error {
	return invalidArgument("versionId", id, "Invalid version id specified")
}

func preconditionFailed(condition string) error {
	return fault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", "Condition", condition)
}

func keyTooLong(size int) error {
	return fault(400, "KeyTooLongError", "Your key is too long", "Size", strconv.Itoa(size), "MaxSizeAllowed", strconv.Itoa(maxKeyBytes))
}

// implied is S3's answer to a header whose function it does not have.
func implied(header string) error {
	return fault(501, "NotImplemented", "A header you provided implies functionality that is not implemented", "Header", header)
}

// notModified is an answer rather than a fault: the client's copy is good.
func notModified(o *object, versionID *string) error {
	h := map[string][]string{"Etag": {*quoted(o.ETag)}, "Last-Modified": {httpTime(o.Modified)}}
	if versionID != nil {
		h["X-Amz-Version-Id"] = []string{*versionID}
	}
	return &wire.APIError{Code: "NotModified", Message: "Not Modified", Status: 304, Header: h}
}

// httpTime writes a time as headers do.
func httpTime(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }
