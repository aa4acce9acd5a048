package plain

import (
	"strings"
	"time"
)

// Person is what was learned about one person, to be told to that person. What is
// empty is not spoken of.
type Person struct {
	Name     string
	From, To time.Time // the first and the last day of what was learned
	Peers    []Peer    // whom the person hears from most, the closest first
	More     int       // how many others there are
	Writes   []Hours   // when the person usually writes
	Hears    []Hours   // when those usually write whom the person hears from most
	Closest  *Author   // what is usual for the outsider with whom the person writes most
}

// Peer is somebody who writes to the person.
type Peer struct {
	Name    string // a name, or an address where none is known
	Wrote   int    // days on which the peer wrote to the person
	Written int    // days on which the person wrote to the peer
	Since   time.Time
}

// Hours are hours of the working days or of the weekend, from 0 up to 24, on the
// person's own clock.
type Hours struct {
	Weekend  bool
	From, To int
}

// Author is what is usual for the mail of one author.
type Author struct {
	Name      string
	Program   string   // that writes the mail
	Server    string   // from whose servers it comes
	Language  string   // its tag, as "de"
	AnswerOwn bool     // an answer goes to the author's own address
	NoFiles   bool     // it brings none as a rule
	Files     []string // kinds of files
	NoLinks   bool
	Links     []string // where links lead
}

// Page is a text in parts.
type Page struct {
	Title, Intro string
	Parts        []Part
	Close        string // what follows from all this
	See, Erase   string // what stands above the two commands
}

// Part is a heading with sentences.
type Part struct {
	Title string
	Lines []string
}

// portraitWords are the sentences of a page. Braces are filled in.
type portraitWords struct {
	title, intro            string
	peers, both, oneWay     string
	days, more              plural
	hours, writes, hears    string
	work, weekend, and      string
	clock                   func(hour int) string
	author, program, server string
	language, answer        string
	noFiles, files          string
	noLinks, links          string
	close, see, erase       string
	languages               map[string]string
	kinds                   map[string]string // of files
	locked                  string            // a kind with a password
}

// Portray tells a person what was learned. An unknown language is English. It is
// safe for concurrent use, and the text is safe for a terminal (see Safe).
func Portray(lang string, p Person) Page {
	l := languageOf(lang)
	if l == nil {
		l = &english
	}
	w := portraits[l.tag]
	page := Page{
		Title: fill(w.title, "name", l.honour(Safe(p.Name, maxShown))), Close: w.close, See: w.see, Erase: w.erase,
		Intro: fill(w.intro, "from", l.date(p.From), "to", l.date(p.To)),
	}
	for _, part := range []Part{{w.peers, l.peers(w, p)}, {w.hours, l.times(w, p)}} {
		if len(part.Lines) > 0 {
			page.Parts = append(page.Parts, part)
		}
	}
	if p.Closest != nil {
		page.Parts = append(page.Parts, Part{fill(w.author, "name", Safe(p.Closest.Name, maxShown)), l.usual(w, p.Closest)})
	}
	return page
}

// fill puts values in the place of their names, in one pass: a brace in a value is
// a brace.
func fill(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func (l *language) peers(w *portraitWords, p Person) (lines []string) {
	for _, x := range p.Peers {
		s := w.both
		if x.Written == 0 {
			s = w.oneWay
		}
		lines = append(lines, fill(s, "name", Safe(x.Name, maxShown), "in", l.count(w.days, int64(x.Wrote)), "out", l.count(w.days, int64(x.Written)), "date", l.date(x.Since)))
	}
	if p.More > 0 {
		lines = append(lines, l.count(w.more, int64(p.More)))
	}
	return lines
}

func (l *language) times(w *portraitWords, p Person) (lines []string) {
	for _, x := range []struct {
		say   string
		hours []Hours
	}{{w.writes, p.Writes}, {w.hears, p.Hears}} {
		var spans []string
		for _, h := range x.hours {
			s := w.work
			if h.Weekend {
				s = w.weekend
			}
			spans = append(spans, fill(s, "from", w.clock(h.From), "to", w.clock(h.To)))
		}
		if len(spans) > 0 {
			lines = append(lines, fill(x.say, "hours", strings.Join(spans, w.and)))
		}
	}
	return lines
}

// usual says what is usual for an author's mail.
func (l *language) usual(w *portraitWords, a *Author) (lines []string) {
	add := func(when bool, s string, pairs ...string) {
		if when {
			lines = append(lines, fill(s, pairs...))
		}
	}
	tongue := w.languages[a.Language]
	add(a.Program != "", w.program, "program", Safe(a.Program, maxShown))
	add(a.Server != "", w.server, "host", Safe(readable(a.Server), maxShown))
	add(tongue != "", w.language, "language", tongue)
	add(a.AnswerOwn, w.answer)
	add(a.NoFiles && len(a.Files) == 0, w.noFiles)
	add(len(a.Files) > 0, w.files, "files", l.list(w.kindsOf(a.Files)))
	add(a.NoLinks && len(a.Links) == 0, w.noLinks)
	add(len(a.Links) > 0, w.links, "hosts", l.list(a.Links))
	return lines
}

// list joins values from outside.
func (l *language) list(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Safe(readable(s), maxShown)
	}
	if l.tag == "ja" {
		return strings.Join(out, "、")
	}
	return strings.Join(out, ", ")
}

// kindsOf names kinds of files; one without a word stands as it is.
func (w *portraitWords) kindsOf(kinds []string) (out []string) {
	for _, k := range kinds {
		plain, locked := strings.CutSuffix(k, "-locked")
		if name := w.kinds[plain]; name != "" {
			if k = name; locked {
				k = fill(w.locked, "kind", name)
			}
		}
		out = append(out, k)
	}
	return out
}
