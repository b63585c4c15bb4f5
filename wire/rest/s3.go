package rest

import (
	"net/http"
	"reflect"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/xmlvalue"
)

// s3 is the service whose rest-xml is older than the protocol, and differs in
// what this file has.
const s3 = "s3"

// s3Root names the documents of S3 whose element the model does not name, or
// returns "".
func s3Root(operation string) string {
	switch operation {
	case "ListBuckets", "ListDirectoryBuckets":
		return "ListAllMyBucketsResult"
	case "ListObjects", "ListObjectsV2":
		return "ListBucketResult"
	case "ListObjectVersions":
		return "ListVersionsResult"
	case "ListMultipartUploads":
		return "ListMultipartUploadsResult"
	case "ListParts":
		return "ListPartsResult"
	case "CreateMultipartUpload":
		return "InitiateMultipartUploadResult"
	case "CompleteMultipartUpload":
		return "CompleteMultipartUploadResult"
	case "DeleteObjects":
		return "DeleteResult"
	case "GetBucketAcl", "GetObjectAcl":
		return "AccessControlPolicy"
	case "GetBucketTagging", "GetObjectTagging":
		return "Tagging"
	case "GetBucketVersioning":
		return "VersioningConfiguration"
	case "GetBucketCors":
		return "CORSConfiguration"
	case "GetBucketLifecycleConfiguration", "GetBucketLifecycle":
		return "LifecycleConfiguration"
	case "GetBucketNotificationConfiguration", "GetBucketNotification":
		return "NotificationConfiguration"
	case "GetBucketWebsite":
		return "WebsiteConfiguration"
	case "GetBucketLogging":
		return "BucketLoggingStatus"
	case "GetBucketRequestPayment":
		return "RequestPaymentConfiguration"
	case "GetBucketAccelerateConfiguration":
		return "AccelerateConfiguration"
	case "GetObjectAttributes":
		return "GetObjectAttributesResponse"
	case "CreateSession":
		return "CreateSessionResult"
	}
	return ""
}

// appendLocation writes the answer of GetBucketLocation: the one member is the
// document itself, and empty in the first region.
func appendLocation(dst []byte, svc *wire.Service, t *wire.Type, v reflect.Value) []byte {
	text := ""
	if value, ok := t.Fields[0].Of(v); ok {
		text = value.String()
	}
	dst = append(append(append(dst, `<LocationConstraint xmlns="`...), svc.XMLNS...), '"', '>')
	return xmlvalue.Close(xmlvalue.Escape(dst, text), "LocationConstraint")
}

// appendS3Error writes S3's error document: no namespace, no envelope.
func appendS3Error(dst []byte, svc *wire.Service, fault wire.Error, w *wire.Response) ([]byte, error) {
	dst = append(dst, "<Error>"...)
	dst = xmlvalue.Leaf(dst, "Code", fault.ErrorCode())
	dst = xmlvalue.Leaf(dst, "Message", fault.ErrorMessage())
	dst, err := xmlvalue.FaultMembers(dst, svc, fault)
	dst = xmlvalue.Leaf(dst, "RequestId", w.RequestID)
	dst = xmlvalue.Leaf(dst, "HostId", w.HostID)
	return append(dst, "</Error>"...), err
}

// partialContent gives a reply that is a range of an object its status, for
// which the model has no place.
func partialContent(w *wire.Response) {
	if _, ranged := w.Header["Content-Range"]; ranged && w.Status == http.StatusOK {
		w.Status = http.StatusPartialContent
	}
}

// malformedXML is S3's answer to a body that it cannot read.
func malformedXML() error {
	return &wire.APIError{
		Code: "MalformedXML", Status: http.StatusBadRequest,
		Message: "The XML you provided was not well-formed or did not validate against our published schema",
	}
}

// badArgument is S3's answer to a query parameter or header of the wrong kind.
func badArgument(f *wire.Field, text string) error {
	message := "Invalid argument"
	switch f.Type.Shape.Kind {
	case wire.Integer, wire.Long:
		message = "Provided " + f.Wire + " not an integer or within integer range"
	}
	return &wire.APIError{
		Code: "InvalidArgument", Message: message,
		Fields: map[string]string{"ArgumentName": f.Wire, "ArgumentValue": text},
	}
}
