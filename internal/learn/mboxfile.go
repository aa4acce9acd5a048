package learn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"strings"
)

// mboxFile is an mbox on the disk.
type mboxFile struct {
	open  func() (*mailFile, error)
	where string
	opt   *Options
}

// fingerprint is how much of the beginning of a file is digested, to know it again.
const fingerprint = 1024

// takeout is the field with which Google Takeout begins every message; the labels
// in the one behind it are folders.
var takeout = []byte("x-gm-thrid:")

func (b *mboxFile) read(ctx context.Context, from string, hand func(stored) error) error {
	f, err := b.open()
	if err != nil {
		return err
	}
	defer f.Close()
	off := b.resume(f, from)
	// A packed file cannot be read from two places: what a resume passes over is
	// read, too.
	if err := f.seek(ctx, off); err != nil {
		return fmt.Errorf("%s: %w", b.where, withoutPath(err))
	}
	r := newMboxReader(withContext(ctx, f), f.readerAt(), off, b.opt.MaxMessage)
	labelled := b.labelled(f)
	mark := b.mark(f)
	for n := 0; ; n++ {
		m, err := r.next()
		switch {
		case err == io.EOF && n == 0 && off == 0 && r.off > 0:
			return fmt.Errorf(`%s: this is not an mbox: no line of it is a From line ("From ann@vendor.example Mon Jan  2 15:04:05 2006")`, b.where)
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%s: damaged or unreadable behind byte %d: %w", b.where, r.off, withoutPath(err))
		}
		if n == 0 && r.lead > 2 {
			b.opt.Report(b.where, fmt.Errorf("the first %d bytes belong to no message and were passed over: is the file damaged?", r.lead))
		}
		if err := hand(b.stored(m, labelled, mark)); err != nil {
			return err
		}
	}
}

// stored looks at one message.
func (b *mboxFile) stored(m mboxMessage, labelled bool, mark string) stored {
	s := stored{
		raw: m.raw, size: m.end - m.start, at: m.from.at, zoneless: !m.from.zone,
		position: fmt.Sprintf("%d:%s", m.end, mark), where: fmt.Sprintf("%s, byte %d", b.where, m.start),
	}
	switch {
	case m.tooLarge:
		s.skip = TooLarge
		s.err = fmt.Errorf("%d bytes are more than the %d that a message may have", s.size, b.opt.MaxMessage)
	case !mailLike(m.raw):
		s.skip = NotMail
		s.err = fmt.Errorf("behind the From line there is no header: is the file damaged?")
	case programData(m.raw):
		s.skip = Marked
	case labelled:
		s.role = labelRole(m.raw)
	}
	return s
}

// programData finds what is in the file but not in the mailbox: the message in
// which UW IMAP and Dovecot keep their state, and those that Thunderbird has
// deleted and not yet removed (bit 3 of X-Mozilla-Status).
func programData(raw []byte) bool {
	if v, ok := field(raw, "x-mozilla-status"); ok {
		if v = strings.TrimSpace(v); len(v) == 4 && strings.IndexByte("89abcdefABCDEF", v[3]) >= 0 {
			return true
		}
	}
	if v, ok := field(raw, "subject"); ok && strings.HasPrefix(strings.TrimSpace(v), "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA") {
		return true
	}
	return false
}

// labelled reports whether the file is a Google Takeout: its first message begins
// with Google's own field, in front of any that its sender could have written.
func (b *mboxFile) labelled(f *mailFile) bool {
	_, rest, _ := bytes.Cut(f.head, []byte("\n"))
	return len(rest) > len(takeout) && bytes.EqualFold(rest[:len(takeout)], takeout)
}

// labelRole reads the role from a message's labels; "" when they say none. The
// field must stand second, where Google writes it: one further down may be the
// sender's.
func labelRole(raw []byte) Role {
	first, rest, _ := bytes.Cut(raw, []byte("\n"))
	if len(first) < len(takeout) || !bytes.EqualFold(first[:len(takeout)], takeout) {
		return ""
	}
	const name = "x-gmail-labels:"
	if len(rest) < len(name) || !strings.EqualFold(string(rest[:len(name)]), name) {
		return ""
	}
	v, _ := field(rest, "x-gmail-labels")
	if decoded, err := new(mime.WordDecoder).DecodeHeader(v); err == nil {
		v = decoded
	}
	role := Role("")
	for label := range strings.SplitSeq(v, ",") {
		switch r := roleOf(strings.TrimSpace(label)); r {
		case Junk, Trash, Drafts:
			return r
		case Sent:
			role = Sent
		case Inbox, Archive:
			if role == "" {
				role = r
			}
		}
	}
	return role
}

// mark is what follows the offset in a position: how much of the file's beginning
// was digested, and its digest.
func (b *mboxFile) mark(f *mailFile) string {
	head := f.head[:min(len(f.head), fingerprint)]
	return fmt.Sprintf("%d:%s", len(head), digest(head))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// resume returns the offset at which to go on, 0 when the file is another one.
func (b *mboxFile) resume(f *mailFile, from string) int64 {
	if from == "" {
		return 0
	}
	var off int64
	var n int
	var sum string
	if _, err := fmt.Sscanf(from, "%d:%d:%s", &off, &n, &sum); err != nil || off < 0 || n < 0 || n > fingerprint {
		b.opt.Report(b.where, fmt.Errorf("the position %q of an earlier run cannot be read: reading from the beginning", from))
		return 0
	}
	same := n <= len(f.head) && digest(f.head[:n]) == sum && (f.packed() || off <= f.size)
	if at := f.readerAt(); same && at != nil && off < f.size {
		r := mboxReader{at: at, off: off, loose: true}
		same = r.boundary(off)
	}
	if !same {
		b.opt.Report(b.where, fmt.Errorf("the file was changed since the last run, not only added to: reading from the beginning"))
		return 0
	}
	return off
}

// sample is how much of an mbox is read to estimate how many messages it has.
const sample = 1 << 20

func (b *mboxFile) count(ctx context.Context, from string) (Count, error) {
	f, err := b.open()
	if err != nil {
		return Count{}, err
	}
	defer f.Close()
	quiet := *b
	o := *b.opt
	o.Report = func(string, error) {}
	quiet.opt = &o
	left := f.plainSize() - quiet.resume(f, from)
	if left <= 0 {
		return Count{}, nil
	}
	r := newMboxReader(io.LimitReader(withContext(ctx, f), sample), nil, 0, 1)
	n, end := int64(0), int64(0)
	for {
		m, err := r.next()
		if err != nil {
			break
		}
		n, end = n+1, m.end
	}
	if n == 0 {
		return Count{0, left}, nil
	}
	return Count{max(1, n*left/max(1, end)), left}, nil
}
