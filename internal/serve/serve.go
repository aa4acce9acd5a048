package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"

	"kith/internal/budget"
	"kith/internal/config"
	"kith/internal/habits"
	"kith/internal/kith"
	"kith/internal/ledger"
	"kith/internal/metrics"
	"kith/internal/note"
	"kith/internal/pipeline"
	"kith/internal/seat/door"
	"kith/internal/spool"
	"kith/internal/store"
)

// App is a running kith.
type App struct {
	Config *config.Config
	Paths  config.Paths
	Log    *slog.Logger

	version  string
	confPath string
	metrics  *metrics.Metrics
	people   *People
	store    *store.Store
	ledger   *ledger.Ledger
	pipeline *pipeline.Pipeline
	room     *spool.Room
	notes    *note.Board
	pause    *pauseWatch
	watch    *watch
	rows     *store.Habits
	habits   *habits.Keeper // nil: learning is off
	lines    *budget.Lines
	folding  context.CancelFunc
	folded   chan struct{}

	hold   time.Duration // before the first delivery, after a crash
	opener *door.Opener
	seats  []seat
	failed chan error
}

// seat is one open door with what answers at it.
type seat struct {
	name     string
	addr     net.Addr
	serve    func() error
	shutdown func(context.Context) error
}

// Options of Start.
type Options struct {
	Config     *config.Config
	ConfigPath string // handed to the child of the poison rule; "" = defaults
	Paths      config.Paths
	Version    string
	Log        *slog.Logger
}

// Start opens store, ledger and doors and begins to serve. On an error nothing
// is left open. Its errors are one line each.
func Start(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{Config: o.Config, Paths: o.Paths, Log: o.Log, version: o.Version, confPath: o.ConfigPath, failed: make(chan error, 8)}
	defer func() {
		if err != nil {
			a.close(context.Background())
		}
	}()
	a.metrics = metrics.New(o.Version)
	a.metrics.Mode(o.Config.Mode)
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if a.watch, err = newWatch(ctx, a.store); err != nil {
		return nil, err
	}
	a.people = &People{found: a.watch.found}
	if err := a.people.load(o.Config, a.Log); err != nil {
		return nil, err
	}
	a.people.follow(ctx, a.Log)
	if err := a.openHabits(); err != nil {
		return nil, err
	}
	if err := a.makePipeline(ctx); err != nil {
		return nil, err
	}
	if err := a.openSeats(); err != nil {
		return nil, err
	}
	for _, s := range a.seats {
		a.Log.Info("seat is open", "seat", s.name, "at", s.addr.String())
		go a.run(s)
	}
	return a, nil
}

// run serves one seat; a seat that ends by itself ends the program, so that
// systemd starts it anew.
func (a *App) run(s seat) {
	if err := s.serve(); err != nil && !errors.Is(err, net.ErrClosed) {
		a.failed <- fmt.Errorf("seat %s ended: %w", s.name, err)
	}
}

// Failed tells of a seat that ended by itself.
func (a *App) Failed() <-chan error { return a.failed }

// Addr returns where a seat listens; nil when it is not open.
func (a *App) Addr(name string) net.Addr {
	for _, s := range a.seats {
		if s.name == name {
			return s.addr
		}
	}
	return nil
}

// holdAfterCrash gives the next hop time to finish storing what a dead process
// had handed to it, before the same mail comes again.
const holdAfterCrash = 10 * time.Second

func (a *App) openStore(ctx context.Context) error {
	for _, dir := range []string{filepath.Dir(a.Paths.Database), a.Paths.Spool} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("folder %s: %w: make it and give it to kith's user", dir, err)
		}
	}
	// The store comes first: its lock keeps two first starts from making two keys.
	var err error
	if a.store, err = OpenStore(a.Paths, store.Options{Observe: a.metrics.Commit}); err != nil {
		return err
	}
	a.warnOfLostKey(ctx)
	key, err := ledger.SiteKey(a.Paths.SiteKey)
	if err != nil {
		return err
	}
	var doubts int
	a.ledger, doubts, err = ledger.Open(ctx, ledger.Options{Store: a.store, Key: key, Overflow: filepath.Join(a.Paths.Spool, "outcomes"), Log: a.Log})
	if err != nil {
		return err
	}
	if doubts > 0 {
		a.hold = holdAfterCrash
		a.Log.Warn("the last kith stopped in the middle: deliveries are in doubt until the sender comes again", "deliveries", doubts)
	}
	a.room = &spool.Room{Dir: a.Paths.Spool, Memory: int64(a.Config.Spool.Memory), Message: int64(a.Config.Spool.MaxMessage), Total: int64(a.Config.Spool.MaxTotal)}
	return nil
}

