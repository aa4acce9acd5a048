package milter

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	gomilter "github.com/d--j/go-milter"

	"kith/internal/kith"
	"kith/internal/mailauth"
	"kith/internal/note"
	"kith/internal/pipeline"
)

// progressEvery is well below the MTA's time-outs for one reply (Postfix:
// milter_content_timeout, 300 s).
const progressEvery = 5 * time.Second

// answer is what became of a message. The zero reply text is a plain pass.
type answer struct {
	result string // the word for Counts.Message
	gap    string // why it was not judged, "" when it was
	state  kith.State
	code   uint16 // of the SMTP reply, 0 = pass
	text   string
}

// say makes a reply that bears kith's id, so that it stands in the MTA's log
// and in the client's bounce.
func (a *answer) say(result string, state kith.State, code uint16, text, id string) {
	a.result, a.state, a.code, a.text = result, state, code, fmt.Sprintf("%s (%s)", text, id)
}

func (a *answer) reply() string {
	if a.code == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", a.code, a.text)
}

func (a *answer) response() *gomilter.Response {
	if a.code == 0 {
		return gomilter.RespAccept
	}
	r, err := gomilter.RejectWithCodeAndReason(a.code, a.text)
	if err != nil { // only an id with odd characters could do that
		return gomilter.RespTempFail
	}
	return r
}

// answer does the work of the message's role, and logs and counts the result.
func (s *session) answer(m gomilter.Modifier) *gomilter.Response {
	srv := s.server
	env := s.envelope(m)
	role := s.role()
	leftOut := env.Size - int64(len(s.msg.buf))

	a := answer{result: "passed", state: kith.StatePassed}
	if role == Border && srv.opt.NoteOnly {
		s.authenticate(&a, env, m)
	} else {
		if role == Submission {
			srv.opt.Judge.Note(noteOf(env, nil))
		}
		s.judge(&a, env, m)
	}
	took := srv.opt.Now().Sub(env.Arrived)
	srv.count(role, a.result, took, env.Size)
	attrs := []any{"queue_id", env.QueueID, "kith", env.ID, "role", role.String(), "result", a.result,
		"rcpts", len(env.Rcpts), "size", env.Size, "took_ms", took.Milliseconds()}
	switch {
	case a.gap != "":
		srv.opt.Log.Warn("milter: message not judged", append(attrs, "gap", a.gap)...)
	case leftOut > 0:
		srv.opt.Log.Warn("milter: message larger than the limit, its beginning was judged", append(attrs, "left_out", leftOut)...)
	default:
		srv.opt.Log.Info("milter: message", attrs...)
	}
	return a.response()
}

func (s *Server) count(role Role, result string, took time.Duration, n int64) {
	if s.opt.Counts.Message != nil {
		s.opt.Counts.Message(role, result, took, n)
	}
}

// authenticate checks the message and leaves the note by which the LMTP seat
// will know it. A message that could not be checked passes all the same: the
// seat that judges is still to come, and the note says what is known.
func (s *session) authenticate(a *answer, env *kith.Envelope, m gomilter.Modifier) {
	srv := s.server
	var auth *mailauth.Result
	if a.gap = s.msg.gap; a.gap == "" {
		raw, done := s.msg.handOver()
		var r mailauth.Result
		var left <-chan struct{}
		a.gap = srv.ask(m, func() { r, left = srv.opt.Judge.Authenticate(srv.base, env, raw) })
		releaseAfter(left, done)
		switch {
		case left != nil:
			a.gap = gapDeadline // the note says nothing of it: the LMTP seat looks itself
		case a.gap == "":
			auth = &r
		}
	}
	if a.gap != "" {
		a.result = "unjudged"
	}
	srv.opt.Judge.Note(noteOf(env, auth))
}

func noteOf(env *kith.Envelope, auth *mailauth.Result) note.Note {
	return note.Note{QueueID: env.QueueID, Login: env.Login, Client: env.Client, MailFrom: env.MailFrom,
		Rcpts: env.Rcpts, Auth: auth, At: env.Arrived}
}

// judge has the message judged, carries the outcome out and records both.
func (s *session) judge(a *answer, env *kith.Envelope, m gomilter.Modifier) {
	srv := s.server
	var out *pipeline.Outcome
	var raw []byte
	if a.gap = s.msg.gap; a.gap == "" {
		var done func()
		raw, done = s.msg.handOver()
		a.gap = srv.ask(m, func() { out = srv.opt.Judge.Judge(srv.base, env, raw) })
		var left <-chan struct{}
		if out != nil {
			left = out.Reading
		}
		if releaseAfter(left, done); left != nil {
			a.gap = gapDeadline
		}
	}
	if out == nil {
		out = srv.opt.Judge.Unjudged(env, a.gap)
	}
	if a.gap != "" {
		s.decideUnjudged(a, env)
	} else {
		s.decide(a, env, out, raw, m)
	}
	settle(out, a.result)
	srv.opt.Judge.Record(env, out, a.state, a.reply())
}

