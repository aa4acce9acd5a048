package learn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Source is a place with mail, ready to be read by one Run, with Count before it.
// Only Passed may be called from another goroutine meanwhile.
type Source struct {
	name    string
	opt     Options
	folders []folder
	done    func() error

	mu     sync.Mutex
	passed Count
}

// folder is one folder of a source.
type folder struct {
	key, name, owner string
	role             Role
	mailbox          mailbox
}

// mailbox is where the messages of one folder lie.
type mailbox interface {
	// read hands over the messages behind a position ("" = all), in an order that
	// is the same from run to run. It ends at the first error of hand.
	read(ctx context.Context, from string, hand func(stored) error) error
	// count estimates what read would hand over.
	count(ctx context.Context, from string) (Count, error)
}

// stored is a message as a mailbox hands it over, or the reason why not.
type stored struct {
	raw      []byte
	size     int64 // bytes in the mailbox, for the progress
	at       time.Time
	zoneless bool // at is a wall clock without a zone
	role     Role // "" = the folder's
	position string
	skip     Reason
	where    string
	err      error // with skip: to be reported
}

// Open looks at a source and finds its folders; no message is read yet. source is
// a file (an mbox or one message), a folder (a Maildir with its subfolders, a tree
// of Maildirs, of .eml files or of mbox files), or imap://user@host[:port]/ and
// imaps://…, optionally with one folder as path. Close it. An error is one line
// with the mend; see ErrLogin.
func Open(ctx context.Context, source string, o Options) (*Source, error) {
	o = o.withDefaults()
	s := &Source{name: source, opt: o, done: func() error { return nil }}
	var err error
	if isIMAP(source) {
		err = s.openIMAP(ctx)
	} else {
		err = s.openPath(ctx)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	for i := range s.folders {
		f := &s.folders[i]
		if r, ok := overridden(o.Roles, f.key, f.name); ok {
			f.role = r
		}
		if o.Owner != "" {
			f.owner = o.Owner
		}
		f.owner = strings.ToLower(f.owner)
	}
	s.order()
	return s, nil
}

// order puts one owner's folders together, sent mail first: whom somebody wrote
// to is the best that can be known about the mail that came in.
func (s *Source) order() {
	slices.SortStableFunc(s.folders, func(a, b folder) int {
		if c := strings.Compare(a.owner, b.owner); c != 0 {
			return c
		}
		if c := slices.Index(roles, a.role) - slices.Index(roles, b.role); c != 0 {
			return c
		}
		return strings.Compare(a.key, b.key)
	})
}

// Close ends connections and releases files. It may be called twice.
func (s *Source) Close() error { return s.done() }

// Folder is what Folders says about a folder.
type Folder struct {
	Key, Name, Owner string
	Role             Role
	Skipped          bool // by its role
}

// Folders lists the folders of the source in the order of reading.
func (s *Source) Folders() []Folder {
	list := make([]Folder, len(s.folders))
	for i, f := range s.folders {
		list[i] = Folder{Key: f.key, Name: f.name, Owner: f.owner, Role: f.role, Skipped: s.skips(f.role)}
	}
	return list
}

// skips reports whether mail of a role is left out.
func (s *Source) skips(r Role) bool {
	return (r == Junk || r == Trash || r == Drafts) && !slices.Contains(s.opt.Also, r)
}

// Count estimates how much there is to read, quickly: file sizes and names, STATUS
// over IMAP. A folder that cannot be counted counts nothing; Run will report it.
func (s *Source) Count(ctx context.Context) (Count, error) {
	var total Count
	for _, f := range s.folders {
		if s.skips(f.role) {
			continue
		}
		c, err := f.mailbox.count(ctx, s.opt.Resume[f.key])
		if err == nil {
			total.add(c)
		}
		if ctx.Err() != nil {
			return total, ctx.Err()
		}
	}
	return total, nil
}

// Passed is how much of the source lies behind Run so far, skipped messages
// included, in the measure of Count. It is for Meter.Read.
func (s *Source) Passed() Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passed
}

// openPath finds the folders of a file or a directory.
func (s *Source) openPath(ctx context.Context) error {
	info, err := os.Stat(s.name)
	if err != nil {
		return plainPath(s.name, err)
	}
	switch {
	case info.IsDir():
		return s.openTree(ctx)
	case info.Mode().IsRegular():
		return s.openFile()
	}
	return fmt.Errorf("%s: neither a file nor a folder: name an mbox, a .eml file, a Maildir, a folder of them, or imap://user@host/", s.name)
}

// plainPath says an error of the file system in words, with the path in front.
func plainPath(path string, err error) error { return fmt.Errorf("%s: %w", path, mended(err)) }

// mended says an error of the file system in words, with what to do.
func mended(err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errors.New("no such file or folder: check the name")
	case errors.Is(err, os.ErrPermission):
		return errors.New("kith may not read it: run this command as the owner of the mail, or as root")
	}
	return withoutPath(err)
}

// withoutPath takes the path out of an error that will be said with one.
func withoutPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("cannot %s: %w", p.Op, p.Err)
	}
	return err
}
