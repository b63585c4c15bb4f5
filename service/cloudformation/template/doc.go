// Package template reads CloudFormation templates and evaluates them.
//
// A body goes through four forms. Decode makes a tree of it: JSON or YAML, the
// short forms of YAML written out, nothing interpreted. Transforms (the SAM
// one, AWS::LanguageExtensions) turn trees into trees. New checks a tree and
// makes a Template of it: sections, resources, conditions. Env evaluates the
// expressions of a Template against parameters, conditions and the resources
// made so far.
//
// A tree consists of nil, bool, json.Number, string, []any and map[string]any.
// Numbers keep their text, so that 1.10 stays 1.10 where a string is wanted.
//
// Every error that concerns the template is a ValidationError in AWS's words.
//
// Differences from AWS: YAML aliases and merge keys are expanded within bounds,
// where AWS refuses them.
package template
