package demo

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/plain"
)

// printer says everything that the demo says.
type printer struct {
	Options
	site  *site
	total int
	bar   *progressbar.ProgressBar // nil where a line cannot be written anew
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p.Out, format+"\n", args...) }

// para prints a text in lines that begin with indent, the first with first.
func (p *printer) para(first, indent, text string) {
	for i, l := range wrap(text, maxWidth-columns(indent)) {
		if i > 0 {
			first = indent
		}
		p.line("%s%s", first, l)
	}
}

// Colours, by their codes of ECMA-48.
const (
	bold   = "1"
	dim    = "2"
	red    = "31;1"
	yellow = "33"
	green  = "32"
)

func (p *printer) paint(code, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// tell shows what kith noticed and what not, and how the check went.
func (p *printer) tell(rep *Report) {
	var harmful, doubtful, seen, later []*result
	for _, r := range rep.results {
		switch {
		case !r.incident() && mustNotice(r.name) != "" && r.band() == kith.Calm && r.unseen() == "":
			seen = append(seen, r)
		case !r.incident():
		case r.band() == kith.Harm:
			harmful = append(harmful, r)
		case r.band() == kith.Suspicious:
			doubtful = append(doubtful, r)
		default:
			later = append(later, r)
		}
	}
	p.line("")
	n := 0
	p.group("What kith noticed, and filed in the folder Junk",
		"The mail is whole in there. To take out only the file, or to lock only the link, is not built yet.", red, harmful, &n)
	p.group("What kith noticed, and left in the inbox for a second look",
		"The mail has the verdict in its header. To show it inside the mail is not built yet.", yellow, doubtful, &n)
	p.seen(seen)
	p.notYet(later)
	p.sums(rep)
	p.faults(rep)
}

func (p *printer) group(title, done, color string, list []*result, n *int) {
	if len(list) == 0 {
		return
	}
	p.line("%s", p.paint(bold, title))
	p.para("", "", done)
	p.line("")
	for _, r := range list {
		*n++
		p.incident(r, *n, color)
	}
}

// indent is where the text of an incident begins.
const indent = "     "

// incident shows one mail as its employee would be told of it. A mail to several,
// of whom each is told something else, is shown as each would see it.
func (p *printer) incident(r *result, n int, color string) {
	p.line("%s", p.paint(bold, fmt.Sprintf("%3d. %s", n, r.what)))
	p.para(indent, indent, "from "+sender(r.scene))
	p.para(indent, indent, "about “"+r.subject+"”")
	for _, rec := range p.shown(r) {
		p.told(rec, color)
	}
	p.line("")
}

// shown are the records of a letter that are told: the gravest, and all where the
// recipients should be told different things.
func (p *printer) shown(r *result) []kith.Record {
	if len(expected(r.name).apart) == 0 {
		return []kith.Record{gravest(r.records)}
	}
	return r.records
}

// told shows what one recipient is told.
func (p *printer) told(rec kith.Record, color string) {
	who := p.site.people.Lookup(rec.Rcpt)
	p.line("")
	p.para(indent, indent, "to "+person(who))
	lang := p.Lang
	if lang == "" {
		lang = who.Lang
	}
	p.words(rec.Judged, lang, color)
	if lang != "en" && lang != "" {
		t := plain.Render("en", rec.Judged)
		p.gloss("In English: " + strings.Join(append([]string{t.Headline}, t.Reasons...), " "))
	}
}

// gloss prints what stands beside the main text.
func (p *printer) gloss(text string) {
	for _, l := range wrap(text, maxWidth-len(indent)) {
		p.line("%s%s", indent, p.paint(dim, l))
	}
}

// words are the sentences that the employee reads.
func (p *printer) words(j kith.Judgement, lang, color string) {
	t := plain.Render(lang, j)
	for _, l := range wrap(t.Headline, maxWidth-len(indent)) {
		p.line("%s%s", indent, p.paint(color, l))
	}
	for _, reason := range t.Reasons {
		p.para(indent+"• ", indent+"  ", reason)
	}
	if t.Cue != "" {
		p.para(indent+"→ ", indent+"  ", t.Cue)
	}
}

// gravest is the record with the highest score.
func gravest(recs []kith.Record) kith.Record {
	return slices.MaxFunc(recs, func(a, b kith.Record) int {
		switch {
		case a.Judged.Verdict.Score < b.Judged.Verdict.Score:
			return -1
		case a.Judged.Verdict.Score > b.Judged.Verdict.Score:
			return 1
		}
		return 0
	})
}

// person names somebody with what he does.
func person(e directory.Entry) string {
	name := e.Name
	for _, n := range e.Names {
		if !ascii(e.Name) && ascii(n) {
			name += " (" + n + ")"
			break
		}
	}
	if len(e.Roles) > 0 {
		name += ", " + e.Roles[0]
	}
	return name
}

// sender is the author as a mail program shows him.
func sender(s *scene) string {
	if s.from.Name == "" {
		return s.from.Address
	}
	return s.from.Name + " <" + s.from.Address + ">"
}

// seen shows ordinary mail in which something was new, and nothing was made of it.
func (p *printer) seen(list []*result) {
	if len(list) == 0 {
		return
	}
	p.line("%s", p.paint(bold, "What kith noticed, and rightly made nothing of"))
	p.para("", "", "What is only unusual is never enough: nobody is told, and the mail is not touched.")
	p.line("")
	for _, r := range list {
		p.para("  –  ", indent, "from "+sender(r.scene)+", about “"+r.subject+"”")
		for _, c := range gravest(r.records).Judged.Verdict.Reasons {
			if c.Finding.Kind == mustNotice(r.name) {
				p.para(indent, indent, plain.Reason("en", c.Finding))
			}
		}
		p.line("")
	}
}

// notYet shows what went through, and says why.
func (p *printer) notYet(list []*result) {
	if len(list) == 0 {
		return
	}
	p.line("%s", p.paint(bold, "What kith does not notice yet"))
	p.line("")
	for _, r := range list {
		p.para("  –  ", indent, r.what+".")
		p.para(indent, indent, "from "+sender(r.scene))
		why := expected(r.name).later
		if why == "" {
			why = "this should have been noticed"
		}
		p.para(indent, indent, "Why: "+why+".")
		p.line("")
	}
}

func (p *printer) sums(rep *Report) {
	p.line("%s", p.paint(bold, "The whole run"))
	p.line("")
	ordinary := 0
	for _, r := range rep.results {
		if !r.incident() {
			ordinary++
		}
	}
	row := func(name, format string, args ...any) {
		p.para(fmt.Sprintf("  %-11s", name), strings.Repeat(" ", 13), fmt.Sprintf(format, args...))
	}
	row("mails", "%d: %d made %d copies for our own people, %d went to others", rep.Mails, rep.Mails-rep.Outside, rep.Copies, rep.Outside)
	row("delivered", "%d to inboxes, %d to Junk; %d lost, %d refused", rep.Inbox, rep.Junk, len(rep.Lost), len(rep.Refused))
	row("untouched", "%d of %d copies are byte for byte as sent, below the fields of kith", rep.Inbox+rep.Junk, rep.Copies)
	noticed := fmt.Sprintf("%d of %d harmful mails, each for the right reasons", rep.Caught, rep.Expected)
	if rep.NotYet > 0 {
		noticed += fmt.Sprintf("; %d more are not noticed yet", rep.NotYet)
	}
	row("noticed", "%s", noticed)
	row("warnings", "%d wrong ones about %d ordinary mails", len(rep.Wrong), ordinary)
	row("time", "%s for half of the mails, %s for 99 of 100, from the last byte to the answer", short(rep.P50), short(rep.P99))
	p.line("")
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// faults says what was not as it should be.
func (p *printer) faults(rep *Report) {
	if rep.Held() {
		return
	}
	p.line("%s", p.paint(red, "Not as it should be"))
	p.line("")
	for _, f := range []struct {
		what string
		list []string
	}{{"not noticed", rep.Missed}, {"wrong warning", rep.Wrong}, {"refused", rep.Refused}, {"lost or changed", rep.Lost}, {"in a mailbox, and sent by nobody", rep.Strange}, {"an incident that taught something", rep.Taught}} {
		for _, s := range f.list {
			p.para("  "+f.what+": ", "    ", s)
		}
	}
	p.line("")
	p.line("  The folder is kept: %s", p.site.dir)
	p.line("")
}

// where says what can be looked at while the demo stays up.
func (p *printer) where(held bool) {
	conf := p.site.configPath()
	p.line("%s", p.paint(bold, "Where to look"))
	p.line("")
	p.line("  mailboxes  %s", filepath.Join(p.site.dir, "Maildir"))
	p.line("  settings   %s", conf)
	p.line("  log        %s", filepath.Join(p.site.dir, "kith.log"))
	p.line("  metrics    http://%s/metrics", p.site.kith.Addr("web"))
	p.line("")
	p.line("%s", p.paint(bold, "What to try, in another terminal"))
	p.line("")
	p.line("  %s status --config %s", p.Command, conf)
	p.line("  %s trace --config %s dohyun.lee@%s", p.Command, conf, ourDomain)
	p.line("  %s judge message.eml     a mail of your own, saved to a file", p.Command)
	p.line("")
	end := "kith stays up. Ctrl-C stops it"
	if p.site.own && held {
		end += " and removes the folder"
	}
	p.line("%s", p.paint(green, end+"."))
}