// decideUnjudged says what the configuration wants for a message that kith
// could not look at.
func (s *session) decideUnjudged(a *answer, env *kith.Envelope) {
	switch {
	case s.server.opt.OnFailure == Open:
		a.result = "unjudged"
	case a.gap == gapMemory:
		a.say("deferred", kith.StateDeferred, 452, "4.3.1 Too much mail at the moment, try again later", env.ID)
	default:
		a.say("deferred", kith.StateDeferred, 451, "4.3.0 Message could not be checked, try again later", env.ID)
	}
}

// settle corrects what the plans say was done where this seat did less, or
// refused.
func settle(out *pipeline.Outcome, result string) {
	for i := range out.Judgements {
		switch done := &out.Judgements[i].Plan.Done; result {
		case "refused":
			*done = kith.ActReject
		case "changed":
		default:
			*done = kith.ActNone
		}
	}
}

// decide carries out what a milter can carry out of the plans.
func (s *session) decide(a *answer, env *kith.Envelope, out *pipeline.Outcome, raw []byte, m gomilter.Modifier) {
	opt := &s.server.opt
	switch {
	case opt.Mode() != kith.Enforce:
	case opt.Reject && refusedForAll(out):
		a.say("refused", kith.StateRefused, 550, "5.7.1 Message refused", env.ID)
	case m.Actions()&wantedActions != wantedActions:
		// The connection began in shadow, or the MTA allows no changes.
	case s.strip.over:
		a.say("deferred", kith.StateDeferred, 451, "4.6.0 Too many X-Kith or Authentication-Results fields", env.ID)
	default:
		var add []field
		if opt.Block != nil {
			add = fieldsOf(opt.Block(env, out, raw))
		}
		if err := s.change(m, s.strip.marks, add); err != nil {
			opt.Log.Error("milter: header fields could not be changed", "queue_id", env.QueueID, "kith", env.ID, "error", err)
			a.say("deferred", kith.StateDeferred, 451, "4.3.0 Message could not be marked, try again later", env.ID)
		} else if len(s.strip.marks)+len(add) > 0 {
			a.result = "changed"
		}
	}
}

// refusedForAll reports whether every recipient's plan refuses the message: a
// milter has one answer for all of them.
func refusedForAll(out *pipeline.Outcome) bool {
	for _, j := range out.Judgements {
		if j.Plan.Mode != kith.Enforce || j.Plan.Heaviest() != kith.ActReject {
			return false
		}
	}
	return len(out.Judgements) > 0
}

// change asks the MTA for the changes; they leave together with the reply.
// Fields are removed from the last to the first, as Postfix counts anew after
// each removal, and before any is added; the new ones go to the top, the last
// one first. Without SMFIP_HDR_LEADSPC the MTA adds the space after the colon.
func (s *session) change(m gomilter.Modifier, remove []mark, add []field) error {
	for i := len(remove) - 1; i >= 0; i-- {
		if err := m.ChangeHeader(remove[i].index, remove[i].name, ""); err != nil {
			return err
		}
	}
	for i := len(add) - 1; i >= 0; i-- {
		value := add[i].value
		if !s.leadingSpace {
			value = strings.TrimPrefix(value, " ")
		}
		if err := m.InsertHeader(0, add[i].name, value); err != nil {
			return err
		}
	}
	return nil
}

// ask puts a question to the Judge and keeps the MTA patient meanwhile. It returns
// why there is no answer, "" when there is one.
func (s *Server) ask(m gomilter.Modifier, question func()) (gap string) {
	defer s.patient(m)()
	defer func() {
		if p := recover(); p != nil {
			s.opt.Log.Error("milter: the judging broke", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			gap = gapBroken
		}
	}()
	question()
	return ""
}

// releaseAfter gives a message's memory back once nobody reads it: now, or when
// what was left behind ends.
func releaseAfter(left <-chan struct{}, done func()) {
	if left == nil {
		done()
		return
	}
	go func() { <-left; done() }()
}

// patient sends progress notes until the returned function is called. The
// session's goroutine writes nothing meanwhile. An old MTA knows no progress
// notes; one that is gone is noticed at the reply.
func (s *Server) patient(m gomilter.Modifier) (stop func()) {
	var mu sync.Mutex // held while a note is under way: the reply must not overtake it
	stopped := false
	var next *time.Timer
	mu.Lock()
	defer mu.Unlock()
	next = time.AfterFunc(s.opt.progressEvery, func() {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			_ = m.Progress()
			next.Reset(s.opt.progressEvery)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		next.Stop()
	}
}

// randomID returns 16 characters of 80 random bits. They must not come twice, and
// are no secret.
func randomID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	return base32.StdEncoding.EncodeToString(b[:10])
}
