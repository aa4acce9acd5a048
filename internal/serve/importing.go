package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kith/internal/config"
	"kith/internal/directory"
	"kith/internal/habits"
	"kith/internal/kith"
	"kith/internal/learn"
	"kith/internal/ledger"
	"kith/internal/mail"
	"kith/internal/pipeline"
	"kith/internal/store"
)

// Import learns from mail that people already have. It judges each message as a
// seat would have on the day it came, but asks no network: who vouched for it
// then is known only where a trusted Authentication-Results field says so. What is
// unknown stays unknown. Not safe for concurrent use.
type Import struct {
	Store  *store.Store
	Rows   *store.Habits
	Keeper *habits.Keeper

	people   *directory.Directory
	pipeline *pipeline.Pipeline
	limits   mail.Limits
	waiting  []store.Lesson
	taught   Taught
}

// Taught counts what an import made of the messages it was given.
type Taught struct {
	Messages int // that taught something
	Lessons  int
	NoTime   int // skipped: nobody knows when they came
	Stranger int // skipped: the owner is nobody of ours
	NotOurs  int // skipped: in a Sent folder, but written by somebody else
	Silent   int // judged, and nothing to learn from (would have been held, says who but proves nothing, …)
}

// OpenImport opens the store of a site for learning. kith serve must not be
// running beside it on SQLite.
func OpenImport(ctx context.Context, c *config.Config, paths config.Paths, log *slog.Logger) (_ *Import, err error) {
	m := &Import{}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if err := os.MkdirAll(filepath.Dir(paths.Database), 0o700); err != nil {
		return nil, fmt.Errorf("folder %s: %w: make it and give it to kith's user", filepath.Dir(paths.Database), err)
	}
	if m.Store, err = OpenStore(paths, store.Options{}); err != nil {
		return nil, err
	}
	if m.Rows, err = OpenRows(paths, false); err != nil {
		return nil, err
	}
	key, err := ledger.SiteKey(paths.SiteKey)
	if err != nil {
		return nil, err
	}
	m.Keeper = Keeper(c, m.Store, m.Rows, key, habits.Options{Log: log})
	if err := m.Keeper.Load(ctx); err != nil {
		return nil, err
	}
	w, err := newWatch(ctx, m.Store)
	if err != nil {
		return nil, err
	}
	people, err := LoadPeople(c, w.found)
	if err != nil {
		return nil, err
	}
	m.people = people.Directory()
	offline := *c
	offline.Auth.Enabled = false
	opt, err := Core(&offline, people, log)
	if err != nil {
		return nil, err
	}
	opt.Habits = m.Keeper
	m.pipeline, m.limits = pipeline.New(opt), opt.Limits
	return m, nil
}

// Lookup finds a person of ours by address.
func (m *Import) Lookup(address string) directory.Entry { return m.people.Lookup(address) }

// Owners lists the addresses of all listed people.
func (m *Import) Owners() (all []string) {
	for _, p := range m.people.People() {
		all = append(all, p.Address)
	}
	return all
}

// foldAfter is how many lessons wait before they are folded: an answer vouches
// for what came before it, so the counts must follow closely.
const foldAfter = 200

// Take judges one message and keeps what it teaches. It returns learn.ErrSkip for
// what cannot teach.
func (m *Import) Take(ctx context.Context, it learn.Item) error {
	env, why := m.envelope(it)
	if env == nil {
		*why++
		return learn.ErrSkip
	}
	out := m.pipeline.Judge(ctx, env, it.Raw)
	before := len(m.waiting)
	for i := range out.Judgements {
		m.waiting = append(m.waiting, out.Lessons.Take(i)...)
	}
	if len(m.waiting) == before {
		m.taught.Silent++
		return nil
	}
	m.taught.Messages++
	if len(m.waiting) >= foldAfter {
		return m.Flush(ctx)
	}
	return nil
}

// envelope says what the protocol would have said. The count of the reason is
// returned where nothing can be learned.
func (m *Import) envelope(it learn.Item) (*kith.Envelope, *int) {
	if it.At.IsZero() {
		return nil, &m.taught.NoTime
	}
	owner := m.people.Lookup(it.Owner)
	if owner.Kind == kith.KindExternal || it.Owner == "" {
		return nil, &m.taught.Stranger
	}
	env := &kith.Envelope{ID: "import", Seat: kith.SeatReplay, Arrived: it.At, Size: int64(len(it.Raw)), Rcpts: []string{it.Owner}}
	msg := mail.Parse(it.Raw, m.limits)
	if ret := msg.Header.Get("Return-Path"); ret != "" {
		env.MailFrom = bare(ret)
	}
	if it.Role != learn.Sent {
		return env, nil
	}
	if len(msg.From) == 0 || m.people.Lookup(msg.From[0].Addr).Address != owner.Address {
		return nil, &m.taught.NotOurs
	}
	env.Login, env.MailFrom = owner.Address, msg.From[0].Addr
	if env.Rcpts = msg.Addressed(maxSentRcpts); len(env.Rcpts) == 0 {
		return nil, &m.taught.NotOurs
	}
	return env, nil
}

// maxSentRcpts bounds the recipients that are read from one sent mail.
const maxSentRcpts = 1000

// bare takes the angle brackets off a Return-Path.
func bare(s string) string { return strings.Trim(strings.TrimSpace(s), "<>") }

// Flush keeps and folds what waits.
func (m *Import) Flush(ctx context.Context) error {
	if len(m.waiting) == 0 {
		return nil
	}
	if err := m.Store.Learn(ctx, m.waiting); err != nil {
		return err
	}
	m.taught.Lessons += len(m.waiting)
	m.waiting = m.waiting[:0]
	_, err := m.Keeper.Fold(ctx)
	return err
}

// Taught returns what was made of the messages so far.
func (m *Import) Taught() Taught { return m.taught }

// placeKind names the notes that hold where an import stopped.
const placeKind = "learn"

// Places returns where earlier imports of a source stopped, by folder.
func (m *Import) Places(ctx context.Context, source string) (map[string]string, error) {
	at := make(map[string]string)
	err := m.Store.Notes(ctx, placeKind, time.Time{}, func(key string, _ time.Time, data []byte) error {
		if len(key) > len(source) && key[:len(source)] == source && key[len(source)] == 0 {
			at[key[len(source)+1:]] = string(data)
		}
		return nil
	})
	return at, err
}

// KeepPlaces writes down where an import of a source stopped. What was taken until
// there must be flushed.
func (m *Import) KeepPlaces(source string, at map[string]string) error {
	var errs []error
	for key, place := range at {
		errs = append(errs, m.Store.PutNote(placeKind, source+"\x00"+key, time.Now(), []byte(place)))
	}
	return errors.Join(errs...)
}

// Close closes the store.
func (m *Import) Close() error {
	var errs []error
	if m.Rows != nil {
		errs = append(errs, m.Rows.Close())
	}
	if m.Store != nil {
		errs = append(errs, m.Store.Close())
	}
	return errors.Join(errs...)
}
