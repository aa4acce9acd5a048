package milter

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"kith/internal/kith"
	"kith/internal/mailauth"
	"kith/internal/note"
	"kith/internal/pipeline"
)

// seen is one call of Judge or Authenticate.
type seen struct {
	env *kith.Envelope
	raw string
}

type recorded struct {
	env   *kith.Envelope
	out   *pipeline.Outcome
	state kith.State
	reply string
}

// bench is a Judge that remembers what it was asked.
type bench struct {
	judge func(ctx context.Context, env *kith.Envelope, raw []byte) *pipeline.Outcome // nil: everything is normal

	left <-chan struct{} // what Authenticate leaves behind

	mu      sync.Mutex
	judged  []seen
	authed  []seen
	notes   []note.Note
	records []recorded
}

func (b *bench) Judge(ctx context.Context, env *kith.Envelope, raw []byte) *pipeline.Outcome {
	b.mu.Lock()
	b.judged = append(b.judged, seen{env, string(raw)})
	b.mu.Unlock()
	if b.judge != nil {
		return b.judge(ctx, env, raw)
	}
	return outcome(env, kith.Plan{})
}

func outcome(env *kith.Envelope, p kith.Plan) *pipeline.Outcome {
	out := &pipeline.Outcome{}
	for _, r := range env.Rcpts {
		out.Judgements = append(out.Judgements, kith.Judgement{Rcpt: r, Plan: p})
	}
	return out
}

func (b *bench) Authenticate(_ context.Context, env *kith.Envelope, raw []byte) (mailauth.Result, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.authed = append(b.authed, seen{env, string(raw)})
	return mailauth.Result{Source: mailauth.SourceSelf, SPF: mailauth.Pass}, b.left
}

func (b *bench) Unjudged(env *kith.Envelope, gap string) *pipeline.Outcome {
	out := outcome(env, kith.Plan{})
	out.Gap = gap
	return out
}

func (b *bench) Note(n note.Note) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes = append(b.notes, n)
}

