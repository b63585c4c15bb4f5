package record

// treatment is how a member is written.
type treatment uint8

const (
	show     treatment = iota
	hide               // as the word that says so
	drop               // not at all
	names              // of a map, its keys
	scalar             // attribute values as what they hold
	document           // JSON in a text, as JSON
)

// secretName tells whether members of this name are secrets in every service.
func secretName(name string) bool {
	switch name {
	case "Password", "password", "OldPassword", "NewPassword", "MasterUserPassword", "TemporaryPassword", "PreviousPassword", "ProposedPassword",
		"SecretAccessKey", "secretAccessKey", "SessionToken", "sessionToken", "WebIdentityToken", "SAMLAssertion",
		"SecretString", "SecretBinary", "SecretHash", "ClientSecret", "clientSecret", "client_secret",
		"AccessToken", "accessToken", "RefreshToken", "refreshToken", "IdToken", "idToken", "AuthorizationToken", "authorizationToken", "authToken",
		"PrivateKey", "privateKey", "Plaintext", "PrivateKeyPlaintext", "Passphrase", "ChallengeResponses", "AuthParameters",
		"ConfirmationCode", "UserCode", "ApiKeyValue", "SigningKey", "TransferBearerToken":
		return true
	default:
		return false
	}
}

// treatments are the members that a service's records treat in a way of their
// own, by name.
func treatments(service string) map[string]treatment {
	switch service {
	case "sqs":
		return map[string]treatment{"MessageBody": hide, "MessageAttributes": hide, "MessageSystemAttributes": hide, "Body": hide}
	case "sns":
		return map[string]treatment{"Message": hide, "Subject": hide, "MessageAttributes": hide, "PhoneNumber": hide, "Token": hide, "OneTimePassword": hide}
	case "dynamodb", "dynamodbstreams":
		return map[string]treatment{
			"Item": names, "Key": scalar, "Keys": scalar, "ExpressionAttributeValues": hide, "Expected": hide, "AttributeUpdates": names,
			"KeyConditions": names, "QueryFilter": names, "ScanFilter": names, "ExclusiveStartKey": scalar, "Parameters": hide,
		}
	case "events":
		return map[string]treatment{"Detail": hide}
	case "lambda":
		return map[string]treatment{"ZipFile": drop, "Payload": drop, "InvokeArgs": drop}
	case "cloudformation":
		return map[string]treatment{"ParameterValue": hide, "TemplateBody": drop}
	case "ses", "sesv2":
		return map[string]treatment{
			"Message": hide, "Content": hide, "RawMessage": hide, "TemplateData": hide, "DefaultTemplateData": hide, "ReplacementTemplateData": hide,
			"BulkEmailEntries": hide, "DefaultContent": hide,
		}
	case "kinesis", "firehose":
		return map[string]treatment{"Data": hide, "Record": hide, "Records": hide}
	case "kms":
		return map[string]treatment{"CiphertextBlob": drop, "Message": drop}
	case "cloudwatch":
		return map[string]treatment{"MetricData": hide, "EntityMetricData": hide}
	case "xray":
		return map[string]treatment{"TraceSegmentDocuments": hide}
	default:
		return nil
	}
}
