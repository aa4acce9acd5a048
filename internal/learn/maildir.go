package learn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maildir is one folder in the format of qmail's maildir(5), as Dovecot and
// Courier extend it: new/ and cur/ hold one file for each message, named
// "seconds.what.host:2,FLAGS". tmp/ holds what is not delivered yet.
type maildir struct {
	root  *os.Root
	dir   string // below root; "." = root itself
	where string
	opt   *Options

	relisted map[string]string // unique name to path, after something was renamed
	lookedAt time.Time
}

// entry is one message file in a folder.
type entry struct {
	file, dir   string // as listed
	name, flags string // file without the flags, which may change; and these
	size        int64  // from ",S=" in the name; 0 = not said
	seconds     int64  // the number in front; -1 = none
}

// relistEvery bounds how often a folder is listed again because a file in it was
// renamed.
const relistEvery = 5 * time.Second

func (m *maildir) read(ctx context.Context, from string, hand func(stored) error) error {
	list, err := m.list()
	if err != nil {
		return err
	}
	for _, e := range behind(list, from) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := hand(m.stored(e)); err != nil {
			return err
		}
	}
	return nil
}

// behind cuts off what an earlier run has read: names are in the order of arrival.
func behind(list []entry, from string) []entry {
	if from == "" {
		return list
	}
	i, found := slices.BinarySearchFunc(list, entry{name: from, seconds: front(from)}, compareEntries)
	if found {
		i++
	}
	return list[i:]
}

// list reads new/ and cur/ and sorts by arrival.
func (m *maildir) list() ([]entry, error) {
	var list []entry
	for _, sub := range []string{"cur", "new"} {
		names, err := fs.ReadDir(m.root.FS(), path.Join(m.dir, sub))
		if err != nil {
			return nil, plainPath(m.where+"/"+sub, err)
		}
		for _, d := range names {
			switch {
			case strings.HasPrefix(d.Name(), ".") || d.IsDir():
			case d.Type()&fs.ModeSymlink != 0:
				m.opt.Report(m.where+"/"+sub+"/"+d.Name(), errLink)
			case d.Type().IsRegular():
				list = append(list, newEntry(d.Name(), sub))
			}
		}
	}
	slices.SortFunc(list, compareEntries)
	// A file that was moved from new/ to cur/ in between stands in both lists.
	return slices.CompactFunc(list, func(a, b entry) bool { return a.name == b.name }), nil
}

func newEntry(file, dir string) entry {
	e := entry{file: file, dir: dir, name: file}
	// ":2," is "!2," or ";2," where a file system has no colons.
	if i := strings.LastIndex(file, "2,"); i > 0 && strings.IndexByte(":!;", file[i-1]) >= 0 {
		e.name, e.flags = file[:i-1], file[i+2:]
	}
	e.seconds = front(e.name)
	if _, after, ok := strings.Cut(e.name, ",S="); ok {
		after, _, _ = strings.Cut(after, ",")
		e.size, _ = strconv.ParseInt(after, 10, 64)
	}
	return e
}

