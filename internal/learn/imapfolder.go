package learn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// imapFolder is one folder of an IMAP account.
type imapFolder struct {
	*account
	mailbox string // as the server names it
	name    string
}

// visit is where the reading of a folder stands. It outlives a lost connection.
type visit struct {
	validity uint32   // UIDVALIDITY; 0 = not opened yet
	last     imap.UID // handed over
	moved    bool     // something was handed over since the last connection
	stop     error    // of the receiver
}

// pauses are how long is waited before the server is called again.
var pauses = []time.Duration{time.Second, 5 * time.Second, 20 * time.Second}

func (f *imapFolder) read(ctx context.Context, from string, hand func(stored) error) error {
	var v visit
	if from != "" {
		if _, err := fmt.Sscanf(from, "%d:%d", &v.validity, &v.last); err != nil {
			f.opt.Report(f.name, fmt.Errorf("the position %q of an earlier run cannot be read: reading from the beginning", from))
			v = visit{}
		}
	}
	deliver := func(s stored) error {
		v.stop = hand(s)
		v.moved = true
		return v.stop
	}
	for tries := 0; ; {
		err := f.pass(ctx, &v, deliver)
		var said *imap.Error
		switch {
		case err == nil, v.stop != nil, ctx.Err() != nil, errors.Is(err, ErrLogin):
			return err
		case errors.As(err, &said):
			return fmt.Errorf("the server does not give out this folder (it said %q)", said.Text)
		}
		if v.moved {
			tries, v.moved = 0, false
		}
		if tries == len(pauses) {
			return fmt.Errorf("%s: %w (%v)", f.where, errLost, err)
		}
		f.opt.Report(f.name, fmt.Errorf("%w: calling again", err))
		f.drop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pauses[tries]):
		}
		tries++
	}
}

// pass reads the folder from where the visit stands to its end.
func (f *imapFolder) pass(ctx context.Context, v *visit, hand func(stored) error) error {
	if f.client == nil {
		if err := f.connect(ctx); err != nil {
			return err
		}
	}
	var opened *imap.SelectData
	err := f.do(ctx, func(c *imapclient.Client) (err error) {
		// EXAMINE: nothing that follows can change the folder.
		opened, err = c.Select(f.mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if err != nil {
		return err
	}
	if v.validity != opened.UIDValidity {
		if v.validity != 0 {
			f.opt.Report(f.name, errors.New("the server has numbered this folder anew since the last run: reading from the beginning"))
		}
		v.validity, v.last = opened.UIDValidity, 0
	}
	if opened.NumMessages == 0 {
		return nil
	}
	uids, err := f.uids(ctx, v.last)
	for err == nil && len(uids) > 0 {
		n := min(len(uids), chunk)
		err = f.chunk(ctx, v, uids[:n], hand)
		uids = uids[n:]
	}
	return err
}

// maxUIDs bounds the messages of a folder.
const maxUIDs = 50_000_000

// uids lists the messages above a UID, in ascending order.
func (f *imapFolder) uids(ctx context.Context, above imap.UID) ([]imap.UID, error) {
	if above == ^imap.UID(0) {
		return nil, nil
	}
	criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{{Start: above + 1, Stop: 0}}}}
	var set imap.UIDSet
	err := f.do(ctx, func(c *imapclient.Client) error {
		found, err := c.UIDSearch(criteria, nil).Wait()
		if err == nil {
			set, _ = found.All.(imap.UIDSet)
		}
		return err
	})
	var uids []imap.UID
	for _, r := range set {
		// "n:*" holds the last message also when that is below n (RFC 3501 section 6.4.8).
		for u := max(r.Start, above+1); u <= r.Stop && len(uids) < maxUIDs; u++ {
			if uids = append(uids, u); u == ^imap.UID(0) {
				break
			}
		}
	}
	return uids, err
}

// count asks with STATUS, which opens nothing.
func (f *imapFolder) count(ctx context.Context, from string) (Count, error) {
	var got *imap.StatusData
	err := f.do(ctx, func(c *imapclient.Client) (err error) {
		o := &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, Size: c.Caps().Has(imap.CapStatusSize)}
		got, err = c.Status(f.mailbox, o).Wait()
		return err
	})
	if err != nil || got.NumMessages == nil {
		return Count{}, err
	}
	total := Count{Messages: int64(*got.NumMessages)}
	if got.Size != nil {
		total.Bytes = *got.Size
	}
	var validity uint32
	var last imap.UID
	if n, _ := fmt.Sscanf(from, "%d:%d", &validity, &last); n == 2 && validity == got.UIDValidity && got.UIDNext > 0 {
		// How many are above the last one is not known; no more than there are numbers.
		left := min(total.Messages, max(0, int64(got.UIDNext)-1-int64(last)))
		total.Bytes = total.Bytes * left / max(1, total.Messages)
		total.Messages = left
	}
	return total, nil
}
