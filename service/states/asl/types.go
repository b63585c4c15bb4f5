package asl

import (
	"maru.dev/maru/service/states/jsonata"
	"maru.dev/maru/service/states/path"
)

// QueryLanguage is how a state says what it takes from its input.
type QueryLanguage string

// The query languages.
const (
	JSONPath QueryLanguage = "JSONPath"
	JSONata  QueryLanguage = "JSONata"
)

// Type is the kind of a state, as its Type field names it.
type Type string

// The kinds of states.
const (
	TypeTask     Type = "Task"
	TypePass     Type = "Pass"
	TypeChoice   Type = "Choice"
	TypeWait     Type = "Wait"
	TypeSucceed  Type = "Succeed"
	TypeFail     Type = "Fail"
	TypeParallel Type = "Parallel"
	TypeMap      Type = "Map"
)

// Kind tells what an expression computes its value from.
type Kind uint8

// The kinds of expressions.
const (
	Constant       Kind = iota // Value as it stands
	PathExpr                   // Path
	IntrinsicExpr              // Intrinsic
	JSONataExpr                // JSONata
	ArrayTemplate              // Elements
	ObjectTemplate             // Names and Elements
)

// Expr is what a field's value is computed from, compiled. A nil *Expr is a
// field that was left out.
type Expr struct {
	Kind Kind

	// Field names the expression in messages: "Output", "Arguments/Key",
	// or for payload templates the member with its ".$".
	Field string

	// Source is the expression as it was written, without {% and %}.
	Source string

	Value     any
	Path      *path.Path
	Intrinsic *path.Intrinsic
	JSONata   *jsonata.Expression

	// Uses are the variables that the JSONata expression refers to, without $;
	// "states" for $states among them.
	Uses []string

	// Functions are those of the host that the expression can call, shared by all
	// expressions of a definition; nil if it calls none.
	Functions map[string]jsonata.Function

	// Names are the names of an object's members, Elements their values.
	Names    []string
	Elements []*Expr
}

// Machine is a state machine, or what an ItemProcessor or a branch holds.
type Machine struct {
	Comment       string
	Version       string
	QueryLanguage QueryLanguage
	StartAt       string
	States        map[string]*State

	// Order are the names of the states as they were written.
	Order []string

	// TimeoutSeconds bounds the whole execution; 0 is no bound.
	TimeoutSeconds int64

	// All are the states at every depth by name, which is unique among them.
	// Only the outermost machine has it.
	All map[string]*State
}

// PathField is InputPath, OutputPath or ResultPath.
type PathField struct {
	// Null tells that the field was given as null: no input, no output, or the
	// result thrown away.
	Null bool

	// Expr is a path or an intrinsic function; nil means $.
	Expr *Expr
}

// State is one state. Of the parts at its end the one of its Type is set.
type State struct {
	Name          string
	Type          Type
	Comment       string
	QueryLanguage QueryLanguage

	// Next is the state that follows; End tells that none does.
	Next string
	End  bool

	// Machine is what the state belongs to; Parent the Map or Parallel state
	// around that, nil for states of the outermost machine.
	Machine *Machine
	Parent  *State

	// Location is the JSON pointer of the state in the definition.
	Location string

	InputPath      PathField
	OutputPath     PathField
	ResultPath     PathField
	Parameters     *Expr
	ResultSelector *Expr

	Arguments *Expr
	Output    *Expr

	// Assign is an object template, in either query language.
	Assign *Expr

	Retry []*Retrier
	Catch []*Catcher

	Task     *Task
	Pass     *Pass
	Choice   *Choice
	Wait     *Wait
	Fail     *Fail
	Parallel *Parallel
	Map      *Map

	// source is the state's text until the machines within it are read.
	source object
}

// Task is what a Task state has of its own. The timeouts are whole numbers,
// paths, or JSONata.
type Task struct {
	Resource         Resource
	TimeoutSeconds   *Expr
	HeartbeatSeconds *Expr

	// Credentials holds RoleArn, by value or expression.
	Credentials *Expr
}

// Pattern is how a task waits for what it started.
type Pattern string

// The service integration patterns.
const (
	RequestResponse  Pattern = ""
	Sync             Pattern = "sync"
	Sync2            Pattern = "sync:2"
	WaitForTaskToken Pattern = "waitForTaskToken"
)

// ResourceKind is what a task's Resource leads to.
type ResourceKind uint8

