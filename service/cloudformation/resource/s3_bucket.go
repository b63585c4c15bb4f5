package resource

import (
	"context"
	"fmt"
	"strings"
)

// s3Bucket is AWS::S3::Bucket.
func s3Bucket() *Type {
	return &Type{
		Name: "AWS::S3::Bucket",
		Properties: `AbacStatus~ AccelerateConfiguration~ AccessControl AnalyticsConfigurations~ BucketEncryption BucketName!
			CorsConfiguration IntelligentTieringConfigurations~ InventoryConfigurations~ LifecycleConfiguration LoggingConfiguration~
			MetadataConfiguration~ MetadataTableConfiguration~ MetricsConfigurations~ NotificationConfiguration
			ObjectLockConfiguration~ ObjectLockEnabled~ OwnershipControls PublicAccessBlockConfiguration ReplicationConfiguration~
			Tags VersioningConfiguration WebsiteConfiguration`,
		Attributes: "Arn DomainName DualStackDomainName RegionalDomainName WebsiteURL",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("BucketName", naming{max: 63, lower: true})
			if err := r.createBucket(ctx, name); err != nil {
				return Result{}, err
			}
			r.ID = name
			return r.bucket(), r.bucketSettings(ctx)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			return r.bucket(), r.bucketSettings(ctx)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "s3", "DeleteBucket", obj{"Bucket": r.ID})
			return forget(err)
		},
	}
}

// createBucket makes the bucket. S3 in us-east-1 gives an owned bucket back,
// so whether there is one is asked first.
func (r *Request) createBucket(ctx context.Context, name string) error {
	if !r.Repeat && r.Props["BucketName"] != nil {
		if _, err := r.do(ctx, "s3", "HeadBucket", obj{"Bucket": name}); err == nil {
			return alreadyExists(name)
		}
	}
	in := obj{"Bucket": name}
	if r.Region != "us-east-1" {
		in["CreateBucketConfiguration"] = obj{"LocationConstraint": r.Region}
	}
	if acl := r.str("AccessControl"); acl != "" {
		in["ACL"] = cannedACL(acl)
	}
	_, err := r.do(ctx, "s3", "CreateBucket", in)
	return r.adopt(err)
}

