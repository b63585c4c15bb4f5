package insights

import (
	"strings"
)

func (p *parser) pattern(q *Query) error {
	of, err := p.expr()
	if err != nil {
		return err
	}
	q.cluster(of)
	return nil
}

// cluster adds a pattern command.
func (q *Query) cluster(of expr) {
	q.commands = append(q.commands, patternCommand{of})
	q.shown, q.rows = []string{"@pattern", "@ratio", "@sampleCount", "@severityLabel"}, true
}

func (p *parser) diff(q *Query) error {
	if n := len(q.commands); n == 0 || !isPattern(q.commands[n-1]) {
		q.cluster(field{"@message"})
	}
	o := offset{length: true}
	if p.tok.kind == word {
		switch strings.ToLower(p.tok.text) {
		case "previousday":
			o = offset{days: 1}
		case "previousweek":
			o = offset{days: 7}
		case "previousmonth":
			o = offset{months: 1}
		default:
			return p.unexpected()
		}
		if err := p.advance(false); err != nil {
			return err
		}
	}
	q.diff = &o
	q.shown = []string{"@pattern", "@sampleCount", "@differenceCount", "@differenceDescription", "@severityLabel"}
	return nil
}

func isPattern(c command) bool {
	_, ok := c.(patternCommand)
	return ok
}
