package cloudtrail

import (
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/service/cloudtrail/record"
	"maru.dev/maru/service/cloudtrail/selector"
	"maru.dev/maru/wire"
)

// trail is a trail's row.
type trail struct {
	ID          string // no other trail has it, nor will
	Account     string
	Region      string // home
	Name        string
	Bucket      string
	Prefix      string            `cbor:",omitempty"`
	TopicName   string            `cbor:",omitempty"` // as it was given
	Topic       string            `cbor:",omitempty"` // ARN
	Global      bool              `cbor:",omitempty"`
	MultiRegion bool              `cbor:",omitempty"`
	Validation  bool              `cbor:",omitempty"` // digests are made
	LogGroup    string            `cbor:",omitempty"` // ARN
	LogRole     string            `cbor:",omitempty"`
	KMSKey      string            `cbor:",omitempty"`
	Tags        map[string]string `cbor:",omitempty"`
	Logging     bool              `cbor:",omitempty"`
	Started     time.Time
	Stopped     time.Time
	Selectors   selector.Set
	Insights    []insight `cbor:",omitempty"`
}

// insight is a kind of insight that a trail is to have.
type insight struct {
	Kind       string
	Categories []string `cbor:",omitempty"`
}

// home is where the trail was made.
func (t *trail) home() home { return home{t.Account, t.Region} }

// arn names the trail.
func (t *trail) arn() string { return t.home().trailARN(t.Name) }

// lane is what the trail delivers of a region's events to a place.
func (t *trail) lane(region, to string) lane {
	return lane{Account: t.Account, Trail: t.ID, Home: t.Region, Name: t.Name, Region: region, To: to}
}

// sees tells whether events of a region are the trail's business. Those of
// global services are in us-east-1.
func (t *trail) sees(c *record.Class, region string) bool {
	if !t.Logging || c.Global && !t.Global {
		return false
	}
	return t.MultiRegion || t.Region == region
}

// shape is the trail in the API's form.
func (t *trail) shape() *api.Trail {
	return &api.Trail{
		Name: &t.Name, S3BucketName: &t.Bucket, S3KeyPrefix: wire.Optional(t.Prefix), SnsTopicName: wire.Optional(t.TopicName),
		SnsTopicARN: wire.Optional(t.Topic), IncludeGlobalServiceEvents: &t.Global, IsMultiRegionTrail: &t.MultiRegion, HomeRegion: &t.Region,
		TrailARN: new(t.arn()), LogFileValidationEnabled: &t.Validation, CloudWatchLogsLogGroupArn: wire.Optional(t.LogGroup),
		CloudWatchLogsRoleArn: wire.Optional(t.LogRole), KmsKeyId: wire.Optional(t.KMSKey), IsOrganizationTrail: new(false),
		HasCustomEventSelectors: new(len(t.Selectors.Basic)+len(t.Selectors.Advanced) > 0), HasInsightSelectors: new(len(t.Insights) > 0),
	}
}

// batch is a delivery under way: its name is fixed before it is made, so that
// making it again makes the same one.
type batch struct {
	Key  string // of the object
	Upto []byte // the last row of it
	Time time.Time
}

// status is what became of a lane's deliveries.
type status struct {
	Delivered     time.Time
	DeliveryError string `cbor:",omitempty"`
	Notified      time.Time
	Digested      time.Time
	DigestError   string `cbor:",omitempty"`
}

// logFile is a delivered file that a digest will vouch for.
type logFile struct {
	Bucket string
	Key    string
	Hash   string // of the content before compression
	Oldest time.Time
	Newest time.Time
}

// chain is the state of a lane's digests.
type chain struct {
	Start     time.Time // of the next one
	Bucket    string    `cbor:",omitempty"` // of the last one
	Key       string    `cbor:",omitempty"`
	Hash      string    `cbor:",omitempty"`
	Signature string    `cbor:",omitempty"`
}

// keyPair signs a region's digests for as long as it is valid.
type keyPair struct {
	Private     []byte // PKCS #1
	Public      []byte // PKCS #1
	Fingerprint string
	From, To    time.Time
}

// at is a time that is left out when it is none.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
