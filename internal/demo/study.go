package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kith/internal/directory"
	"kith/internal/habits"
	"kith/internal/learn"
	"kith/internal/serve"
)

// lessons is what came of the history.
type lessons struct {
	kept
	serve.Taught
	from, to  time.Time
	took      time.Duration
	incidents int      // in the history
	junked    int      // of these, those that lay in Junk
	believed  []string // incidents that taught something after all
	about     *portrait
}

// study makes the mail of the months before, puts it into mailboxes and has it
// learned by the code of `kith learn`. kith must not be running yet.
func (s *site) study(ctx context.Context, now time.Time, about directory.Entry, p *printer) (*lessons, error) {
	past, err := loadPast()
	if err != nil {
		return nil, err
	}
	mails, err := writeHistory(past, newComposer(s.people, nil), now, true)
	if err != nil {
		return nil, err
	}
	out := &lessons{from: mails[0].at, to: mails[len(mails)-1].at, incidents: len(past.incidents)}
	if out.kept, err = s.store.keepHistory(mails); err != nil {
		return nil, err
	}
	for _, x := range past.incidents {
		if x.junk {
			out.junked++
		}
	}
	start := time.Now()
	site, err := s.openImport(ctx)
	if err != nil {
		return nil, err
	}
	defer site.Close()
	if err := s.learn(ctx, site, p); err != nil {
		return nil, err
	}
	out.took, out.Taught = time.Since(start), site.Taught()
	if out.believed, err = believed(ctx, site.Keeper, past.incidents); err != nil {
		return nil, err
	}
	out.about, err = s.portray(ctx, site.Keeper, about)
	return out, err
}

func (s *site) openImport(ctx context.Context) (*serve.Import, error) {
	places, err := s.conf.Places(os.Getenv, os.Getuid())
	if err != nil {
		return nil, err
	}
	return serve.OpenImport(ctx, s.conf, places, slog.New(slog.NewTextHandler(s.log, nil)))
}

// learn reads all mailboxes.
func (s *site) learn(ctx context.Context, site *serve.Import, p *printer) error {
	root := filepath.Join(s.dir, "Maildir")
	var faults []error
	src, err := learn.Open(ctx, root, learn.Options{Report: func(where string, err error) { faults = append(faults, fmt.Errorf("%s: %w", where, err)) }})
	if err != nil {
		return err
	}
	defer src.Close()
	total, err := src.Count(ctx)
	if err != nil {
		return err
	}
	p.learning(total.Messages)
	n := int64(0)
	report, err := learn.Run(ctx, src, func(ctx context.Context, it learn.Item) error {
		n++
		p.learned(n)
		return site.Take(ctx, it)
	})
	p.learnt()
	if err := errors.Join(append(faults, err)...); err != nil {
		return err
	}
	if err := site.Flush(ctx); err != nil {
		return err
	}
	return site.KeepPlaces(root, report.Positions)
}

// believed names the incidents from whose authors something was learned. Two of
// them stand in true names; of these a test shows that nothing changed.
func believed(ctx context.Context, k *habits.Keeper, list []*pastIncident) (names []string, err error) {
	for _, x := range list {
		if strings.HasSuffix(x.from.Address, "@"+ourDomain) || x.name == "past-taken-over" {
			continue
		}
		who, err := k.Portrait(ctx, x.from.Address)
		if err != nil {
			return nil, err
		}
		if len(who.Writes) > 0 {
			names = append(names, x.name)
		}
	}
	return names, nil
}
