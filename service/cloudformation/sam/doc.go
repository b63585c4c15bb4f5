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
// WebSocketApi are refused by name, and so are events of type Api on state
// machines. DeploymentPreference is accepted and has no effect: traffic shifts
// at once. Api supports a definition of its own, the
// implicit one, CORS and stage settings, but neither authorizers nor domains.
package sam
