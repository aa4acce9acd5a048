package pipeline

import (
	"strings"
	"time"

	"kith/internal/facts"
	"kith/internal/habits"
	"kith/internal/kith"
	"kith/internal/mailauth"
	"kith/internal/store"
)

// Outcome is what the pipeline made of one message: a judgement for each
// recipient of the envelope, in its order.
type Outcome struct {
	Case       *facts.Case `json:"-"` // nil when nothing was read here
	Judgements []kith.Judgement
	Gap        string // "" or why the message was judged with less than there is ("paused", "deadline", "dns", …)
	Summary    Summary
	Auth       mailauth.Result
	Lessons    *habits.Lessons `json:"-"` // what the message may teach, once its copies are delivered; nil = nothing

	// Reading is nil, or a stage that does not heed the deadline still reads the
	// message: it is closed when that one lets go of the bytes.
	Reading <-chan struct{} `json:"-"`
}

// Summary is what the journal keeps of a message besides its verdicts.
type Summary struct {
	Direction kith.Direction
	Why       string // what the direction was concluded from
	From      string
	MessageID string
	Subject   string
	Client    string
	Login     string
	Auth      string
}

// maxSubject bounds what the journal keeps of a subject, in bytes.
const maxSubject = 300

func (o *Outcome) summarise(c *facts.Case) {
	o.Auth = c.Auth
	o.Summary = Summary{
		Direction: c.Direction, Why: c.Why, From: c.AuthorAddr, MessageID: c.Mail.MessageID,
		Subject: cut(c.Mail.Subject, maxSubject), Login: c.Envelope.Login, Auth: AuthWords(c.Auth),
	}
	if c.Hop.Addr.IsValid() {
		o.Summary.Client = c.Hop.Addr.String()
	}
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// AuthWords is authentication in one line, in the words of RFC 8601.
func AuthWords(r mailauth.Result) string {
	if r.Source == mailauth.SourceNothing {
		return ""
	}
	w := []string{}
	add := func(method string, s mailauth.Status) {
		if s != mailauth.Unchecked {
			w = append(w, method+"="+string(s))
		}
	}
	add("spf", r.SPF)
	add("dkim", r.DKIMStatus())
	add("dmarc", r.DMARC)
	add("arc", r.ARC)
	return strings.Join(w, " ")
}

// Direction names the direction, for logs.
func (o *Outcome) Direction() string { return string(o.Summary.Direction) }

// Folder names the folder that a recipient's copy is asked to be filed in, ""
// for the inbox. In shadow it is always "".
func (o *Outcome) Folder(i int) string {
	if o.Judgements[i].Plan.Done == kith.ActJunk {
		return "Junk"
	}
	return ""
}

// Bare is a journal row before anything is known but the envelope.
func Bare(env *kith.Envelope, to string) kith.Record {
	return kith.Record{ID: env.ID, Seat: env.Seat, QueueID: env.QueueID, Arrived: env.Arrived, Direction: kith.UnknownDirection,
		MailFrom: env.MailFrom, Rcpt: to, Login: env.Login, Size: env.Size, State: kith.StateReceived}
}

// Record is the journal row of recipient i; the seat adds state and reply.
func (o *Outcome) Record(env *kith.Envelope, i int) kith.Record {
	r := Bare(env, env.Rcpts[i])
	s := o.Summary
	r.Direction, r.Why, r.From, r.MessageID, r.Subject, r.Client, r.Auth = s.Direction, s.Why, s.From, s.MessageID, s.Subject, s.Client, s.Auth
	r.Person, r.Gap = o.Judgements[i].Person, o.Gap
	r.Judged = o.Judgements[i]
	if s.Login != "" {
		r.Login = s.Login
	}
	return r
}

// Record writes the outcome to the journal without waiting for the disk: the
// milter seat's way, where the MTA holds the message. state is StatePassed,
// StateRefused or StateDeferred; reply is what the MTA was told.
func (p *Pipeline) Record(env *kith.Envelope, out *Outcome, state kith.State, reply string) {
	n := min(len(env.Rcpts), len(out.Judgements))
	rows := make([]kith.Record, n)
	for i := range rows {
		rows[i] = out.Record(env, i)
		rows[i].State, rows[i].Reply, rows[i].Attempts, rows[i].Took = state, reply, 1, time.Since(env.Arrived)
	}
	var lessons []store.Lesson
	if state == kith.StatePassed {
		for i := range rows {
			lessons = append(lessons, out.Lessons.Take(i)...)
		}
	}
	p.later(rows, lessons)
}

// Learn keeps lessons; they may lag.
func (p *Pipeline) Learn(lessons []store.Lesson) { p.later(nil, lessons) }

// Append writes the journal rows of one message; they may lag.
func (p *Pipeline) Append(rows ...kith.Record) { p.later(rows, nil) }

// later hands rows and lessons to the store. Without a store, or with one that has
// no time for them, they are lost, which is counted: a line of a story, a little
// knowledge.
func (p *Pipeline) later(rows []kith.Record, lessons []store.Lesson) {
	o := p.opt()
	if o.Store == nil || len(rows)+len(lessons) == 0 {
		return
	}
	err := o.Store.Later(o.Boot, rows, lessons)
	if err == nil {
		return
	}
	id := ""
	if len(rows) > 0 {
		id = rows[0].ID
	}
	o.Log.Warn("journal rows and lessons dropped", "rows", len(rows), "lessons", len(lessons), "kith", id, "error", err)
	for range rows {
		o.Gap("journal")
	}
	if len(lessons) > 0 {
		o.Gap("lessons")
	}
}
