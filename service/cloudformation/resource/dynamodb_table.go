package resource

import "context"

// dynamodbTable is AWS::DynamoDB::Table.
func dynamodbTable() *Type {
	return &Type{
		Name: "AWS::DynamoDB::Table",
		Properties: `AttributeDefinitions BillingMode ContributorInsightsSpecification~ DeletionProtectionEnabled GlobalSecondaryIndexes
			ImportSourceSpecification!~ KeySchema!* KinesisStreamSpecification~ LocalSecondaryIndexes! OnDemandThroughput
			PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy~ SSESpecification StreamSpecification TableClass
			TableName! Tags TimeToLiveSpecification WarmThroughput~`,
		Attributes: "Arn StreamArn",
		Create:     createTable, Ready: tableReady, Update: updateTable,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "dynamodb", "DeleteTable", obj{"TableName": r.ID})
			if codeOf(err) == "ResourceInUseException" {
				return ErrAgain // it is being made or changed
			}
			return forget(err)
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			_, err := r.do(ctx, "dynamodb", "DescribeTable", obj{"TableName": r.ID})
			return gone(err), forget(err)
		},
	}
}

// createTable starts the table.
func createTable(ctx context.Context, r *Request) (Result, error) {
	name := r.name("TableName", naming{max: 255})
	in := pick(r.Props, "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "KeySchema",
		"LocalSecondaryIndexes", "OnDemandThroughput", "ProvisionedThroughput", "SSESpecification", "TableClass")
	in["TableName"] = name
	in["Tags"] = tagList(r.allTags())
	fixEncryption(in)
	if s := object(r.Props["StreamSpecification"]); s != nil {
		in["StreamSpecification"] = obj{"StreamEnabled": true, "StreamViewType": s["StreamViewType"]}
	}
	_, err := r.do(ctx, "dynamodb", "CreateTable", in)
	return Result{ID: name}, r.adopt(err)
}

// fixEncryption writes SSESpecification in the API's words.
func fixEncryption(in obj) {
	if s := object(in["SSESpecification"]); s != nil {
		out := pick(s, "SSEType", "KMSMasterKeyId")
		out["Enabled"] = s["SSEEnabled"]
		in["SSESpecification"] = out
	}
}

// tableReady waits until the table is active, and then sets what can only be
// set on an active one.
func tableReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.do(ctx, "dynamodb", "DescribeTable", obj{"TableName": r.ID})
	if err != nil {
		return Result{}, false, err
	}
	table := object(out["Table"])
	if text(table["TableStatus"]) != "ACTIVE" {
		return Result{}, false, nil
	}
	for _, i := range list(table["GlobalSecondaryIndexes"]) {
		if s := text(at(i, "IndexStatus")); s != "" && s != "ACTIVE" {
			return Result{}, false, nil
		}
	}
	if err := r.timeToLive(ctx); err != nil {
		return Result{}, false, err
	}
	if p := object(r.Props["PointInTimeRecoverySpecification"]); p != nil && r.changed("PointInTimeRecoverySpecification") {
		if _, err := r.do(ctx, "dynamodb", "UpdateContinuousBackups", obj{"TableName": r.ID, "PointInTimeRecoverySpecification": p}); err != nil {
			return Result{}, false, err
		}
	}
	attrs := obj{"Arn": table["TableArn"]}
	if s := table["LatestStreamArn"]; s != nil {
		attrs["StreamArn"] = s
	}
	return Result{ID: r.ID, Attributes: attrs}, true, nil
}

