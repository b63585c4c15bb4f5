package resource

import "context"

// eventsArchive is AWS::Events::Archive.
func eventsArchive() *Type {
	settings := []string{"Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays"}
	result := func(r *Request) Result {
		return Result{ID: r.ID, Attributes: obj{"Arn": r.arn("events", "archive/"+r.ID)}}
	}
	return &Type{
		Name:       "AWS::Events::Archive",
		Properties: "ArchiveName! Description EventPattern KmsKeyIdentifier RetentionDays SourceArn!*",
		Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, settings...)
			r.ID = r.name("ArchiveName", naming{max: 48})
			in["ArchiveName"], in["EventSourceArn"] = r.ID, r.Props["SourceArn"]
			_, err := r.do(ctx, "events", "CreateArchive", in)
			return result(r), r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, settings...)
			in["ArchiveName"] = r.ID
			_, err := r.do(ctx, "events", "UpdateArchive", in)
			return result(r), err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "events", "DeleteArchive", obj{"ArchiveName": r.ID})
			return forget(err)
		},
	}
}

// eventsConnection is AWS::Events::Connection.
func eventsConnection() *Type {
	settings := []string{"AuthorizationType", "AuthParameters", "Description", "InvocationConnectivityParameters", "KmsKeyIdentifier"}
	put := func(ctx context.Context, r *Request, operation string) error {
		in := pick(r.Props, settings...)
		in["Name"] = r.ID
		_, err := r.do(ctx, "events", operation, in)
		return err
	}
	return &Type{
		Name:       "AWS::Events::Connection",
		Properties: "AuthorizationType AuthParameters Description InvocationConnectivityParameters KmsKeyIdentifier Name!",
		Attributes: "Arn ArnForPolicy SecretArn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("Name", naming{max: 64})
			return Result{ID: r.ID}, r.adopt(put(ctx, r, "CreateConnection"))
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID}, put(ctx, r, "UpdateConnection")
		},
		Ready: connectionReady,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "events", "DeleteConnection", obj{"Name": r.ID})
			return forget(err)
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			_, err := r.do(ctx, "events", "DescribeConnection", obj{"Name": r.ID})
			return gone(err), forget(err)
		},
	}
}

// connectionReady waits until a connection has left the states of passage.
func connectionReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.do(ctx, "events", "DescribeConnection", obj{"Name": r.ID})
	if err != nil {
		return Result{}, false, err
	}
	switch text(out["ConnectionState"]) {
	case "CREATING", "UPDATING", "AUTHORIZING", "DEAUTHORIZING":
		return Result{}, false, nil
	}
	return Result{ID: r.ID, Attributes: obj{
		"Arn": out["ConnectionArn"], "ArnForPolicy": r.arn("events", "connection/"+r.ID), "SecretArn": out["SecretArn"],
	}}, true, nil
}

// eventsAPIDestination is AWS::Events::ApiDestination.
func eventsAPIDestination() *Type {
	put := func(ctx context.Context, r *Request, operation string) (Result, error) {
		in := pick(r.Props, "ConnectionArn", "Description", "HttpMethod", "InvocationEndpoint", "InvocationRateLimitPerSecond")
		in["Name"] = r.ID
		out, err := r.do(ctx, "events", operation, in)
		if r.adopt(err) != nil {
			return Result{}, err
		}
		if err != nil { // it was made before
			if out, err = r.do(ctx, "events", "DescribeApiDestination", obj{"Name": r.ID}); err != nil {
				return Result{}, err
			}
		}
		return Result{ID: r.ID, Attributes: obj{
			"Arn": out["ApiDestinationArn"], "ArnForPolicy": r.arn("events", "api-destination/"+r.ID),
		}}, nil
	}
	return &Type{
		Name:       "AWS::Events::ApiDestination",
		Properties: "ConnectionArn* Description HttpMethod* InvocationEndpoint* InvocationRateLimitPerSecond Name!",
		Attributes: "Arn ArnForPolicy",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("Name", naming{max: 64})
			return put(ctx, r, "CreateApiDestination")
		},
		Update: func(ctx context.Context, r *Request) (Result, error) { return put(ctx, r, "UpdateApiDestination") },
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "events", "DeleteApiDestination", obj{"Name": r.ID})
			return forget(err)
		},
	}
}
