// Package mapping makes one message of another, as REST APIs do between client
// and integration: templates in the Velocity language with $input, $context, $util
// and $stageVariables (Compile), single parameters (ParseExpression,
// ParseParameters), and the texts of gateway responses, where variables are
// filled in and nothing else (CompileVariables).
//
// What is compiled may be used by many at once.
package mapping