// timeToLive brings the table's TTL to what the template says.
func (r *Request) timeToLive(ctx context.Context) error {
	want := object(r.Props["TimeToLiveSpecification"])
	if want == nil && object(r.Old["TimeToLiveSpecification"]) == nil {
		return nil
	}
	out, err := r.do(ctx, "dynamodb", "DescribeTimeToLive", obj{"TableName": r.ID})
	if err != nil {
		return err
	}
	now := object(out["TimeToLiveDescription"])
	enabled := text(now["TimeToLiveStatus"]) == "ENABLED" || text(now["TimeToLiveStatus"]) == "ENABLING"
	if enabled == truth(want["Enabled"]) {
		return nil
	}
	spec := obj{"Enabled": truth(want["Enabled"]), "AttributeName": want["AttributeName"]}
	if spec["AttributeName"] == nil {
		spec["AttributeName"] = now["AttributeName"]
	}
	_, err = r.do(ctx, "dynamodb", "UpdateTimeToLive", obj{"TableName": r.ID, "TimeToLiveSpecification": spec})
	return err
}

// updateTable sends what changed, one index at a time, as DynamoDB wants it.
// While the table is busy it asks to be run again.
func updateTable(ctx context.Context, r *Request) (Result, error) {
	out, err := r.do(ctx, "dynamodb", "DescribeTable", obj{"TableName": r.ID})
	if err != nil {
		return Result{}, err
	}
	table := object(out["Table"])
	if text(table["TableStatus"]) != "ACTIVE" {
		return Result{}, ErrAgain
	}
	in := obj{}
	if r.changed("BillingMode") {
		in["BillingMode"] = r.Props["BillingMode"]
		if r.Props["BillingMode"] == nil {
			in["BillingMode"] = "PROVISIONED"
		}
	}
	if r.changed("ProvisionedThroughput") && r.str("BillingMode") != "PAY_PER_REQUEST" && !sameThroughput(table, r.Props["ProvisionedThroughput"]) {
		in["ProvisionedThroughput"] = r.Props["ProvisionedThroughput"]
	}
	for _, p := range []string{"DeletionProtectionEnabled", "OnDemandThroughput", "SSESpecification", "TableClass"} {
		if r.changed(p) && r.Props[p] != nil {
			in[p] = r.Props[p]
		}
	}
	fixEncryption(in)
	r.streamChange(table, in)
	indexes := r.indexChange(table)
	if indexes != nil {
		in["GlobalSecondaryIndexUpdates"] = []any{indexes}
		in["AttributeDefinitions"] = r.Props["AttributeDefinitions"]
	}
	if len(in) > 0 {
		in["TableName"] = r.ID
		if _, err := r.do(ctx, "dynamodb", "UpdateTable", in); err != nil {
			return Result{}, err
		}
	}
	if indexes != nil {
		return Result{}, ErrAgain // there may be another index
	}
	return Result{ID: r.ID, Attributes: r.Attributes}, r.tagARN(ctx, "dynamodb", r.arn("dynamodb", "table/"+r.ID))
}

// sameThroughput tells whether a table has a throughput already: setting it
// again is refused.
func sameThroughput(table obj, want any) bool {
	have := object(table["ProvisionedThroughput"])
	return Equal(pick(have, "ReadCapacityUnits", "WriteCapacityUnits"), pick(object(want), "ReadCapacityUnits", "WriteCapacityUnits"))
}

// streamChange turns the table's stream on or off.
func (r *Request) streamChange(table, in obj) {
	want := object(r.Props["StreamSpecification"])
	on := truth(at(table, "StreamSpecification", "StreamEnabled"))
	switch {
	case want != nil && !on:
		in["StreamSpecification"] = obj{"StreamEnabled": true, "StreamViewType": want["StreamViewType"]}
	case want == nil && on:
		in["StreamSpecification"] = obj{"StreamEnabled": false}
	}
}

// indexChange is the next change of the global indexes: one that is missing, or
// one too many.
func (r *Request) indexChange(table obj) obj {
	have := map[string]bool{}
	for _, i := range list(table["GlobalSecondaryIndexes"]) {
		have[text(at(i, "IndexName"))] = true
	}
	for _, i := range list(r.Props["GlobalSecondaryIndexes"]) {
		name := text(at(i, "IndexName"))
		if !have[name] {
			return obj{"Create": i}
		}
		delete(have, name)
	}
	for name := range have {
		return obj{"Delete": obj{"IndexName": name}}
	}
	return nil
}
