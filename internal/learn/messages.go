package learn

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path"
	"strconv"
	"strings"
)

// messages are files of one message each in one directory: .eml, .emlx, and the
// numbered files of MH.
type messages struct {
	open  func(string, int, os.FileMode) (*os.File, error)
	stat  func(string) (os.FileInfo, error)
	dir   string
	where string
	list  []entry // in order
	opt   *Options
}

func (m *messages) read(ctx context.Context, from string, hand func(stored) error) error {
	for _, e := range behind(m.list, from) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := hand(m.stored(e)); err != nil {
			return err
		}
	}
	return nil
}

// stored reads one file. Its time is not used: it says when somebody saved the
// message, which may be years after it came.
func (m *messages) stored(e entry) stored {
	s := stored{position: e.name, where: path.Join(m.where, e.file)}
	f, err := openMail(m.open, path.Join(m.dir, e.file))
	if errors.Is(err, os.ErrNotExist) {
		s.skip = Vanished
		return s
	}
	if err != nil {
		s.skip, s.err = Unreadable, mended(err)
		return s
	}
	defer f.Close()
	s.size = f.size
	s.fill(f, m.opt.MaxMessage)
	if s.skip == "" && strings.HasSuffix(e.file, ".emlx") {
		s.unwrapEmlx()
	}
	return s
}

// unwrapEmlx takes a message out of Apple Mail's format: a line with its length,
// the message, and a property list.
func (s *stored) unwrapEmlx() {
	line, rest, _ := bytes.Cut(s.raw, []byte("\n"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil || n < 1 || n > int64(len(rest)) || !mailLike(rest) {
		s.raw, s.skip = nil, NotMail
		s.err = errors.New("the first line is not the length of the message: is the file damaged?")
		return
	}
	s.raw = rest[:n]
}

func (m *messages) count(ctx context.Context, from string) (Count, error) {
	return estimate(ctx, behind(m.list, from), func(e entry) (int64, error) {
		info, err := m.stat(path.Join(m.dir, e.file))
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}), nil
}
