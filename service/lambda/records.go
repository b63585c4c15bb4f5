package lambda

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"strconv"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/blob"
)

// latest is the version that code and configuration changes go to.
const latest = "$LATEST"

// function is a function's own row: $LATEST and what all versions share.
type function struct {
	home
	Name        string
	Latest      version
	LastVersion uint64 // of the last one published; numbers are never used again
	// Published says that $LATEST is what LastVersion was published from.
	Published bool
	Tags      map[string]string
	Reserved  *int32 // reserved concurrency
	Recursion string // "" is Terminate
	UpdateOn  string // runtime management; "" is Auto
}

// version is code with its configuration: $LATEST, or a published one that
// never changes.
type version struct {
	Version      string
	Description  string
	Role         string
	Revision     string
	LastModified time.Time
	settings
}

// settings is what makes two versions the same or not.
type settings struct {
	Runtime, Handler  string
	Timeout           int32
	Memory            int32
	Ephemeral         int32
	Environment       map[string]string
	HasEnvironment    bool
	Layers            []layerUse
	Code              archive
	Architectures     []string
	DeadLetter        string
	Tracing           string
	VPC               *api.VpcConfig
	KMSKey            string
	FileSystems       []api.FileSystemConfig
	SnapStart         string
	LogFormat         string
	AppLogLevel       string
	SystemLogLevel    string
	LogGroup          string
	DeadLetterPresent bool
}

// archive is a zip in the blob store.
type archive struct {
	Ref    blob.Ref
	Size   int64
	SHA256 string // base64, as AWS tells it
}

// layerUse is a layer version that a function uses.
type layerUse struct {
	ARN  string
	Code archive
}

// same says whether two versions would behave the same.
func (s settings) same(t settings) bool { return reflect.DeepEqual(s, t) }

// fingerprint names the environments that may serve this version: everything
// that a running process has taken in.
func (v *version) fingerprint() string { return v.Revision }

// layersName names the merged folder of the version's layers, or is "".
func (v *version) layersName() string {
	if len(v.Layers) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, l := range v.Layers {
		sum.Write([]byte(l.Code.Ref + "\n"))
	}
	return "layers-" + hex.EncodeToString(sum.Sum(nil))
}

// alias is a name for a version.
type alias struct {
	Name        string
	Version     string
	Description string
	Weights     map[string]float64 // of other versions
	Revision    string
}

// policy is a resource policy.
type policy struct {
	Revision   string
	Statements []statement
}

// statement is one entry of a policy, in the JSON form that AWS shows.
type statement struct {
	Sid       string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Principal any                          `json:"Principal"`
	Action    string                       `json:"Action"`
	Resource  string                       `json:"Resource"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

// invokeConfig says how asynchronous invocations of a qualifier are retried.
type invokeConfig struct {
	Qualifier    string
	Retries      *int32
	MaxAge       *int32 // seconds
	OnSuccess    string
	OnFailure    string
	Destinations bool // a DestinationConfig was given
	LastModified time.Time
}

// functionURL is a function's own HTTP address.
type functionURL struct {
	home
	ID           string
	Name         string
	Qualifier    string
	AuthType     string
	InvokeMode   string
	Cors         *api.Cors
	Created      time.Time
	LastModified time.Time
}

// layer is a layer's own row.
type layer struct {
	Name        string
	LastVersion uint64
}

// layerVersion is one version of a layer.
type layerVersion struct {
	Name          string
	Version       uint64
	Description   string
	License       string
	Runtimes      []string
	Architectures []string
	Code          archive
	Created       time.Time
	Policy        policy
}

// newRevision returns a fresh revision id.
func (s *Service) newRevision() string { return s.IDs.UUID() }

// sha256Base64 is a content hash as AWS tells it: the blob store's, in base64.
func sha256Base64(ref blob.Ref) string {
	sum, err := hex.DecodeString(string(ref))
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(sum)
}

// number reads a version number; ok is false for $LATEST and aliases.
func number(version string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(version, 10, 64)
	return n, err == nil && n > 0
}
