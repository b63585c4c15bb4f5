package resource

// Types returns the table of resource types, by name.
func Types() map[string]*Type {
	out := map[string]*Type{}
	for _, t := range []*Type{
		sqsQueue(), sqsQueuePolicy(),
		snsTopic(), snsSubscription(), snsTopicPolicy(),
		dynamodbTable(),
		lambdaFunction(), lambdaVersion(), lambdaAlias(), lambdaPermission(), lambdaEventSourceMapping(),
		lambdaEventInvokeConfig(), lambdaLayerVersion(), lambdaLayerVersionPermission(), lambdaURL(),
		logsLogGroup(), logsLogStream(), logsMetricFilter(), logsSubscriptionFilter(), logsResourcePolicy(), logsQueryDefinition(), logsDestination(),
		apiAPI(), apiRoute(), apiIntegration(), apiStage(), apiDeployment(), apiAuthorizer(), apiDomainName(), apiMapping(),
		restAPI(), restResource(), restMethod(), restDeployment(), restStage(), restAuthorizer(), restModel(), restValidator(), restResponse(),
		restDocumentationPart(), restDocumentationVersion(), restKey(), restPlan(), restPlanKey(), restDomain(), restMapping(),
		restCertificate(), restLink(), restAccount(),
		s3Bucket(), s3BucketPolicy(),
		iamRole(), iamPolicy(), iamManagedPolicy(), iamUser(), iamAccessKey(), iamGroup(), iamInstanceProfile(),
		iamUserToGroupAddition(),
		ssmParameter(),
		ecrRepository(),
		sesEmailIdentity(), sesTemplate(),
		eventsBus(), eventsBusPolicy(), eventsRule(), eventsArchive(), eventsConnection(), eventsAPIDestination(),
		schedulerSchedule(), schedulerGroup(), pipesPipe(),
		schemasRegistry(), schemasSchema(), schemasDiscoverer(), schemasRegistryPolicy(),
		xrayGroup(), xraySamplingRule(), xrayResourcePolicy(),
		cloudtrailTrail(),
		cloudwatchAlarm(), cloudwatchComposite(), cloudwatchDashboard(), cloudwatchDetector(), cloudwatchInsightRule(), cloudwatchMetricStream(),
		statesStateMachine(), statesActivity(), statesVersion(), statesAlias(),
		stack(), customResource(), waitCondition(), waitConditionHandle(), cdkMetadata(),
	} {
		out[t.Name] = t
	}
	return out
}