// The kinds of resources.
const (
	LambdaFunction   ResourceKind = iota // a function's ARN as such
	Activity                             // an activity
	OptimizedService                     // arn:aws:states:::sqs:sendMessage
	SDKService                           // arn:aws:states:::aws-sdk:sqs:sendMessage
)

// Resource is a task's Resource taken apart.
type Resource struct {
	ARN  string
	Kind ResourceKind

	// Service and Action are "sqs" and "sendMessage", also for SDKService.
	Service string
	Action  string
	Pattern Pattern
}

// Pass is what a Pass state has of its own.
type Pass struct {
	// Result is the virtual result of JSONPath states.
	Result    any
	HasResult bool
}

// Choice is what a Choice state has of its own.
type Choice struct {
	Rules   []*Rule
	Default string
}

// Rule is a Choice rule, or one below And, Or or Not, which has no Next.
type Rule struct {
	Next    string
	Comment string

	// Condition is the rule of JSONata states: JSONata or a boolean.
	Condition *Expr

	// Assign and Output are evaluated when the rule is taken.
	Assign *Expr
	Output *Expr

	// And, Or and Not combine other rules.
	And []*Rule
	Or  []*Rule
	Not *Rule

	// Variable, Operator and its operand compare. Operand is a constant or, for
	// operators ending in Path, a path. For timestamps it was checked.
	Variable *Expr
	Operator string
	Operand  *Expr
}

// Wait is what a Wait state has of its own; one of the two is set, each a
// constant, a path or JSONata.
type Wait struct {
	Seconds   *Expr
	Timestamp *Expr
}

// Fail is what a Fail state has of its own: constants, paths, intrinsic
// functions or JSONata.
type Fail struct {
	Error *Expr
	Cause *Expr
}

// Parallel is what a Parallel state has of its own.
type Parallel struct {
	Branches []*Machine
}

// Map is what a Map state has of its own.
type Map struct {
	// Processor runs for each item.
	Processor *Machine

	// Iterator tells that the older field names were used: Iterator for
	// ItemProcessor, and Parameters for ItemSelector.
	Iterator bool

	// Distributed tells that items run as child executions, of ExecutionType
	// STANDARD or EXPRESS.
	Distributed   bool
	ExecutionType string

	// ItemsPath is a path of JSONPath states, nil for $; Items an array or
	// expression of JSONata states.
	ItemsPath *Expr
	Items     *Expr

	// ItemSelector makes each item's input; also what Parameters says.
	ItemSelector *Expr

	MaxConcurrency             *Expr
	ToleratedFailureCount      *Expr
	ToleratedFailurePercentage *Expr

	Label        string
	ItemReader   *ItemReader
	ItemBatcher  *ItemBatcher
	ResultWriter *ResultWriter
}

// ItemReader is where a distributed map's items come from.
type ItemReader struct {
	Resource Resource

	// Arguments are the parameters of the reading operation, in either language.
	Arguments *Expr

	// InputType is CSV, JSON, JSONL, PARQUET or MANIFEST; "" for listings.
	InputType         string
	Transformation    string // NONE or LOAD_AND_FLATTEN
	CSVHeaderLocation string // FIRST_ROW or GIVEN
	CSVHeaders        []string
	CSVDelimiter      string // COMMA, PIPE, SEMICOLON, SPACE, TAB
	ManifestType      string // ATHENA_DATA or S3_INVENTORY
	ItemsPointer      *Expr
	MaxItems          *Expr
}

// ItemBatcher is how a distributed map groups its items.
type ItemBatcher struct {
	BatchInput            *Expr
	MaxItemsPerBatch      *Expr
	MaxInputBytesPerBatch *Expr
}

// ResultWriter is where a distributed map's results go.
type ResultWriter struct {
	// Resource is empty if results are only transformed.
	Resource       Resource
	Arguments      *Expr
	Transformation string // NONE, COMPACT or FLATTEN
	OutputType     string // JSON or JSONL
}

// Retrier is one entry of Retry, with its defaults filled in.
type Retrier struct {
	ErrorEquals     []string
	IntervalSeconds int64
	MaxAttempts     int64
	BackoffRate     float64
	MaxDelaySeconds int64 // 0 is no bound
	FullJitter      bool
	Comment         string
}

// Catcher is one entry of Catch.
type Catcher struct {
	ErrorEquals []string
	Next        string
	ResultPath  PathField
	Output      *Expr
	Assign      *Expr
	Comment     string
}