func (b *bench) Record(env *kith.Envelope, out *pipeline.Outcome, state kith.State, reply string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, recorded{env, out, state, reply})
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// serve starts a server on a unix socket and returns it with the socket's path.
func serve(t testing.TB, role Role, opt Options) (*Server, string) {
	t.Helper()
	if opt.Log == nil {
		opt.Log = quiet
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln, role) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-ended; err != ErrServerClosed {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, path
}

// mta is the MTA's side of one connection.
type mta struct {
	*gomilter.ClientSession
	t      testing.TB
	macros *gomilter.MacroBag
}

func connect(t testing.TB, path string, macros map[string]string, opts ...gomilter.Option) *mta {
	t.Helper()
	bag := gomilter.NewMacroBag()
	for k, v := range macros {
		bag.Set(k, v)
	}
	opts = append([]gomilter.Option{gomilter.WithAction(gomilter.AllClientSupportedActionMasks)}, opts...)
	c, err := gomilter.NewClient("unix", path, opts...).Session(bag)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	m := &mta{c, t, bag}
	m.must(c.Conn("mail.vendor.example", gomilter.FamilyInet, 1025, "203.0.113.7"))
	m.must(c.Helo("ehlo.vendor.example"))
	return m
}

func (m *mta) must(_ *gomilter.Action, err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// mail is one message as the MTA shows it.
type mailText struct {
	from, args string
	rcpts      []string
	fields     [][2]string
	body       []string // chunks
}

var plain = mailText{
	from:   "ann@vendor.example",
	rcpts:  []string{"bob@corp.example"},
	fields: [][2]string{{"From", " ann@vendor.example"}, {"Subject", " hello"}},
	body:   []string{"text\r\n"},
}

const plainBytes = "From: ann@vendor.example\r\nSubject: hello\r\n\r\ntext\r\n"

func (m *mta) send(x mailText) ([]gomilter.ModifyAction, *gomilter.Action) {
	m.t.Helper()
	m.begin(x)
	acts, a, err := m.End()
	if err != nil {
		m.t.Fatal(err)
	}
	return acts, a
}

func (m *mta) begin(x mailText) {
	m.t.Helper()
	m.must(m.Mail(x.from, x.args))
	for _, r := range x.rcpts {
		m.must(m.Rcpt(r, ""))
	}
	m.must(m.DataStart())
	for _, f := range x.fields {
		m.must(m.HeaderField(f[0], f[1], nil))
	}
	m.must(m.HeaderEnd())
	m.must(m.BodyChunk([]byte(strings.Join(x.body[:min(1, len(x.body))], "")))) // the library's client wants one
	for _, b := range x.body[min(1, len(x.body)):] {
		m.must(m.BodyChunk([]byte(b)))
	}
}

func TestEnvelope(t *testing.T) {
	hundred := make([]string, 100)
	for i := range hundred {
		hundred[i] = "r" + strings.Repeat("x", i) + "@corp.example"
	}
	tests := []struct {
		name   string
		role   Role
		macros map[string]string
		mail   mailText
		daemon string
		want   kith.Envelope
		isRole Role
	}{
		{name: "border", mail: mailText{from: "ann@vendor.example", rcpts: []string{"bob@corp.example"}},
			macros: map[string]string{"i": "4abc"},
			want:   kith.Envelope{QueueID: "4abc", MailFrom: "ann@vendor.example", Rcpts: []string{"bob@corp.example"}}},
		{name: "null sender", mail: mailText{from: "", rcpts: []string{"bob@corp.example"}},
			want: kith.Envelope{Rcpts: []string{"bob@corp.example"}}},
		{name: "100 recipients", mail: mailText{from: "a@b.example", rcpts: hundred},
			want: kith.Envelope{MailFrom: "a@b.example", Rcpts: hundred}},
		{name: "smtputf8", mail: mailText{from: "ä@b.example", args: "SIZE=10 smtputf8 BODY=8BITMIME", rcpts: []string{"Bob@corp.example"}},
			want: kith.Envelope{MailFrom: "ä@b.example", UTF8: true, Rcpts: []string{"Bob@corp.example"}}},
		{name: "login on port 25", macros: map[string]string{"{auth_authen}": "bob", "{auth_type}": "PLAIN", "{tls_version}": "TLSv1.3"},
			mail:   mailText{from: "bob@corp.example", rcpts: []string{"x@y.example"}},
			want:   kith.Envelope{MailFrom: "bob@corp.example", Login: "bob", Rcpts: []string{"x@y.example"}, Client: kith.Client{Proto: "ESMTPSA"}},
			isRole: Submission},
		{name: "by daemon name", macros: map[string]string{"{daemon_name}": "ORIGINATING"}, daemon: "ORIGINATING",
			mail: mailText{from: "a@corp.example", rcpts: []string{"x@y.example"}}, isRole: Submission,
			want: kith.Envelope{MailFrom: "a@corp.example", Rcpts: []string{"x@y.example"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{}
			var role Role
			now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
			_, path := serve(t, tt.role, Options{Judge: b, SubmissionDaemons: []string{"ORIGINATING"}, Now: func() time.Time { return now },
				Counts: Counts{Message: func(r Role, _ string, _ time.Duration, _ int64) { role = r }}})
			m := connect(t, path, tt.macros)
			m.send(tt.mail)
			if len(b.judged) != 1 || len(b.records) != 1 {
				t.Fatalf("%d judged, %d recorded, want one each", len(b.judged), len(b.records))
			}
			got := *b.judged[0].env
			if len(got.ID) != 16 {
				t.Errorf("ID %q is not 16 characters", got.ID)
			}
			want := tt.want
			want.ID, want.Seat, want.Arrived, want.Size = got.ID, kith.SeatMilter, now, int64(len(b.judged[0].raw))
			want.Client.Addr, want.Client.Name, want.Client.Helo = got.Client.Addr, "mail.vendor.example", "ehlo.vendor.example"
			if got.Client.Addr.String() != "203.0.113.7" {
				t.Errorf("client %v", got.Client.Addr)
			}
			if diff := diffEnvelope(got, want); diff != "" {
				t.Error(diff)
			}
			if role != tt.isRole {
				t.Errorf("role %v, want %v", role, tt.isRole)
			}
			if wantNotes := map[bool]int{true: 1}[tt.isRole == Submission]; len(b.notes) != wantNotes {
				t.Errorf("%d notes, want %d", len(b.notes), wantNotes)
			}
		})
	}
}

func TestNoteOnly(t *testing.T) {
	b := &bench{}
	_, path := serve(t, Border, Options{Judge: b, NoteOnly: true})
	m := connect(t, path, map[string]string{"i": "4q"})
	if _, a := m.send(plain); a.Type != gomilter.ActionAccept {
		t.Errorf("answer %v", a)
	}
	if len(b.judged) != 0 || len(b.records) != 0 || len(b.authed) != 1 || b.authed[0].raw != plainBytes {
		t.Errorf("%d judged, %d recorded, authenticated %+v", len(b.judged), len(b.records), b.authed)
	}
	if len(b.notes) != 1 || b.notes[0].QueueID != "4q" || b.notes[0].Auth == nil || b.notes[0].Auth.SPF != mailauth.Pass {
		t.Errorf("notes %+v", b.notes)
	}
}

// An authentication that hangs leaves a note that knows nothing of it, so that the
// seat behind looks itself; the message's memory stays taken until it lets go.
func TestNoteOfAMessageThatHoldsUp(t *testing.T) {
	left := make(chan struct{})
	b := &bench{left: left}
	s, path := serve(t, Border, Options{Judge: b, NoteOnly: true})
	if _, a := connect(t, path, map[string]string{"i": "4q"}).send(plain); a.Type != gomilter.ActionAccept {
		t.Errorf("answer %v", a)
	}
	if len(b.notes) != 1 || b.notes[0].Auth != nil {
		t.Errorf("notes %+v", b.notes)
	}
	whole := func() bool {
		ok := s.memory.TryAcquire(s.opt.MaxMemory)
		if ok {
			s.memory.Release(s.opt.MaxMemory)
		}
		return ok
	}
	if whole() {
		t.Error("the memory is given back while the message is still read")
	}
	close(left)
	waitFor(t, whole)
}

// TestManyMessages sends messages through one connection: whole ones, one given
// up by the client, and one that never ended before the next began.
func TestManyMessages(t *testing.T) {
	b := &bench{}
	var mu sync.Mutex
	results := map[string]int{}
	srv, path := serve(t, Border, Options{Judge: b, Counts: Counts{Message: func(_ Role, r string, _ time.Duration, _ int64) {
		mu.Lock()
		defer mu.Unlock()
		results[r]++
	}}})
	m := connect(t, path, nil)
	for range 3 {
		m.send(plain)
	}
	m.begin(plain)
	if err := m.Abort(nil); err != nil {
		t.Fatal(err)
	}
	m.send(plain)
	if err := m.Reset(m.macros); err != nil { // the MTA uses the connection for another client
		t.Fatal(err)
	}
	m.must(m.Conn("unknown", gomilter.FamilyInet6, 25, "2001:db8::1"))
	m.must(m.Helo("x"))
	m.send(plain)
	if len(b.judged) != 5 {
		t.Fatalf("%d judged, want 5", len(b.judged))
	}
	for i, j := range b.judged {
		if j.raw != plainBytes {
			t.Errorf("message %d: %q", i, j.raw)
		}
	}
	last := b.judged[4].env.Client
	if last.Name != "" || last.Addr.String() != "2001:db8::1" || last.Helo != "x" {
		t.Errorf("client of the second connection: %+v", last)
	}
	m.Close()
	waitFor(t, func() bool { return srv.memory.TryAcquire(srv.opt.MaxMemory) })
	mu.Lock()
	defer mu.Unlock()
	if results["passed"] != 5 || results["aborted"] != 1 {
		t.Errorf("results %v", results)
	}
}

func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	for range 200 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("did not come true within two seconds")
}

func TestShutdown(t *testing.T) {
	started, finish := make(chan bool), make(chan bool)
	b := &bench{judge: func(context.Context, *kith.Envelope, []byte) *pipeline.Outcome {
		started <- true
		<-finish
		return &pipeline.Outcome{}
	}}
	s, err := New(Options{Judge: b, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(ln, Border)
	idle := connect(t, path, nil)
	_ = idle
	busy := connect(t, path, nil)
	busy.begin(plain)
	answer := make(chan *gomilter.Action, 1)
	go func() {
		_, a, _ := busy.End()
		answer <- a
	}()
	<-started
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	time.Sleep(50 * time.Millisecond)
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		t.Error("still listening during shutdown")
	}
	close(finish)
	if a := <-answer; a == nil || a.Type != gomilter.ActionAccept {
		t.Errorf("the message in work was answered %v", a)
	}
	select {
	case err := <-down:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(idleGrace + 3*time.Second):
		t.Error("idle connections keep the server from ending")
	}
}
