package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"kith/internal/config"
	"kith/internal/kith"
	"kith/internal/pipeline"
	"kith/internal/seat/door"
	"kith/internal/seat/milter"
	"kith/internal/seat/relay"
	"kith/internal/web"
)

// openSeats opens every door that the configuration names, all of them before
// any is served: a port that is taken stops the start, not the mail.
func (a *App) openSeats() (err error) {
	if a.opener, err = door.New(); err != nil {
		return coded(err)
	}
	defer func() {
		if err != nil {
			for _, s := range a.seats {
				s.shutdown(canceled())
			}
			a.seats = nil
		}
	}()
	c := a.Config
	if err := a.openRelay(kith.SeatLMTP, c.LMTP.Listen, c.LMTP.Next, c.LMTP.SocketMode, c.LMTP.Peers, c.LMTP.Peers, c.LMTP.TLSCert, c.LMTP.TLSKey, c.LMTP.MaxConnections); err != nil {
		return err
	}
	trusted := append(append([]config.Prefix(nil), c.SMTP.XForwardHosts...), c.SMTP.XClientHosts...)
	if err := a.openRelay(kith.SeatSMTP, c.SMTP.Listen, c.SMTP.Next, c.SMTP.SocketMode, c.SMTP.Peers, trusted, c.SMTP.TLSCert, c.SMTP.TLSKey, c.SMTP.MaxConnections); err != nil {
		return err
	}
	if err := a.openMilter(); err != nil {
		return err
	}
	return a.openWeb()
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// open opens a door and checks what the file could not show: where a socket of
// systemd's really listens.
func (a *App) open(table, key string, at config.Address, mode config.FileMode) (net.Listener, error) {
	ln, err := a.opener.Open(door.Door{Name: table + "." + key, Network: at.Network, Addr: at.Addr, Mode: os.FileMode(mode)})
	if err != nil {
		return nil, coded(err)
	}
	if err := a.Config.CheckListener(table, ln.Addr()); err != nil {
		ln.Close()
		return nil, err
	}
	return ln, nil
}

// NetworkError is a door that cannot be opened.
type NetworkError struct{ error }

func coded(err error) error { return NetworkError{err} }

func (a *App) openRelay(k kith.Seat, at, next config.Address, mode config.FileMode, peers, trusted []config.Prefix, cert, key string, max int) error {
	if !at.Set() {
		return nil
	}
	t, err := tlsOf(string(k), cert, key)
	if err != nil {
		return err
	}
	ln, err := a.open(string(k), "listen", at, mode)
	if err != nil {
		return err
	}
	believe := config.Peers(trusted)
	if len(trusted) == 0 && k == kith.SeatSMTP {
		believe = nil // before the queue nobody is believed who is not named
	}
	r := relay.New(relay.Options{
		Seat: k, Hostname: Hostname(), Next: dialName(next), TLS: t, Peer: config.Peers(peers), Trusted: believe, MaxConns: max,
		Room: a.room, Ledger: a.ledger, Pipeline: a.pipeline, Directory: a.people.Directory,
		Failure: relay.Failure(a.Config.FailMode()), Log: a.Log, Count: a.relayCounters(k),
		OneAtATime: k == kith.SeatLMTP && a.Config.LMTP.OneAtATime, HoldFirst: a.hold,
	})
	a.seats = append(a.seats, seat{name: string(k), addr: ln.Addr(), serve: func() error { return r.Serve(ln) }, shutdown: func(ctx context.Context) error {
		defer ln.Close()
		return r.Shutdown(ctx)
	}})
	return nil
}

func dialName(at config.Address) string {
	if at.Network == "unix" {
		return "unix:" + at.Addr
	}
	return at.Addr
}

func (a *App) relayCounters(k kith.Seat) relay.Counters {
	m := a.metrics
	return relay.Counters{
		Began: m.Intents, Settled: m.Outcomes, Full: m.SpoolFull,
		Answered: m.Remembered, Doubt: m.Doubt, Unledged: m.Unledged, Waiting: m.Overflow, Outcome: m.Outcome, Took: m.Took,
		Next:    func(ok bool) { m.Next(k, ok); m.SpoolBytes(a.room.Used()) },
		Refused: func(why string) { m.Refused(k, why) },
		Judged:  a.judged,
	}
}

func (a *App) judged(env *kith.Envelope, out *pipeline.Outcome) {
	for _, j := range out.Judgements {
		a.metrics.Judged(env.Seat, out.Summary.Direction, j.Verdict.Band, j.Plan.Heaviest())
	}
}

// openMilter opens port 25's and submission's doors on one server.
func (a *App) openMilter() error {
	c := a.Config.Milter
	if !c.Listen.Set() && !c.SubmissionListen.Set() {
		return nil
	}
	noteOnly := c.Judges == "never" || c.Judges == "alone" && a.Config.LMTP.Listen.Set()
	fail := milter.Open
	if a.Config.FailMode() == config.FailDefer {
		fail = milter.Defer
	}
	s, err := milter.New(milter.Options{
		Judge: a.pipeline, NoteOnly: noteOnly, Mode: a.pipeline.Mode, OnFailure: fail, AuthServID: a.pipeline.AuthServID,
		Reject: a.Config.Policy.Ceiling.Action >= kith.ActReject, Block: a.pipeline.CommonHead,
		MaxMessage: int64(a.Config.Spool.MaxMessage), MaxConns: c.MaxConnections,
		Peers: config.Peers(c.Peers), Log: a.Log, Counts: a.milterCounts(),
	})
	if err != nil {
		return err
	}
	for _, d := range []struct {
		name, key string
		at        config.Address
		role      milter.Role
	}{{"milter", "listen", c.Listen, milter.Border}, {"submission", "submission_listen", c.SubmissionListen, milter.Submission}} {
		if !d.at.Set() {
			continue
		}
		ln, err := a.open("milter", d.key, d.at, c.SocketMode)
		if err != nil {
			return err
		}
		a.seats = append(a.seats, seat{name: d.name, addr: ln.Addr(), serve: func() error {
			if err := s.Serve(ln, d.role); !errors.Is(err, milter.ErrServerClosed) {
				return err
			}
			return nil
		}, shutdown: func(ctx context.Context) error { defer ln.Close(); return s.Shutdown(ctx) }})
	}
	return nil
}

func (a *App) milterCounts() milter.Counts {
	var open atomic.Int64
	return milter.Counts{
		Conn:    func(delta int) { a.metrics.Connections(kith.SeatMilter, int(open.Add(int64(delta)))) },
		Refused: func() { a.metrics.Refused(kith.SeatMilter, "peer") },
		Message: func(_ milter.Role, result string, took time.Duration, _ int64) {
			a.metrics.Took(kith.SeatMilter, "message", took)
			a.metrics.Outcome(kith.SeatMilter, kith.State(result))
		},
	}
}

// openWeb opens the door of metrics and health.
func (a *App) openWeb() error {
	at := a.Config.Web.Listen
	if !at.Set() {
		return nil
	}
	ln, err := a.open("web", "listen", at, 0o660)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: web.Handler(web.Options{Metrics: a.figures(), Probes: a.probes(), Log: a.Log}),
		ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	a.seats = append(a.seats, seat{name: "web", addr: ln.Addr(), serve: func() error {
		if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, shutdown: s.Shutdown})
	return nil
}

// figures brings what no event tells up to date before it is read.
func (a *App) figures() http.Handler {
	h := a.metrics.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.metrics.Paused(a.pause.paused())
		a.metrics.SpoolBytes(a.room.Used())
		h.ServeHTTP(w, r)
	})
}

func (a *App) probes() []web.Probe {
	ps := []web.Probe{{Name: "store", Check: a.store.Check}}
	for _, n := range []struct {
		name string
		next config.Address
	}{{"lmtp-next", a.Config.LMTP.Next}, {"smtp-next", a.Config.SMTP.Next}} {
		if n.next.Set() {
			ps = append(ps, web.Probe{Name: n.name, Check: func(ctx context.Context) error { return answers(ctx, n.next) }})
		}
	}
	return ps
}

// connects only connects.
func connects(ctx context.Context, at config.Address) error {
	c, err := new(net.Dialer).DialContext(ctx, at.Network, at.Addr)
	if err != nil {
		return err
	}
	return c.Close()
}

// answers connects and waits for the greeting.
func answers(ctx context.Context, at config.Address) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, at.Network, at.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if t, ok := ctx.Deadline(); ok {
		c.SetDeadline(t)
	}
	b := make([]byte, 3)
	if _, err := io.ReadFull(c, b); err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	if string(b) != "220" {
		return fmt.Errorf("its greeting is %q, not 220", b)
	}
	c.Write([]byte("QUIT\r\n"))
	return nil
}