// front is the number at the front of a name, -1 when there is none.
func front(name string) int64 {
	n, err := strconv.ParseInt(name[:len(name)-len(strings.TrimLeft(name, "0123456789"))], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// compareEntries orders by the number in front (the second of delivery in a
// Maildir, the number of the message in MH), then by name.
func compareEntries(a, b entry) int {
	if c := cmp.Compare(a.seconds, b.seconds); c != 0 {
		return c
	}
	return strings.Compare(a.name, b.name)
}

func (m *maildir) file(e entry) string { return path.Join(m.dir, e.dir, e.file) }

// open opens a message, also when its flags have changed since the listing.
func (m *maildir) open(e entry) (*mailFile, error) {
	f, err := openMail(m.root.OpenFile, m.file(e))
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if p, ok := m.relisted[e.name]; ok {
		if f, err = openMail(m.root.OpenFile, p); !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	if now := m.opt.Now(); m.relisted == nil || now.Sub(m.lookedAt) >= relistEvery {
		m.relist(now)
	}
	p, ok := m.relisted[e.name]
	if !ok {
		return nil, err
	}
	return openMail(m.root.OpenFile, p)
}

// relist takes down under which paths the messages are now.
func (m *maildir) relist(now time.Time) {
	m.relisted, m.lookedAt = map[string]string{}, now
	for _, sub := range []string{"new", "cur"} {
		names, _ := fs.ReadDir(m.root.FS(), path.Join(m.dir, sub))
		for _, d := range names {
			if d.Type().IsRegular() {
				m.relisted[newEntry(d.Name(), sub).name] = path.Join(m.dir, sub, d.Name())
			}
		}
	}
}

func (m *maildir) stored(e entry) stored {
	s := stored{position: e.name, where: m.where + "/" + e.dir + "/" + e.name, size: e.size}
	if strings.ContainsAny(e.flags, "TD") {
		s.skip = Marked
		return s
	}
	f, err := m.open(e)
	if errors.Is(err, fs.ErrNotExist) {
		s.skip = Vanished
		return s
	}
	if err != nil {
		s.skip, s.err = Unreadable, mended(err)
		return s
	}
	defer f.Close()
	if e.size == 0 {
		s.size = f.size
	}
	s.fill(f, m.opt.MaxMessage)
	s.at = f.arrived(e.seconds)
	return s
}

// arrived is the time of a message in a Maildir: that in the name, or the file's
// own when it is earlier, since Dovecot keeps INTERNALDATE there when a message is
// copied in, and the name says when it was copied.
func (m *mailFile) arrived(seconds int64) time.Time {
	named := time.Time{}
	if seconds > 0 && seconds < 1<<40 {
		named = time.Unix(seconds, 0)
	}
	info, err := m.file.Stat()
	if err != nil {
		return named
	}
	if t := info.ModTime(); named.IsZero() || t.Year() >= 1982 && t.Before(named) {
		return t
	}
	return named
}

// fill reads a file that is one message.
func (s *stored) fill(f *mailFile, maxMessage int64) {
	raw, tooLarge, err := f.all(maxMessage)
	switch {
	case err != nil:
		s.skip, s.err = Unreadable, mended(err)
	case tooLarge:
		s.skip, s.err = TooLarge, fmt.Errorf("more than the %d bytes that a message may have", maxMessage)
	case len(raw) == 0:
		s.skip, s.err = NotMail, errors.New("the file is empty")
	case !mailLike(raw):
		s.skip, s.err = NotMail, errors.New("the file does not begin with a header")
	default:
		s.raw = withoutFrom(raw)
	}
}

// withoutFrom takes off a From line, which some programs leave in front.
func withoutFrom(raw []byte) []byte {
	line := raw[:min(len(raw), maxFromLine)]
	if i := strings.IndexByte(string(line), '\n'); i > 0 {
		if f, ok := parseFromLine(line[:i]); ok && (f.dated || !fieldLike(line[:i])) {
			return raw[i+1:]
		}
	}
	return raw
}

// statted is how many files without a size in their name are looked at for an
// estimate.
const statted = 64

func (m *maildir) count(ctx context.Context, from string) (Count, error) {
	quiet := *m
	o := *m.opt
	o.Report = func(string, error) {}
	quiet.opt = &o
	list, err := quiet.list()
	if err != nil {
		return Count{}, err
	}
	return estimate(ctx, behind(list, from), func(e entry) (int64, error) {
		info, err := m.root.Lstat(m.file(e))
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}), nil
}

// estimate adds the sizes, and guesses most of those that the names do not say.
func estimate(ctx context.Context, list []entry, stat func(entry) (int64, error)) Count {
	c := Count{Messages: int64(len(list))}
	var unsaid []entry
	for _, e := range list {
		if c.Bytes += e.size; e.size == 0 {
			unsaid = append(unsaid, e)
		}
	}
	step := max(1, len(unsaid)/statted)
	var sum, n int64
	for i := 0; i < len(unsaid) && ctx.Err() == nil; i += step {
		if size, err := stat(unsaid[i]); err == nil {
			sum, n = sum+size, n+1
		}
	}
	if n > 0 {
		c.Bytes += sum * int64(len(unsaid)) / n
	}
	return c
}
