package demo

import (
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed history
var historyFiles embed.FS

// habit is one correspondence of the months before: what somebody writes, to
// whom, on which days of the week and at what hours. It stands in a file of the
// folder history in the form of a scene, with a few fields more. Texts and
// subjects may have several forms, of which one is taken for each mail; their
// slots are filled in: {n} a number of five digits, {k} a small one, {eur},
// {gbp}, {yen} and {won} a sum.
type habit struct {
	scene
	subjects, texts, answers []string

	days       []time.Weekday
	begin, end int // hours, on the author's clock
	every      int // in one of so many weeks
	answerer   string
	percent    int // of the mails that are answered

	first, last []spelling // where each mail is by somebody else: the parts of names
}

// spelling is a name and how it stands in an address.
type spelling struct{ name, address string }

// desk is how one of the twelve writes.
type desk struct {
	mailer, charset string
	answers         []string
}

// pastIncident is an incident of the months before.
type pastIncident struct {
	scene
	week int // ago; 0 = the last one
	junk bool
}

// past is what is written down of the months before.
type past struct {
	desks     map[string]*desk // by address
	habits    []*habit
	incidents []*pastIncident
}

// loadPast reads the embedded files. An error is a fault of the demo itself.
func loadPast() (*past, error) {
	p := &past{desks: make(map[string]*desk)}
	for _, f := range []struct {
		name string
		read func(block string) error
	}{{"people", p.readDesk}, {"colleagues", p.readHabit}, {"vendors", p.readHabit}, {"customers", p.readHabit}, {"many", p.readHabit}, {"incidents", p.readIncident}} {
		b, err := historyFiles.ReadFile("history/" + f.name + ".txt")
		if err != nil {
			return nil, err
		}
		for _, block := range blocks(b) {
			if err := f.read(block); err != nil {
				return nil, fmt.Errorf("history/%s.txt: %w", f.name, err)
			}
		}
	}
	return p, nil
}

var errNoField = errors.New("no such field")

func (p *past) readDesk(block string) error {
	d := &desk{}
	name, body, err := readBlock(block, func(key, value string) error {
		switch key {
		case "Mailer":
			d.mailer = value
		case "Charset":
			d.charset = value
		default:
			return errNoField
		}
		return nil
	})
	d.answers = variants(body)
	p.desks[whole(name)] = d
	return err
}

func (p *past) readHabit(block string) error {
	h := &habit{every: 1}
	name, body, err := readBlock(block, h.set)
	if err != nil {
		return err
	}
	h.name, h.kind = name, "history"
	say, answer, _ := strings.Cut(body, "\n--- answer\n")
	h.texts, h.answers = variants(say), variants(answer)
	if len(h.subjects) == 0 || len(h.days) == 0 || h.end <= h.begin {
		return fmt.Errorf("%s: Subject or When is missing", h.name)
	}
	h.subject = h.subjects[0]
	if d := p.desks[h.from.Address]; d != nil {
		h.login, h.mailer, h.charset = h.from.Address, d.mailer, d.charset
	}
	if h.answerer != "" && p.desks[h.answerer] == nil {
		return fmt.Errorf("%s: %s has no desk", h.name, h.answerer)
	}
	p.habits = append(p.habits, h)
	return h.check()
}

// variants parts texts; none where there is nothing.
func variants(body string) []string {
	if strings.TrimSpace(body) == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(body, "\n"), "\n---\n")
}

// set reads one field: those of a habit, else one of a scene.
func (h *habit) set(key, value string) (err error) {
	switch key {
	case "Subject":
		h.subjects = append(h.subjects, value)
	case "When":
		h.days, h.begin, h.end, err = readWhen(value)
	case "Every":
		h.every, err = strconv.Atoi(value)
	case "Answer":
		who, percent, some := strings.Cut(value, " ")
		h.answerer, h.percent = whole(who), 100
		if some {
			h.percent, err = strconv.Atoi(percent)
		}
	case "First":
		h.first = spellings(value)
	case "Last":
		h.last = spellings(value)
	default:
		return h.scene.set(key, value)
	}
	return err
}

// readWhen reads "Mon Thu 8-10".
func readWhen(s string) (days []time.Weekday, from, to int, err error) {
	words := strings.Fields(s)
	for _, w := range words[:len(words)-1] {
		i := strings.Index("SunMonTueWedThuFriSat", w)
		if len(w) != 3 || i < 0 {
			return nil, 0, 0, fmt.Errorf("%q is no day", w)
		}
		days = append(days, time.Weekday(i/3))
	}
	_, err = fmt.Sscanf(words[len(words)-1], "%d-%d", &from, &to)
	return days, from, to, err
}

func spellings(s string) (all []spelling) {
	for _, w := range strings.Fields(s) {
		name, address, _ := strings.Cut(w, "=")
		all = append(all, spelling{name, address})
	}
	return all
}

func (p *past) readIncident(block string) error {
	x := &pastIncident{week: -1}
	name, body, err := readBlock(block, func(key, value string) (err error) {
		switch key {
		case "Week":
			x.week, err = strconv.Atoi(value)
			return err
		case "Folder":
			x.junk = value == "Junk"
			return nil
		}
		return x.set(key, value)
	})
	if err != nil {
		return err
	}
	x.name, x.kind = "past-"+name, "history"
	x.say(body)
	if x.week < 0 || x.week >= weeks {
		return fmt.Errorf("%s: Week is not one of the %d", name, weeks)
	}
	p.incidents = append(p.incidents, x)
	return x.check()
}
