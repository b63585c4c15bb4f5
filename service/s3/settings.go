package s3

// The kinds of a bucket's configurations that have a row of their own.
const (
	settingOwnership  = "ownership"
	settingTags       = "tags"
	settingPolicy     = "policy"
	settingCORS       = "cors"
	settingWebsite    = "website"
	settingEncryption = "encryption"
	settingLifecycle  = "lifecycle"
	settingPublic     = "public"
)
