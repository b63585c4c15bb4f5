package sam

import (
	"fmt"
	"maps"
)

// simpleTable transforms a table with one key.
func (t *transform) simpleTable(r *source) {
	if !t.known(r, "SimpleTable", "PointInTimeRecoverySpecification", "PrimaryKey", "ProvisionedThroughput", "SSESpecification", "TableName", "Tags") {
		return
	}
	var name, kind any = "id", "String"
	if key := asMap(r.props["PrimaryKey"]); key != nil {
		if key["Name"] != nil {
			name = key["Name"]
		}
		if key["Type"] != nil {
			kind = key["Type"]
		}
	}
	word, _ := t.text(kind)
	letter, ok := map[string]string{"String": "S", "Number": "N", "Binary": "B"}[word]
	if !ok {
		t.fail(r.id, fmt.Sprintf("Invalid 'Type' \"%v\".", kind))
		return
	}
	props := pick(r.props, "PointInTimeRecoverySpecification", "SSESpecification", "TableName", "ProvisionedThroughput")
	props["AttributeDefinitions"] = []any{map[string]any{"AttributeName": name, "AttributeType": letter}}
	props["KeySchema"] = []any{map[string]any{"AttributeName": name, "KeyType": "HASH"}}
	if props["ProvisionedThroughput"] == nil {
		props["BillingMode"] = "PAY_PER_REQUEST"
	}
	if tags := tagList("", r.props["Tags"]); tags != nil {
		props["Tags"] = tags
	}
	inherit(t.emit(r, r.id, "AWS::DynamoDB::Table", props), r)
}

// layer transforms a layer. Its id changes with its properties: versions of
// layers are never changed, so each change makes another one.
func (t *transform) layer(r *source) {
	if !t.known(r, "LayerVersion", "CompatibleArchitectures", "CompatibleRuntimes", "ContentUri", "Description", "LayerName",
		"LicenseInfo", "PublishLambdaVersion", "RetentionPolicy") {
		return
	}
	content, ok := t.location(r.props["ContentUri"], "S3Bucket", "S3Key", "S3ObjectVersion")
	if !ok {
		t.fail(r.id, "'ContentUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
		return
	}
	hashed, _ := t.static(maps.Clone(r.props)).(map[string]any)
	delete(hashed, "PublishLambdaVersion")
	id := r.id + suffix(map[string]any{r.id: map[string]any{"Type": prefix + "LayerVersion", "Properties": hashed}})

	props := pick(r.props, "CompatibleArchitectures", "CompatibleRuntimes", "Description", "LayerName", "LicenseInfo")
	props["Content"] = content
	if props["LayerName"] == nil {
		props["LayerName"] = r.id
	}
	res := t.emit(r, id, "AWS::Lambda::LayerVersion", props)
	inherit(res, r)
	switch policy, _ := t.text(r.props["RetentionPolicy"]); {
	case r.props["RetentionPolicy"] == nil:
		if res["DeletionPolicy"] == nil {
			res["DeletionPolicy"] = "Retain"
		}
	case policy == "Retain" || policy == "Delete":
		res["DeletionPolicy"] = policy
	default:
		t.fail(r.id, "'RetentionPolicy' must be one of the following options: ['Delete', 'Retain'].")
	}
	t.renamed[r.id] = id
}
