// Package glob matches texts with patterns in which * stands for any text and, in
// those of policies (Match), ? for any one byte. Both sides may come from whoever
// means ill: the time it takes is bounded.
package glob

import "strings"

// Literal before a * or a ? in a pattern makes it an ordinary character.
const Literal = '\x00'

// patience is how often a byte may be looked at before another way is taken.
const patience = 8

// Match tells whether text fits a pattern. It never goes back further than the
// last star. Where that is too often, as it is with "*aaa…b", all that the pattern
// may have come to is followed at once.
func Match(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for steps := patience * (len(pattern) + len(text)); t < len(text); steps-- {
		switch {
		case steps == 0 && star >= 0:
			return wide(pattern[star:], text[mark:])
		case escaped(pattern, p) && pattern[p+1] == text[t]:
			p, t = p+2, t+1
		case p < len(pattern) && pattern[p] == '*':
			star, mark, p = p, t, p+1
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]) && !escaped(pattern, p):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// escaped tells whether a literal * or ? is at p.
func escaped(pattern string, p int) bool {
	return p+1 < len(pattern) && pattern[p] == Literal && (pattern[p+1] == '*' || pattern[p+1] == '?')
}

// wide is Match by a set of places in the pattern, a bit each: n of them are where
// the text so far fits the pattern's first n characters.
func wide(pattern, text string) bool {
	size := len(pattern) - strings.Count(pattern, "*")
	stays := make([]uint64, size/64+1) // a star is at the place
	anything := make([]uint64, len(stays))
	var fits [256][]uint64 // the places that a byte leads on from
	n := 0
	for p := 0; p < len(pattern); p++ {
		bit := uint64(1) << (n % 64)
		switch pattern[p] {
		case '*':
			stays[n/64] |= bit
			continue
		case '?':
			anything[n/64] |= bit
		default:
			if escaped(pattern, p) {
				p++
			}
			if fits[pattern[p]] == nil {
				fits[pattern[p]] = make([]uint64, len(stays))
			}
			fits[pattern[p]][n/64] |= bit
		}
		n++
	}
	if n > len(text) {
		return false
	}
	at := make([]uint64, n/64+1)
	at[0] = 1
	for i := range len(text) {
		fit, carry := fits[text[i]], uint64(0)
		for w, places := range at {
			leads := anything[w]
			if fit != nil {
				leads |= fit[w]
			}
			on := places & leads
			at[w] = on<<1 | carry | places&stays[w]
			carry = on >> 63
		}
	}
	return at[n/64]>>(n%64)&1 == 1
}
