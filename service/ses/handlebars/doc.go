// Package handlebars fills in the templates of e-mail that SES documents: a
// part of the Handlebars language.
//
// It has variables ({{name}}, {{a.b}}, {{a.[0]}}, {{this}}, {{../up}}, {{@index}},
// {{@key}}, {{@first}}, {{@last}}, {{@root.x}}), the blocks #if, #unless, #each
// and #with with {{else}} (and {{else if …}}), comments, inline partials
// ({{#* inline "name"}}…{{/inline}}, {{> name}}) and the removal of white space
// by ~. Anything else is a *SyntaxError, found when the template is parsed.
//
// As SES does, it escapes no HTML: {{x}} and {{{x}}} are the same. A variable
// that the data lack is a *MissingError; a block's condition may be missing.
package handlebars
