package learn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	// chunk is how many messages are asked about at once.
	chunk = 200
	// batch bounds the bodies that are fetched at once: so many bytes (or one
	// message that is larger).
	batch = 8 << 20
	// grace is by how much a message may be larger than twice what the server said:
	// Exchange and others estimate.
	grace = 64 << 10
)

// about is what is asked of a message before its bytes.
type about struct {
	uid   imap.UID
	size  int64
	at    time.Time
	flags []imap.Flag
	found bool
}

// chunk asks about some messages, and fetches those that are wanted batch by
// batch. While the receiver works no command is under way, so it may be slow.
func (f *imapFolder) chunk(ctx context.Context, v *visit, uids []imap.UID, hand func(stored) error) error {
	infos, err := f.about(ctx, uids)
	if err != nil {
		return err
	}
	for len(infos) > 0 {
		n, sum := 0, int64(0)
		var wanted imap.UIDSet
		for ; n < len(infos); n++ {
			if s := f.judge(infos[n]); s != "" {
				continue
			}
			if sum += infos[n].size; sum > batch && len(wanted) > 0 {
				break
			}
			wanted.AddNum(infos[n].uid)
		}
		bodies, err := f.bodies(ctx, wanted, infos[:n])
		if err != nil {
			return err
		}
		for _, in := range infos[:n] {
			if err := hand(f.stored(v, in, bodies)); err != nil {
				return err
			}
			v.last = in.uid
		}
		infos = infos[n:]
	}
	return nil
}

// judge says why a message is not wanted, before it is fetched.
func (f *imapFolder) judge(in about) Reason {
	if !in.found {
		return Vanished
	}
	for _, flag := range in.flags {
		switch strings.ToLower(string(flag)) {
		case `\deleted`, `\draft`:
			return Marked
		}
	}
	if in.junk() && !slices.Contains(f.opt.Also, Junk) {
		return InJunk
	}
	if in.size > f.opt.MaxMessage {
		return TooLarge
	}
	return ""
}

// junk reports whether the person or their mail program has marked a message
// (RFC 9051 section 2.3.2).
func (in about) junk() bool {
	return slices.ContainsFunc(in.flags, func(f imap.Flag) bool {
		return strings.EqualFold(string(f), "$Junk") || strings.EqualFold(string(f), "Junk")
	})
}

// about fetches sizes, dates and flags, in the order of uids.
func (f *imapFolder) about(ctx context.Context, uids []imap.UID) ([]about, error) {
	infos := make([]about, len(uids))
	index := make(map[imap.UID]int, len(uids))
	for i, u := range uids {
		infos[i].uid, index[u] = u, i
	}
	err := f.do(ctx, func(c *imapclient.Client) error {
		cmd := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			in := about{found: true}
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					in.uid = item.UID
				case imapclient.FetchItemDataFlags:
					in.flags = item.Flags
				case imapclient.FetchItemDataInternalDate:
					in.at = item.Time
				case imapclient.FetchItemDataRFC822Size:
					in.size = item.Size
				}
			}
			if i, ok := index[in.uid]; ok {
				infos[i] = in
			}
		}
		return cmd.Close()
	})
	return infos, err
}

// fetched is the body of a message, or why it is not there.
type fetched struct {
	raw  []byte
	long bool // longer than was said, and not kept
}

// bodies fetches whole messages with BODY.PEEK[], which marks nothing as seen.
func (f *imapFolder) bodies(ctx context.Context, wanted imap.UIDSet, infos []about) (map[imap.UID]fetched, error) {
	got := map[imap.UID]fetched{}
	if len(wanted) == 0 {
		return got, nil
	}
	limit := make(map[imap.UID]int64, len(infos))
	for _, in := range infos {
		limit[in.uid] = min(2*in.size+grace, f.opt.MaxMessage)
	}
	err := f.do(ctx, func(c *imapclient.Client) error {
		cmd := c.Fetch(wanted, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
		var failed error
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			uid := imap.UID(0)
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					uid = item.UID
				case imapclient.FetchItemDataBodySection:
					body, err := literal(item.Literal, limit[uid])
					if err != nil && failed == nil {
						failed = err
					}
					got[uid] = body
				}
			}
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		return failed
	})
	return got, err
}

// literal reads a body of at most limit bytes.
func literal(r imap.LiteralReader, limit int64) (fetched, error) {
	switch {
	case r == nil:
		return fetched{}, nil
	case r.Size() > limit:
		return fetched{long: true}, nil // the library reads past it
	}
	raw := make([]byte, r.Size())
	if _, err := io.ReadFull(r, raw); err != nil {
		return fetched{}, fmt.Errorf("the line broke in the middle of a message: %w", err)
	}
	// The end has to be met for the library to go on.
	_, err := io.Copy(io.Discard, r)
	return fetched{raw: raw}, err
}

// stored puts together what is known of one message.
func (f *imapFolder) stored(v *visit, in about, bodies map[imap.UID]fetched) stored {
	s := stored{
		size: in.size, at: in.at, position: fmt.Sprintf("%d:%d", v.validity, in.uid),
		where: fmt.Sprintf("%s, message %d", f.name, in.uid), skip: f.judge(in),
	}
	if s.skip == TooLarge {
		s.err = fmt.Errorf("%d bytes are more than the %d that a message may have", in.size, f.opt.MaxMessage)
	}
	if s.skip != "" {
		return s
	}
	body, ok := bodies[in.uid]
	switch {
	case !ok:
		s.skip = Vanished
	case body.long:
		s.skip, s.err = TooLarge, errors.New("the server sent more than it had said, or than a message may have")
	case !mailLike(body.raw):
		s.skip, s.err = NotMail, errors.New("the message has no header")
	default:
		s.raw = body.raw
		if in.junk() {
			s.role = Junk
		}
	}
	return s
}
