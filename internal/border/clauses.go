package border

import "strings"

// clauses is a Received field cut up, before anything is understood.
type clauses struct {
	from, by, with, id, forAddr string
	fromExtra                   string   // a second word behind from, outside of brackets
	fromComments                []string // between from and the next clause
	comments                    []string // all of them, in order
}

// maxWords and maxComments bound how many parts of one field are looked at.
const (
	maxWords    = 200
	maxComments = 20
)

// readClauses cuts a field at the words of RFC 5321 §4.4 that stand outside of
// brackets. The first clause of a name wins, because what comes later is more
// often text of somebody else ("id" and "for" excepted, nobody repeats them
// with good reason).
func readClauses(s string) clauses {
	var c clauses
	key, words := "", 0
	for s != "" && words < maxWords {
		var w string
		var comment bool
		w, s, comment = nextToken(s)
		if w == "" {
			continue
		}
		words++
		if comment {
			c.addComment(key, w)
			continue
		}
		if k := clauseWord(w); k != "" && key != k {
			key = k
			continue
		}
		c.add(key, w)
	}
	return c
}

// clauseWord returns the clause that a word begins, in lower case, or "".
func clauseWord(w string) string {
	if len(w) > 4 {
		return ""
	}
	switch k := strings.ToLower(w); k {
	case "from", "by", "with", "id", "for", "via":
		return k
	}
	return ""
}

func (c *clauses) add(key, w string) {
	first := func(to *string) {
		if *to == "" {
			*to = w
		}
	}
	switch key {
	case "from":
		if c.from != "" && c.fromExtra == "" {
			c.fromExtra = w
		}
		first(&c.from)
	case "by":
		first(&c.by)
	case "with":
		first(&c.with)
	case "id":
		first(&c.id)
	case "for":
		first(&c.forAddr)
	}
}

func (c *clauses) addComment(key, w string) {
	if len(c.comments) >= maxComments {
		return
	}
	c.comments = append(c.comments, w)
	if key == "from" {
		c.fromComments = append(c.fromComments, w)
	}
}

// nextToken takes one word or one whole comment (without its outer brackets, of
// any depth, quoted pairs undone nowhere) off the front of s. An unclosed
// comment ends with s.
func nextToken(s string) (token, rest string, comment bool) {
	s = strings.TrimLeft(s, " \t\r\n")
	if s == "" {
		return "", "", false
	}
	if s[0] == ')' {
		return "", s[1:], false
	}
	if s[0] != '(' {
		end := strings.IndexAny(s, " \t\r\n(")
		if end < 0 {
			return s, "", false
		}
		return s[:end], s[end:], false
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return strings.TrimSpace(s[1:i]), s[i+1:], true
			}
		}
	}
	return strings.TrimSpace(s[1:]), "", true
}
