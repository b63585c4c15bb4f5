package deploy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"maru.dev/maru/service/cloudformation/template"
)

// artifact is a property that may name something local.
type artifact struct {
	property string
	form     form
	zip      bool // a folder, or a file that is zipped; else the file as it is
	required bool // the template's own folder where it is missing
}

// form is how a place in S3 is written in a template.
type form int

// The forms.
const (
	uri         form = iota // s3://bucket/key
	bucketKey               // {Bucket, Key}
	s3BucketKey             // {S3Bucket, S3Key}
	address                 // https://s3…
)

// artifacts are the properties that may name something local, by type.
var artifacts = map[string]artifact{
	"AWS::Serverless::Function":        {property: "CodeUri", form: uri, zip: true, required: true},
	"AWS::Serverless::LayerVersion":    {property: "ContentUri", form: uri, zip: true},
	"AWS::Serverless::Api":             {property: "DefinitionUri", form: uri},
	"AWS::Serverless::HttpApi":         {property: "DefinitionUri", form: uri},
	"AWS::Serverless::StateMachine":    {property: "DefinitionUri", form: uri},
	"AWS::Lambda::Function":            {property: "Code", form: s3BucketKey, zip: true, required: true},
	"AWS::Lambda::LayerVersion":        {property: "Content", form: s3BucketKey, zip: true},
	"AWS::ApiGatewayV2::Api":           {property: "BodyS3Location", form: bucketKey},
	"AWS::StepFunctions::StateMachine": {property: "DefinitionS3Location", form: bucketKey},
	"AWS::CloudFormation::Stack":       {property: "TemplateURL", form: address},
	"AWS::Serverless::Application":     {property: "Location", form: address},
}

// pack uploads what resources of a template name in folder, and puts the
// places in S3 in its stead.
func (d *deployment) pack(ctx context.Context, tree map[string]any, folder string) error {
	resources, _ := tree["Resources"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		res, _ := resources[name].(map[string]any)
		kind, _ := res["Type"].(string)
		a, ok := artifacts[kind]
		if !ok || a.property == "" {
			continue
		}
		if err := d.packResource(ctx, tree, name, res, a, folder); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// packResource is pack of one resource.
func (d *deployment) packResource(ctx context.Context, tree map[string]any, name string, res map[string]any, a artifact, folder string) error {
	props, _ := res["Properties"].(map[string]any)
	if props == nil {
		props = map[string]any{}
		res["Properties"] = props
	}
	path, ok := local(tree, res, a)
	if !ok {
		return nil
	}
	path = filepath.Join(folder, path)
	if filepath.IsAbs(text(props[a.property])) {
		path = text(props[a.property])
	}
	var content []byte
	var err error
	suffix := ""
	switch {
	case a.form == address:
		content, err = d.packTemplate(ctx, path)
		suffix = ".template"
	case a.zip:
		content, err = d.code(ctx, tree, name, res, path)
		suffix = ".zip"
	default:
		content, err = os.ReadFile(path)
	}
	if err != nil {
		return err
	}
	key, err := d.upload(ctx, content, suffix)
	if err != nil {
		return err
	}
	props[a.property] = d.place(a.form, key)
	return nil
}

// local tells which local path a resource names, if any.
func local(tree, res map[string]any, a artifact) (string, bool) {
	props, _ := res["Properties"].(map[string]any)
	v, ok := props[a.property]
	if !ok && res["Type"] == "AWS::Serverless::Function" {
		globals, _ := tree["Globals"].(map[string]any)
		function, _ := globals["Function"].(map[string]any)
		v, ok = function[a.property]
	}
	if !ok {
		inline := props["InlineCode"] != nil || props["ImageUri"] != nil || props["PackageType"] == "Image"
		return ".", a.required && !inline
	}
	path, isText := v.(string)
	if !isText || strings.Contains(path, "://") {
		return "", false
	}
	return path, true
}

// text is v where it is text.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// place writes a key as the template wants it.
func (d *deployment) place(f form, key string) any {
	switch f {
	case bucketKey:
		return map[string]any{"Bucket": d.bucket, "Key": key}
	case s3BucketKey:
		return map[string]any{"S3Bucket": d.bucket, "S3Key": key}
	case address:
		return "https://s3." + d.config.Region + ".amazonaws.com/" + d.bucket + "/" + key
	default:
		return "s3://" + d.bucket + "/" + key
	}
}

// packTemplate packs the template of a nested stack.
func (d *deployment) packTemplate(ctx context.Context, path string) ([]byte, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	tree, err := template.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := d.pack(ctx, tree, filepath.Dir(path)); err != nil {
		return nil, err
	}
	return template.JSON(tree)
}

// upload puts content into the bucket under its hash, unless it is there.
func (d *deployment) upload(ctx context.Context, content []byte, suffix string) (key string, err error) {
	if err := d.ensureBucket(ctx); err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	key = hex.EncodeToString(sum[:]) + suffix
	if _, err := d.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &d.bucket, Key: &key}); err == nil {
		return key, nil
	}
	_, err = d.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &d.bucket, Key: &key, Body: bytes.NewReader(content)})
	if err != nil {
		return "", fmt.Errorf("upload to %s: %w", d.bucket, err)
	}
	return key, nil
}

// ensureBucket finds the bucket for code, or makes it.
func (d *deployment) ensureBucket(ctx context.Context) error {
	if d.bucket != "" {
		return nil
	}
	name := d.Bucket
	if name == "" {
		who, err := sts.NewFromConfig(d.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return fmt.Errorf("find out the account: %w", err)
		}
		name = "maru-deploy-" + *who.Account + "-" + d.config.Region
	}
	in := &s3.CreateBucketInput{Bucket: &name}
	if d.config.Region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(d.config.Region)}
	}
	_, err := d.s3.CreateBucket(ctx, in)
	if api, ok := errors.AsType[smithy.APIError](err); err != nil && !(ok && api.ErrorCode() == "BucketAlreadyOwnedByYou") {
		return fmt.Errorf("create bucket %s: %w", name, err)
	}
	d.bucket = name
	return nil
}
