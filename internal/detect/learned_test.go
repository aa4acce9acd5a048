package detect_test

import (
	"strconv"
	"strings"
	"testing"

	"kith/internal/baseline"
	"kith/internal/directory"
	"kith/internal/facts"
)

// memory keeps rows while a fixture's lessons are folded.
type memory map[baseline.Row][]byte

func (m memory) Get(rows []baseline.Row) (map[baseline.Row][]byte, error) {
	out := make(map[baseline.Row][]byte, len(rows))
	for _, r := range rows {
		out[r] = m[r]
	}
	return out, nil
}
func (m memory) Put(r baseline.Row, data []byte) error { m[r] = data; return nil }
func (m memory) Delete(r baseline.Row) error           { delete(m, r); return nil }

// past is what is learned for one fixture, and where it stands.
type past struct {
	t     testing.TB
	c     *facts.Case
	rows  memory
	alike []string
	spent map[string]int // days of a context and family that words have taken already
}

// learned folds what a fixture says was learned, through real lessons, and puts the
// rows in view as the keeper of habits does.
func learned(t testing.TB, c *facts.Case, known, person []string) {
	t.Helper()
	p := &past{t: t, c: c, rows: memory{}, spent: make(map[string]int)}
	for _, w := range known {
		p.teach(w, "")
	}
	who := ""
	for _, w := range person {
		switch {
		case w == ";":
			who = ""
			if len(c.Rcpts) > 0 {
				who = c.Rcpts[0].Entry.Address
			}
		case !strings.Contains(w, "="):
			who = c.Dir.Lookup(w).Address
		default:
			p.teach(w, who)
		}
	}
	c.Known = baseline.NewView(keys, baseline.DefaultParams(), baseline.DayOf(c.Envelope.Arrived))
	c.Known.SetAlike(p.alike)
	for _, l := range []baseline.Level{baseline.Author, baseline.Domain, baseline.Probation, baseline.Name, baseline.User, baseline.Circle} {
		p.show(c.Known, p.row(l, ""))
	}
	for g := range uint8(2) {
		p.show(c.Known, keys.OrgRow(g))
	}
	for i := range c.Rcpts {
		r := &c.Rcpts[i]
		r.Known = c.Known.Fork()
		if c.Dir.IsOurs(directory.Registrable(r.Entry.Address[strings.LastIndexByte(r.Entry.Address, '@')+1:])) {
			p.show(r.Known, p.row(baseline.Pair, r.Entry.Address))
			p.show(r.Known, p.row(baseline.Person, r.Entry.Address))
		}
	}
}

func (p *past) show(v *baseline.View, r baseline.Row) {
	profile, err := baseline.Decode(p.rows[r])
	if err != nil {
		p.t.Fatal(err)
	}
	if r != (baseline.Row{}) {
		v.Set(r, profile)
	}
}

// row names the row of a level; who is an employee for those that belong to one. The
// zero row says that this mail has no such context.
func (p *past) row(l baseline.Level, who string) baseline.Row {
	author := strings.ToLower(p.c.AuthorAddr)
	domain := directory.Registrable(author[strings.LastIndexByte(author, '@')+1:])
	switch l {
	case baseline.Pair:
		return keys.Owned(l, who, author)
	case baseline.Person:
		return keys.Person(who)
	case baseline.Author:
		return keys.Author(author, domain)
	case baseline.Domain:
		return keys.Domain(domain)
	case baseline.Name:
		if n := p.c.Values.One(baseline.DisplayName); n != "" {
			return keys.Row(l, n)
		}
		return baseline.Row{}
	case baseline.User, baseline.Circle:
		if p.c.SignedIn() {
			return keys.Owned(l, p.c.Author.Address)
		}
		return baseline.Row{}
	}
	return keys.Row(l, author)
}

// teach folds one word: [level:]family=value*days.
func (p *past) teach(word, who string) {
	p.t.Helper()
	if d, ok := strings.CutPrefix(word, "known-domain="); ok {
		p.alike = append(p.alike, d)
		return
	}
	level, rest, wide := strings.Cut(word, ":")
	if !wide || strings.Contains(level, "=") {
		level, rest = "", word
	}
	i := strings.LastIndexByte(rest, '*')
	if i < 0 {
		p.t.Fatalf("%q says no days: family=value*days", word)
	}
	days, err := strconv.Atoi(rest[i+1:])
	if err != nil {
		p.t.Fatalf("%q: %v", word, err)
	}
	f, value := family(p.t, rest[:i])
	if value == "." {
		value = p.shown(f)
	}
	r := p.place(f, level, who)
	if (r.Level == baseline.Pair || r.Level == baseline.Person) != (who != "") {
		p.t.Fatalf("%q: what is known of a recipient stands in X-Person, the rest in X-Known", word)
	}
	if r == (baseline.Row{}) {
		p.t.Fatalf("%q: this mail has no such context", word)
	}
	p.days(r, f, value, days)
}

// place is the row that a word speaks of: the family's own, or that of a wider level.
func (p *past) place(f *baseline.Family, level, who string) baseline.Row {
	if level == "" || level == f.Chain[0].String() {
		return p.row(f.Chain[0], who)
	}
	for _, l := range f.Chain {
		switch {
		case l.String() != level:
		case l == baseline.Org:
			return keys.OrgRow(f.Group)
		default:
			return p.row(l, who)
		}
	}
	p.t.Fatalf("family %s has no context %q", f.ID, level)
	return baseline.Row{}
}

func (p *past) days(r baseline.Row, f *baseline.Family, value string, days int) {
	var lessons []*baseline.Lesson
	spent := string(r.Key[:]) + f.ID
	for range days {
		p.spent[spent]++
		l := &baseline.Lesson{Day: baseline.DayOf(p.c.Envelope.Arrived) - baseline.Day(p.spent[spent])}
		parent := baseline.Key{}
		if r.Level == baseline.Pair {
			parent = p.row(baseline.Author, "").Key
		}
		l.Row(r, parent).Teach(f, keys.Value(f, value))
		lessons = append(lessons, l)
	}
	if _, err := keys.Fold(p.rows, lessons, nil); err != nil {
		p.t.Fatal(err)
	}
}

// shown is the value of a family that the mail itself shows.
func (p *past) shown(f *baseline.Family) string {
	v := p.c.Values.One(f)
	if f.Chain[0] == baseline.Pair && len(p.c.Rcpts) > 0 {
		v = p.c.Rcpts[0].Values.One(f)
	}
	if v == "" {
		p.t.Fatalf("the mail shows no %s", f.ID)
	}
	return v
}