// cannedACL writes an AccessControl as the API does: PublicRead, public-read.
func cannedACL(s string) string {
	var b strings.Builder
	for i, c := range s {
		if c >= 'A' && c <= 'Z' && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}

// bucket is what a template sees of a bucket.
func (r *Request) bucket() Result {
	return Result{ID: r.ID, Attributes: obj{
		"Arn":                 "arn:" + r.Partition + ":s3:::" + r.ID,
		"DomainName":          r.ID + ".s3.amazonaws.com",
		"DualStackDomainName": r.ID + ".s3.dualstack." + r.Region + ".amazonaws.com",
		"RegionalDomainName":  r.ID + ".s3." + r.Region + ".amazonaws.com",
		"WebsiteURL":          "http://" + r.ID + ".s3-website-" + r.Region + ".amazonaws.com",
	}}
}

// bucketSetting is a property that is set by one operation and removed by
// another.
type bucketSetting struct {
	property    string
	put, remove string // operations; without remove the setting is put empty
	input       func(v any) obj
}

// bucketSettingsTable lists the settings in the order in which they are set.
func bucketSettingsTable() []bucketSetting {
	return []bucketSetting{
		{"OwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls", func(v any) obj {
			return obj{"OwnershipControls": obj{"Rules": at(v, "Rules")}}
		}},
		{"PublicAccessBlockConfiguration", "PutPublicAccessBlock", "DeletePublicAccessBlock", func(v any) obj {
			return obj{"PublicAccessBlockConfiguration": v}
		}},
		{"VersioningConfiguration", "PutBucketVersioning", "", func(v any) obj {
			if v == nil {
				v = obj{"Status": "Suspended"}
			}
			return obj{"VersioningConfiguration": v}
		}},
		{"BucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption", encryptionInput},
		{"CorsConfiguration", "PutBucketCors", "DeleteBucketCors", corsInput},
		{"LifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", lifecycleInput},
		{"WebsiteConfiguration", "PutBucketWebsite", "DeleteBucketWebsite", websiteInput},
		{"NotificationConfiguration", "PutBucketNotificationConfiguration", "", notificationInput},
	}
}

// bucketSettings brings the bucket's settings and tags up to date.
func (r *Request) bucketSettings(ctx context.Context) error {
	for _, s := range bucketSettingsTable() {
		if !r.changed(s.property) {
			continue
		}
		in, operation := obj{}, s.put
		if v := r.Props[s.property]; v == nil && s.remove != "" {
			operation = s.remove
		} else {
			in = s.input(v)
		}
		in["Bucket"] = r.ID
		if _, err := r.do(ctx, "s3", operation, in); err != nil {
			return err
		}
	}
	set, remove := r.tagChanges()
	if len(set) == 0 && len(remove) == 0 {
		return nil
	}
	if tags := r.allTags(); len(tags) > 0 {
		_, err := r.do(ctx, "s3", "PutBucketTagging", obj{"Bucket": r.ID, "Tagging": obj{"TagSet": tagList(tags)}})
		return err
	}
	_, err := r.do(ctx, "s3", "DeleteBucketTagging", obj{"Bucket": r.ID})
	return err
}

// encryptionInput writes BucketEncryption in the API's words.
func encryptionInput(v any) obj {
	var rules []any
	for _, rule := range list(at(v, "ServerSideEncryptionConfiguration")) {
		out := pick(object(rule), "BucketKeyEnabled")
		if d := at(rule, "ServerSideEncryptionByDefault"); d != nil {
			out["ApplyServerSideEncryptionByDefault"] = d
		}
		rules = append(rules, out)
	}
	return obj{"ServerSideEncryptionConfiguration": obj{"Rules": rules}}
}

// corsInput writes CorsConfiguration in the API's words.
func corsInput(v any) obj {
	var rules []any
	for _, rule := range list(at(v, "CorsRules")) {
		out := pick(object(rule), "AllowedHeaders", "AllowedMethods", "AllowedOrigins")
		if e := at(rule, "ExposedHeaders"); e != nil {
			out["ExposeHeaders"] = e
		}
		if m := at(rule, "MaxAge"); m != nil {
			out["MaxAgeSeconds"] = m
		}
		if id := at(rule, "Id"); id != nil {
			out["ID"] = id
		}
		rules = append(rules, out)
	}
	return obj{"CORSConfiguration": obj{"CORSRules": rules}}
}

// lifecycleInput writes LifecycleConfiguration in the API's words.
func lifecycleInput(v any) obj {
	var rules []any
	for i, rule := range list(at(v, "Rules")) {
		out := pick(object(rule), "Status", "AbortIncompleteMultipartUpload")
		out["ID"] = at(rule, "Id")
		if out["ID"] == nil {
			out["ID"] = fmt.Sprintf("rule-%d", i+1)
		}
		filter := obj{"Prefix": text(at(rule, "Prefix"))}
		if tags := list(at(rule, "TagFilters")); len(tags) > 0 {
			filter = obj{"And": obj{"Prefix": text(at(rule, "Prefix")), "Tags": tags}}
		}
		out["Filter"] = filter
		expire := obj{}
		for from, to := range map[string]string{"ExpirationInDays": "Days", "ExpirationDate": "Date", "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"} {
			if e := at(rule, from); e != nil {
				expire[to] = e
			}
		}
		if len(expire) > 0 {
			out["Expiration"] = expire
		}
		if n := at(rule, "NoncurrentVersionExpirationInDays"); n != nil {
			out["NoncurrentVersionExpiration"] = obj{"NoncurrentDays": n}
		}
		if n := at(rule, "NoncurrentVersionExpiration"); n != nil {
			out["NoncurrentVersionExpiration"] = n
		}
		transitions := []any{}
		for _, t := range append(list(at(rule, "Transitions")), list(at(rule, "Transition"))...) {
			to := pick(object(t), "StorageClass")
			if d := at(t, "TransitionInDays"); d != nil {
				to["Days"] = d
			}
			if d := at(t, "TransitionDate"); d != nil {
				to["Date"] = d
			}
			transitions = append(transitions, to)
		}
		if len(transitions) > 0 {
			out["Transitions"] = transitions
		}
		rules = append(rules, out)
	}
	return obj{"LifecycleConfiguration": obj{"Rules": rules}}
}

// websiteInput writes WebsiteConfiguration in the API's words.
func websiteInput(v any) obj {
	out := obj{}
	if i := at(v, "IndexDocument"); i != nil {
		out["IndexDocument"] = obj{"Suffix": i}
	}
	if e := at(v, "ErrorDocument"); e != nil {
		out["ErrorDocument"] = obj{"Key": e}
	}
	if r := at(v, "RedirectAllRequestsTo"); r != nil {
		out["RedirectAllRequestsTo"] = r
	}
	var rules []any
	for _, rule := range list(at(v, "RoutingRules")) {
		to := obj{"Redirect": at(rule, "RedirectRule")}
		if c := at(rule, "RoutingRuleCondition"); c != nil {
			to["Condition"] = c
		}
		rules = append(rules, to)
	}
	if rules != nil {
		out["RoutingRules"] = rules
	}
	return obj{"WebsiteConfiguration": out}
}

// notificationInput writes NotificationConfiguration in the API's words.
func notificationInput(v any) obj {
	out := obj{}
	for _, kind := range []struct{ from, to, target, arn string }{
		{"LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"},
		{"QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"},
		{"TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"},
	} {
		var configs []any
		for _, c := range list(at(v, kind.from)) {
			to := obj{kind.arn: at(c, kind.target), "Events": list(at(c, "Event"))}
			if rules := list(at(c, "Filter", "S3Key", "Rules")); len(rules) > 0 {
				to["Filter"] = obj{"Key": obj{"FilterRules": rules}}
			}
			configs = append(configs, to)
		}
		if configs != nil {
			out[kind.to] = configs
		}
	}
	if at(v, "EventBridgeConfiguration") != nil {
		out["EventBridgeConfiguration"] = obj{}
	}
	return obj{"NotificationConfiguration": out}
}

// s3BucketPolicy is AWS::S3::BucketPolicy.
func s3BucketPolicy() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		_, err := r.do(ctx, "s3", "PutBucketPolicy", obj{"Bucket": r.Props["Bucket"], "Policy": document(r.Props["PolicyDocument"])})
		return Result{ID: r.str("Bucket")}, err
	}
	return &Type{
		Name: "AWS::S3::BucketPolicy", Properties: "Bucket!* PolicyDocument*",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "s3", "DeleteBucketPolicy", obj{"Bucket": r.Props["Bucket"]})
			return forget(err)
		},
	}
}
