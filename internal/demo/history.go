package demo

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// weeks is how long the history is. Whole weeks have each day of the week equally
// often, so that every habit has the same number of mails on whatever day the
// demo is run.
const weeks = 13

// bygone is one mail of the history.
type bygone struct {
	letter
	at   time.Time
	junk bool // somebody has put it into the folder Junk
}

// historian writes the mail of the months that end with the day before today. The
// same day gives the same mails.
type historian struct {
	*past
	write *composer
	today time.Time // midnight in Hamburg
	mails []bygone
}

// writeHistory makes the whole history, in the order of its time.
func writeHistory(p *past, write *composer, now time.Time, incidents bool) ([]bygone, error) {
	now = now.In(location(hamburg))
	h := &historian{past: p, write: write, today: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())}
	for _, x := range p.habits {
		for week := range weeks {
			if (week+int(seed(x.name)%7))%x.every != 0 {
				continue
			}
			for _, day := range x.days {
				if err := h.once(x, week, day); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, x := range p.incidents {
		at := h.day(x.week, time.Wednesday).Add(10*time.Hour + 40*time.Minute)
		if !incidents {
			continue
		}
		if err := h.add(&x.scene, at, x.junk); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(h.mails, func(a, b bygone) int { return a.at.Compare(b.at) })
	return h.mails, nil
}

// seed makes a number out of words.
func seed(words ...string) uint64 {
	h := fnv.New64a()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// day is midnight of a day of the week so many weeks ago: week 0 are the seven days
// that end yesterday.
func (h *historian) day(week int, day time.Weekday) time.Time {
	back := (int(h.today.Weekday())-int(day)+6)%7 + 1
	return h.today.AddDate(0, 0, -7*week-back)
}

// once writes one mail of a habit, and the answer to it.
func (h *historian) once(x *habit, week int, day time.Weekday) error {
	name := fmt.Sprintf("%s-%d-%d", x.name, week, day)
	r := rand.New(rand.NewPCG(seed(x.name), uint64(week*7+int(day))))
	s := x.scene
	s.name = name
	x.bear(&s, week*7+int(day))
	s.subject = x.subjects[r.IntN(len(x.subjects))]
	s.say(x.texts[r.IntN(len(x.texts))])
	s.fill(r)
	date := h.day(week, day)
	zone := h.write.zone(&s)
	at := time.Date(date.Year(), date.Month(), date.Day(), x.begin, r.IntN((x.end-x.begin)*60), r.IntN(60), 0, zone)
	if err := h.add(&s, at, false); err != nil {
		return err
	}
	if x.answerer == "" || r.IntN(100) >= x.percent {
		return nil
	}
	a := h.answer(x, &s, r)
	return h.add(a, at.Add(time.Duration(30+r.IntN(150))*time.Minute), false)
}

// bear gives a stranger's mail an author of its own.
func (x *habit) bear(s *scene, i int) {
	if len(x.first) == 0 {
		return
	}
	a, b := x.first[i%len(x.first)], x.last[i*3%len(x.last)]
	name := a.name + " " + b.name
	if !ascii(a.name) && !ascii(b.name) {
		name = b.name + a.name // as Koreans write it
	}
	s.from = &mail.Address{Name: name, Address: a.address + "." + b.address + "@" + domainOf(s.from.Address)}
}

// answer writes what one of us answers.
func (h *historian) answer(x *habit, s *scene, r *rand.Rand) *scene {
	d := h.desks[x.answerer]
	texts := x.answers
	if len(texts) == 0 {
		texts = d.answers
	}
	a := &scene{
		kind: "history", name: s.name + "-answer", re: s.name, login: x.answerer, via: ourDomain,
		from: &mail.Address{Address: x.answerer}, to: []*mail.Address{s.from},
		subject: "Re: " + strings.TrimPrefix(s.subject, "Re: "), mailer: d.mailer, charset: d.charset,
	}
	a.say(texts[r.IntN(len(texts))])
	a.fill(r)
	return a
}

// fill fills in the slots.
func (s *scene) fill(r *rand.Rand) {
	sum := 100 + r.IntN(2900)
	slots := strings.NewReplacer("{n}", fmt.Sprint(10000+r.IntN(90000)), "{k}", fmt.Sprint(2+r.IntN(17)),
		"{eur}", fmt.Sprintf("%d,%02d", sum, r.IntN(100)), "{gbp}", fmt.Sprintf("%d.%02d", sum, r.IntN(100)),
		"{yen}", fmt.Sprintf("%d,%03d", 10+sum/100, sum%1000), "{won}", fmt.Sprintf("%d,%03d,000", 1+sum/1000, sum%1000))
	for _, text := range []*string{&s.subject, &s.text, &s.html, &s.envelope} {
		*text = slots.Replace(*text)
	}
	s.headers, s.files = slices.Clone(s.headers), slices.Clone(s.files)
	for i := range s.headers {
		s.headers[i] = slots.Replace(s.headers[i])
	}
	for i := range s.files {
		s.files[i].name = slots.Replace(s.files[i].name)
	}
	if s.replyTo != nil {
		s.replyTo = &mail.Address{Name: s.replyTo.Name, Address: slots.Replace(s.replyTo.Address)}
	}
}

func (h *historian) add(s *scene, at time.Time, junk bool) error {
	l, err := h.write.compose(s, at)
	if err != nil {
		return err
	}
	h.mails = append(h.mails, bygone{l, at, junk})
	return nil
}