// warnOfLostKey says that a site key is about to be made beside a store that
// was written under another: mail flows, but nothing of what the ledger
// remembers will be recognised.
func (a *App) warnOfLostKey(ctx context.Context) {
	if _, err := os.Stat(a.Paths.SiteKey); !errors.Is(err, os.ErrNotExist) {
		return
	}
	if n, err := a.store.Count(ctx, time.Time{}); err == nil && n.Rows > 0 {
		a.Log.Warn("the site key is gone and a new one is made: what was delivered before is not recognised; restore the key from your backup", "key", a.Paths.SiteKey)
	}
}

// noteKeep is how long a queue id's note is good for: an MTA that cannot
// deliver tries for five days.
const (
	noteKeep = 6 * 24 * time.Hour
	noteMax  = 200_000
)

func (a *App) makePipeline(ctx context.Context) error {
	opt, err := Core(a.Config, a.people, a.Log)
	if err != nil {
		return err
	}
	a.notes = note.NewBoard(noteKeep, noteMax)
	if err := note.Load(ctx, a.store, a.notes, time.Now()); err != nil {
		return err
	}
	a.pause = &pauseWatch{path: pauseFile(a.Paths)}
	opt.Habits = a.habits
	a.lines = Lines(a.Config, opt.Judge)
	if err := a.loadLines(ctx); err != nil {
		return err
	}
	opt.Budget = a.lines
	opt.Notes, opt.Store, opt.Boot = a.notes, a.store, a.ledger.Boot()
	opt.Paused, opt.Gap, opt.Took, opt.Seen = a.pause.paused, a.metrics.Gap, a.took, a.watch.see
	if self, err := os.Executable(); err == nil {
		opt.Apart = []string{self, "apart"}
		if a.confPath != "" {
			opt.Apart = append(opt.Apart, "--config", a.confPath)
		}
	}
	a.pipeline = pipeline.New(opt)
	return nil
}

func (a *App) took(stage string, d time.Duration) { a.metrics.Took("", stage, d) }

// Reload reads configuration and directory again. Doors stay as they are: what
// changed about them holds from the next start, and the log says so.
func (a *App) Reload() error {
	c := a.Config
	if a.confPath != "" {
		fresh, err := config.Load(a.confPath)
		if err != nil {
			return err
		}
		c = fresh
	}
	opt, err := Core(c, a.people, a.Log)
	if err != nil {
		return err
	}
	if err := a.people.load(c, a.Log); err != nil {
		return err
	}
	a.people.follow(context.Background(), a.Log)
	a.pipeline.Reload(opt)
	a.metrics.Mode(c.Mode)
	if w := waiting(a.Config, c); len(w) > 0 {
		a.Log.Warn("what changed here holds from the next start", "tables", strings.Join(w, " "))
	}
	return nil
}

// waiting names what a reload does not reach: the doors and what was opened
// with them.
func waiting(a, b *config.Config) []string {
	var w []string
	for _, t := range []struct {
		name string
		same bool
	}{
		{"lmtp", reflect.DeepEqual(a.LMTP, b.LMTP)}, {"smtp", reflect.DeepEqual(a.SMTP, b.SMTP)}, {"milter", reflect.DeepEqual(a.Milter, b.Milter)},
		{"web", a.Web == b.Web}, {"store", a.Store == b.Store}, {"spool", a.Spool == b.Spool}, {"log", a.Log == b.Log},
		{"fail", a.FailMode() == b.FailMode()},
		{"policy.ceiling (reject at the milter)", (a.Policy.Ceiling.Action >= kith.ActReject) == (b.Policy.Ceiling.Action >= kith.ActReject)},
		{"border.authserv_id (at the milter)", a.Border.AuthServID == b.Border.AuthServID || !a.Milter.Listen.Set()},
	} {
		if !t.same {
			w = append(w, t.name)
		}
	}
	return w
}

// Stop drains the seats until ctx ends, then closes everything.
func (a *App) Stop(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(a.seats))
	for i, s := range a.seats {
		wg.Go(func() {
			if err := s.shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
				errs[i] = fmt.Errorf("seat %s: %w", s.name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, a.close(ctx))...)
}

func (a *App) close(ctx context.Context) error {
	var errs []error
	if a.people != nil {
		a.people.close()
	}
	if a.ledger != nil { // what waited for the store brings its lessons
		errs = append(errs, a.ledger.Close(ctx))
	}
	a.closeHabits()
	a.saveLines()
	if a.watch != nil {
		errs = append(errs, a.watch.save(ctx, a.store))
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// CheckTLS reads the certificates that a configuration names, as Start would.
func CheckTLS(c *config.Config) error {
	if _, err := tlsOf("lmtp", c.LMTP.TLSCert, c.LMTP.TLSKey); err != nil {
		return err
	}
	_, err := tlsOf("smtp", c.SMTP.TLSCert, c.SMTP.TLSKey)
	return err
}

// tlsOf loads a certificate pair; both names "" give nil.
func tlsOf(table, cert, key string) (*tls.Config, error) {
	if cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, &config.Error{What: fmt.Sprintf("%s.tls_cert %s and %s.tls_key %s: %v", table, cert, table, key, err),
			Mend: "give a PEM certificate chain and the private key that belongs to it, readable by kith's user"}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
