package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrNotHeld is returned by a run in which something was not as it should be;
// the text has said what.
var ErrNotHeld = errors.New("demo: not everything was as it should be, see above")

// ErrNobody is returned when About of Options is none of the twelve.
var ErrNobody = errors.New("nobody is known by this address")

// ErrFolder is returned when the folder of Options is already in use.
var ErrFolder = errors.New("is not empty")

// Options of a run.
type Options struct {
	Dir   string // folder for everything; "" = a temporary one that is removed at the end
	Lang  string // language of all reasons; "" = each employee's own
	About string // of whom is told what was learned; "" = somebody who speaks Lang
	Once  bool   // end when the mail is through

	unlearned bool // nothing is learned before: for the test that it takes that
	Version   string
	Command   string // how the program was called, for the commands to try
	Out       io.Writer
	Color     bool // Out is a terminal that shows colours
	Live      bool // Out is a terminal on which a line can be written anew
}

// drainTime is how long kith has to stop.
const drainTime = 10 * time.Second

// Run plays the demo and stays up until ctx ends or, with Once, ends by itself.
// It returns what the run came to; the error is ErrNotHeld when the check did
// not hold, and any other when the demo could not be played.
func Run(ctx context.Context, o Options) (rep *Report, err error) {
	scenes, err := loadScenes()
	if err != nil {
		return nil, err
	}
	key, record, err := newKey()
	if err != nil {
		return nil, err
	}
	s, err := openSite(ctx, o, record)
	if err != nil {
		return nil, err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		if e := s.close(stop, !errors.Is(err, ErrNotHeld)); err == nil {
			err = e
		}
	}()
	p := &printer{Options: o, site: s}
	history, err := begin(ctx, s, o, p)
	if err != nil {
		return nil, err
	}
	p.playing(len(scenes))
	write := newComposer(s.people, key)
	all, err := play(ctx, s, write, scenes, p)
	if err != nil {
		return nil, err
	}
	if rep, err = report(ctx, s, all, history); err != nil {
		return nil, err
	}
	p.tell(rep)
	p.learnedAbout(history)
	if !rep.Held() {
		err = ErrNotHeld
	}
	if o.Once {
		return rep, err
	}
	p.where(err == nil)
	return rep, errors.Join(err, s.stay(ctx))
}

// begin has the mail of the months before learned, and starts kith on what came of
// it.
func begin(ctx context.Context, s *site, o Options, p *printer) (h *lessons, err error) {
	about, err := s.subject(o)
	if err != nil {
		return nil, err
	}
	p.begin()
	if !o.unlearned {
		if h, err = s.study(ctx, time.Now(), about, p); err != nil {
			return nil, err
		}
		p.studied(h)
	}
	return h, s.startKith(ctx, o.Version)
}

// written is over how long the mails of the demo were written, until now.
const written = 2 * time.Hour

// play sends every mail.
func play(ctx context.Context, s *site, write *composer, scenes []*scene, p *printer) ([]*sent, error) {
	m := &mta{lmtp: s.kith.Addr("lmtp").String(), milter: s.kith.Addr("submission").String()}
	defer m.close()
	var all []*sent
	start, step := time.Now().Add(-written), written/time.Duration(len(scenes)+1)
	for i, sc := range scenes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l, err := write.compose(sc, start.Add(time.Duration(i)*step))
		if err != nil {
			return nil, err
		}
		x, err := m.send(l)
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", sc.name, err)
		}
		all = append(all, x)
		p.step(len(all))
	}
	return all, nil
}

// stay waits until it is told to stop, or until a seat ends by itself.
func (s *site) stay(ctx context.Context) error {
	tidy, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.kith.Housekeep(tidy)
	select {
	case err := <-s.kith.Failed():
		return err
	case <-ctx.Done():
		return nil
	}
}
