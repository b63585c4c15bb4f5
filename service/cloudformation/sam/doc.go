// Package sam is the transform AWS::Serverless-2016-10-31: it turns the
// resources of the Serverless Application Model into those of CloudFormation.
//
// A transform is a function from a tree (see package template) to a tree. It
// keeps SAM's promises about names: the logical ids of what it makes are those
// that AWS's transform makes, so that !Ref ServerlessHttpApi, !Ref Api.Stage
// and templates that were deployed elsewhere mean the same here.
//
// Resource types are made whether or not the platform has them; the stack then
// fails with the type's name.
//
// Known gaps: Connectors, AWS::Serverless::Application, GraphQLApi and
// WebSocketApi are refused by name, and so are Route53 and PRIVATE endpoints in
// the Domain of an Api. DeploymentPreference is accepted and has no effect:
// traffic shifts at once. The hash in the id of an API's deployment is another
// than AWS's, which is over what Python prints.
package sam
