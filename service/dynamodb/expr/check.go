package expr

import (
	"slices"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// inUpdates tells whether a function belongs to update expressions.
func (o op) inUpdates() bool { return o == opIfNotExists || o == opListAppend }

// arity is how many operands a function takes.
func (o op) arity() int {
	switch o {
	case opExists, opNotExists, opSize:
		return 1
	}
	return 2
}

// checkFunction notes what is wrong with a call: its place, its arguments'
// number, and the types of those that are values.
func (p *parser) checkFunction(n *node) {
	if n.op.inUpdates() != (p.param == UpdateExpression) {
		if p.param == UpdateExpression {
			p.fault(unknownFunction, "The function is not allowed in an update expression; function: %s", n.op)
		} else {
			p.fault(unknownFunction, "The function is not allowed in a %s; function: %s", spaced(p.param), n.op)
		}
		return
	}
	for _, kid := range n.kids {
		p.checkPlace(kid)
	}
	if len(n.kids) != n.op.arity() {
		p.fault(operandCount, "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", n.op, len(n.kids))
		return
	}
	if n.op != opListAppend && n.op != opIfNotExists {
		p.checkDistinct(n)
	}
	p.checkFunctionTypes(n)
}

// spaced turns ConditionExpression into "condition expression".
func spaced(param string) string {
	return strings.ToLower(strings.TrimSuffix(param, "Expression")) + " expression"
}

// checkFunctionTypes holds the arguments that are values against what the
// function takes.
func (p *parser) checkFunctionTypes(n *node) {
	switch n.op {
	case opExists, opNotExists, opIfNotExists:
		if n.kids[0].op != opPath {
			p.fault(operandType, "Operator or function requires a document path; operator or function: %s", n.op)
		}
	case opBeginsWith:
		p.checkTypes(n, attr.String, attr.Binary)
	case opSize:
		if k := n.kids[0].value.Kind; k == attr.Number || k == attr.Bool || k == attr.Null {
			p.badType(n.op, k)
		}
	case opListAppend:
		p.checkTypes(n, attr.List)
	case opTypeIs:
		p.checkTypeName(n)
	}
}

// checkTypeName holds attribute_type's second argument against the type names.
func (p *parser) checkTypeName(n *node) {
	switch kid := n.kids[1]; {
	case kid.op != opValue:
		p.fault(operandType, "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
	case kid.value.Kind == attr.Missing: // undefined, which is noted already
	case kid.value.Kind != attr.String:
		p.badType(n.op, kid.value.Kind)
	case attr.KindOf(kid.value.Text) == attr.Missing:
		p.fault(operandType, "Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", kid.value.Text)
	}
}

// checkTypes wants each operand that is a value to be of one of the kinds.
func (p *parser) checkTypes(n *node, kinds ...attr.Kind) {
	for _, kid := range n.kids {
		k := kid.kind()
		if k != attr.Missing && !slices.Contains(kinds, k) {
			p.badType(n.op, k)
		}
	}
}

// kind is what a node is known to yield before an item is seen, or Missing.
func (n *node) kind() attr.Kind {
	switch n.op {
	case opSize:
		return attr.Number
	case opValue:
		return n.value.Kind
	}
	return attr.Missing
}

// badType notes an operand of a type that o does not take.
func (p *parser) badType(o op, k attr.Kind) {
	p.fault(operandType, "Incorrect operand type for operator or function; operator or function: %s, operand type: %s", o, k)
}

// checkPlace wants n, which stands where a value is needed, to yield one.
func (p *parser) checkPlace(n *node) {
	if n.op.function() && !n.op.operand() {
		p.fault(misusedFunction, "The function is not allowed to be used this way in an expression; function: %s", n.op)
	}
}

// checkDistinct refuses an operator whose operands are the same path.
func (p *parser) checkDistinct(n *node) {
	if len(n.kids) == 2 && n.kids[0].op == opPath && n.kids[1].op == opPath && slices.Equal(n.kids[0].path, n.kids[1].path) {
		p.fault(sameOperands, "The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", n.op, n.kids[0].path)
	}
}

// checkComparison holds a comparison, BETWEEN or IN against the rules for its operands.
func (p *parser) checkComparison(n *node) {
	p.operators++
	for _, kid := range n.kids {
		p.checkPlace(kid)
	}
	p.checkDistinct(n)
	switch n.op {
	case opLt, opLe, opGt, opGe:
		p.checkTypes(n, attr.String, attr.Number, attr.Binary)
	case opBetween:
		p.checkTypes(n, attr.String, attr.Number, attr.Binary)
		p.checkBounds(n.kids[1], n.kids[2])
	case opIn:
		if len(n.kids)-1 > maxOperands {
			p.fault(operandCount, "Incorrect number of operands for operator or function; operator or function: IN, number of operands: %d", len(n.kids)-1)
		}
	}
}

// checkBounds wants BETWEEN's bounds to be of one type and in order.
func (p *parser) checkBounds(lower, upper *node) {
	if lower.op != opValue || upper.op != opValue || lower.value.Kind == attr.Missing || upper.value.Kind == attr.Missing {
		return
	}
	order, ok := attr.Compare(lower.value, upper.value)
	what := "upper bound to be greater than or equal to lower bound"
	switch {
	case lower.value.Kind != upper.value.Kind:
		what = "same data type for lower and upper bounds"
	case !ok || order <= 0:
		return
	}
	p.fault(operandType, "The BETWEEN operator requires %s; lower bound operand: AttributeValue: {%s:%s}, upper bound operand: AttributeValue: {%s:%s}",
		what, lower.value.Kind, lower.value.Text, upper.value.Kind, upper.value.Text)
}
