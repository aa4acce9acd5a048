package load

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Sender sends a number of messages. The zero values of the optional fields
// mean one recipient, four connections, Ordinary kinds and no retry.
type Sender struct {
	Addr     string   // host:port of an SMTP server
	Users    []string // recipients are drawn from these
	Messages int
	Dir      string // of the manifest; made new
	Tag      string // begins each id; runs into the same mailboxes need different ones

	To          []string // if set, every message goes to exactly these
	MaxRcpts    int      // each message has 1 to MaxRcpts recipients
	Connections int
	PerConn     int // messages before a connection is closed; 0 means 25
	Kinds       []Kind
	Files       map[string][]byte // for kind File
	Seed        uint64
	From        string // reverse-path and author; "" means changing strangers
	XClient     string // attributes, e.g. "ADDR=203.0.113.7 NAME=mx.outside.test"

	// Password switches submission on: each message comes from one of Users,
	// signed in with the password that the function gives for the address.
	Password func(address string) string
	// Strangers is how many percent of recipients are outside, with Password.
	Strangers int

	// Patience is how long one message is tried again after 4xx or a lost
	// connection; 0 means one try.
	Patience time.Duration
	// Sent, if set, counts finished messages while Run is running.
	Sent *atomic.Int64
}

// Run sends everything and returns the manifest. It ends early, with the
// context's error, when ctx is done. A refused message is not an error: it
// stands in the manifest.
func (s *Sender) Run(ctx context.Context) (*Manifest, error) {
	m, err := NewManifest(s.Dir)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	connections := s.Connections
	if connections == 0 {
		connections = 4
	}
	jobs := make(chan int)
	errs := make(chan error, connections)
	var wg sync.WaitGroup
	for range connections {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w := worker{s: s, m: m}
			defer w.close()
			for i := range jobs {
				if err := w.message(ctx, i); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	err = feed(ctx, jobs, errs, s.Messages)
	wg.Wait()
	if err == nil && len(errs) > 0 {
		err = <-errs
	}
	slices.SortFunc(m.Entries, func(a, b Entry) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return m, err
}

// feed hands out the numbers of the messages until all are out, ctx is done or
// a worker failed.
func feed(ctx context.Context, jobs chan<- int, errs <-chan error, n int) error {
	defer close(jobs)
	for i := range n {
		select {
		case jobs <- i:
		case err := <-errs:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// draft is a message before it is sent.
type draft struct {
	entry Entry
	to    []string
	raw   []byte
	utf8  bool
}

// draft builds message i; the same i of the same Sender gives the same message
// whichever worker builds it.
func (s *Sender) draft(i int) draft {
	rnd := rand.New(rand.NewPCG(s.Seed, uint64(i)))
	kinds := s.Kinds
	if len(kinds) == 0 {
		kinds = Ordinary
	}
	d := draft{entry: Entry{ID: fmt.Sprintf("%s-%06d", s.Tag, i), Kind: kinds[i%len(kinds)], From: s.From}}
	if d.entry.From == "" {
		d.entry.From = fmt.Sprintf("stranger%02d@outside.test", rnd.IntN(50))
		if s.Password != nil {
			d.entry.From = s.Users[rnd.IntN(len(s.Users))]
		}
	}
	d.to = s.recipients(rnd)
	files := s.Files
	switch d.entry.Kind {
	case Torture:
		files = Tortures()
		fallthrough
	case File:
		names := slices.Sorted(maps.Keys(files))
		d.entry.Name = names[i/len(kinds)%len(names)]
		d.raw = fmt.Appendf(nil, "%s: %s\r\n%s", IDField, d.entry.ID, files[d.entry.Name])
	default:
		d.raw = build(d.entry.Kind, d.entry.ID, d.entry.From, d.to, s.Seed+uint64(i))
	}
	d.utf8 = d.entry.Kind == SMTPUTF8
	return d
}

func (s *Sender) recipients(rnd *rand.Rand) []string {
	if len(s.To) > 0 {
		return slices.Clone(s.To)
	}
	n := min(1+rnd.IntN(max(s.MaxRcpts, 1)), len(s.Users))
	var to []string
	for _, u := range rnd.Perm(len(s.Users))[:n] {
		if s.Password != nil && rnd.IntN(100) < s.Strangers {
			to = append(to, fmt.Sprintf("partner%02d.%d@outside.test", rnd.IntN(30), len(to)))
			continue
		}
		to = append(to, s.Users[u])
	}
	return to
}

// worker is one connection at a time.
type worker struct {
	s    *Sender
	m    *Manifest
	c    *client
	user string // who is signed in
	left int
}

// message sends message i until it is accepted, refused or out of patience. An
// error is one of the test machine, not of the server.
func (w *worker) message(ctx context.Context, i int) error {
	d := w.s.draft(i)
	if err := os.WriteFile(w.m.path(d.entry.ID), d.raw, 0o644); err != nil {
		return err
	}
	e := d.entry
	end := time.Now().Add(w.s.Patience)
	for {
		e.Tries++
		begin := time.Now()
		a := w.try(d)
		e.Code, e.Reply, e.To, e.Refused = a.code, a.reply, a.to, a.refused
		e.Millis = float64(time.Since(begin).Microseconds()) / 1000
		if a.doubt {
			e.Doubts++
		}
		if e.Code/100 == 2 || e.Code/100 == 5 || time.Now().After(end) || ctx.Err() != nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if w.s.Sent != nil {
		w.s.Sent.Add(1)
	}
	return w.m.add(e)
}

func (w *worker) try(d draft) attempt {
	if err := w.ready(d.entry.From); err != nil {
		return attempt{reply: err.Error()}
	}
	w.left--
	a := w.c.transaction(d.entry.From, d.to, d.raw, d.utf8)
	switch {
	case a.code == 0 || a.code == 421:
		w.c.close()
		w.c = nil
	case a.code != 250:
		w.c.command("RSET")
	}
	return a
}

// ready makes sure of a connection, signed in as the author in submission.
func (w *worker) ready(from string) error {
	user, password := "", ""
	if w.s.Password != nil {
		user, password = from, w.s.Password(from)
	}
	if w.c != nil && w.left > 0 && w.user == user {
		return nil
	}
	w.close()
	c, err := dial(w.s.Addr, w.s.XClient, user, password)
	if err != nil {
		return err
	}
	w.c, w.user, w.left = c, user, w.s.PerConn
	if w.left == 0 {
		w.left = 25
	}
	return nil
}

func (w *worker) close() {
	if w.c != nil {
		w.c.quit()
		w.c = nil
	}
}
