package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// DefaultEvents is the event file that is read when none is named.
const DefaultEvents = "events.jsonl.zst"

// Bounds of a set's files.
const (
	window    = 128 << 20 // the format's archives are made with --long=27
	maxLine   = 4 << 20   // one event
	maxEvents = 8 << 30   // bytes of all events
)

// Set is a benchmark set that was opened. Close it. It is not safe for
// concurrent use.
type Set struct {
	Count int // events

	name   string // for errors
	file   string // of the events, for errors
	events *os.File
	org    *orgFile
	ours   []string // domains of the recipients, where no org.json names any
	mails  *mails
}

// Open opens the set in a folder and unpacks its messages. events names the
// event file inside it; "" is DefaultEvents. Errors are one line that says where
// and the mend.
func Open(folder, events string) (*Set, error) {
	if events == "" {
		events = DefaultEvents
	}
	if filepath.Base(events) != events || !strings.HasPrefix(events, "events") || !strings.HasSuffix(events, ".jsonl.zst") {
		return nil, fmt.Errorf("%q is no event file of a set; name one like %s, without a folder", events, DefaultEvents)
	}
	s := &Set{name: filepath.Base(folder), file: events}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder; name the folder of a set, with %s and mail/ in it", folder, events)
	}
	var err error
	if s.org, err = readOrg(filepath.Join(folder, "org.json")); err != nil {
		return nil, err
	}
	if s.events, err = unpackEvents(filepath.Join(folder, events)); err != nil {
		return nil, err
	}
	if err = s.survey(); err == nil {
		s.mails, err = unpack(filepath.Join(folder, "mail"))
	}
	if err != nil {
		s.events.Close()
		return nil, err
	}
	return s, nil
}

// Close gives back the room that the unpacked messages take.
func (s *Set) Close() error { return errors.Join(s.events.Close(), s.mails.file.Close()) }

// Mails returns how many messages the set holds.
func (s *Set) Mails() int { return len(s.mails.at) }

// Raw returns the bytes of a message.
func (s *Set) Raw(id string) ([]byte, error) { return s.mails.read(id) }

// survey counts the events and, where no list of people names own domains, those
// of the recipients: who gets mail here is ours.
func (s *Set) survey() error {
	known := map[string]bool{}
	return s.lines(func(_ int, line []byte) error {
		s.Count++
		if s.org != nil {
			return nil
		}
		ev, err := readEvent(line)
		if err != nil || ev.Kind != Deliver {
			return nil // told when its turn comes
		}
		for _, r := range ev.Rcpts {
			d := strings.ToLower(r[strings.LastIndexByte(r, '@')+1:])
			if d != "" && d != r && !known[d] && len(known) < 1000 {
				known[d] = true
				s.ours = append(s.ours, d)
			}
		}
		return nil
	})
}

// Events calls f for each event in its order, until f returns an error.
func (s *Set) Events(f func(*Event) error) error {
	var last time.Time
	return s.lines(func(n int, line []byte) error {
		ev, err := readEvent(line)
		if err == nil && ev.At.Before(last) {
			err = fmt.Errorf("event %q is older than the one before it; sort the file by time", ev.ID)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", s.file, n, err)
		}
		last = ev.At
		return f(ev)
	})
}

// lines calls f for each line of the events that is not empty.
func (s *Set) lines(f func(n int, line []byte) error) error {
	sc := bufio.NewScanner(io.NewSectionReader(s.events, 0, maxEvents))
	sc.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for sc.Scan() {
		n++
		if line := bytes.TrimSpace(sc.Bytes()); len(line) > 0 {
			if err := f(n, line); err != nil {
				return err
			}
		}
	}
	switch err := sc.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s:%d: the line is longer than %d MiB; it is no event", s.file, n+1, maxLine>>20)
	case err != nil:
		return fmt.Errorf("%s: %w; is the disk of the temporary files well?", s.file, err)
	}
	return nil
}

// unpackEvents unpacks the event file once, before the first event: the window
// of the format's packing is larger than all that judging needs.
func unpackEvents(path string) (*os.File, error) {
	packed, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: check the name of the set and of its event file", err)
	}
	defer packed.Close()
	z, err := newReader(packed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer z.Close()
	file, err := tempFile()
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(file, io.LimitReader(z, maxEvents+1))
	if err == nil && n > maxEvents {
		err = fmt.Errorf("larger than %d GiB; split the set", int64(maxEvents)>>30)
	} else if err != nil {
		err = unpacking(err)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// unpacking tells a full disk from a broken archive.
func unpacking(err error) error {
	if full := (*fs.PathError)(nil); errors.As(err, &full) {
		return fmt.Errorf("cannot be unpacked (%w); set TMPDIR to a folder with room", err)
	}
	return fmt.Errorf("broken archive (%w); fetch the set again", err)
}

// tempFile returns a file that has no name any more: it is gone when the process
// ends, however it ends.
func tempFile() (*os.File, error) {
	file, err := os.CreateTemp("", "kith-replay-*")
	if err != nil {
		return nil, fmt.Errorf("the set cannot be unpacked: %w; set TMPDIR to a folder with room", err)
	}
	return file, os.Remove(file.Name())
}

// newReader unpacks a stream in this goroutine, so that memory and order are
// the same at every run.
func newReader(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderMaxWindow(window), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
}
