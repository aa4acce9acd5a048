package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// openIMAP signs in and lists the folders.
func (s *Source) openIMAP(ctx context.Context) error {
	at, err := parseAddress(s.name)
	if err != nil {
		return err
	}
	a := &account{address: at, where: s.name, opt: &s.opt}
	s.done = a.close
	if err := a.connect(ctx); err != nil {
		return err
	}
	owner := ownerOfLogin(at.login, s.opt.Domain)
	list, err := a.list(ctx)
	if err != nil {
		return fmt.Errorf("%s: cannot list the folders: %w", s.name, err)
	}
	for _, l := range list {
		name := l.Mailbox
		if l.Delim != 0 {
			name = strings.ReplaceAll(name, string(l.Delim), "/")
		}
		if at.folder != "" && !strings.EqualFold(name, at.folder) && l.Mailbox != at.folder && !strings.HasPrefix(name, at.folder+"/") {
			continue
		}
		s.folders = append(s.folders, folder{
			key: l.Mailbox, name: name, owner: owner, role: roleOfList(l, name),
			mailbox: &imapFolder{account: a, mailbox: l.Mailbox, name: name},
		})
	}
	if len(s.folders) == 0 && at.folder != "" {
		return fmt.Errorf("%s: there is no folder %q: leave it out to read all folders", s.name, at.folder)
	}
	return nil
}

// list returns the folders that hold this person's mail.
func (a *account) list(ctx context.Context) (list []*imap.ListData, err error) {
	var foreign []imap.NamespaceDescriptor
	err = a.do(ctx, func(c *imapclient.Client) error {
		caps := c.Caps()
		if caps.Has(imap.CapNamespace) {
			// Without an answer all folders are taken: those of others are few.
			if ns, err := c.Namespace().Wait(); err == nil {
				foreign = slices.Concat(ns.Other, ns.Shared)
			}
		}
		o := &imap.ListOptions{}
		// Without LIST-EXTENDED (RFC 5258) the attributes come unasked or not at all.
		o.ReturnSpecialUse = caps.Has(imap.CapSpecialUse) && caps.Has(imap.CapListExtended)
		cmd := c.List("", "*", o)
		for l := cmd.Next(); l != nil; l = cmd.Next() {
			if len(list) < maxFolders && holdsMail(l, foreign) {
				list = append(list, l)
			}
		}
		return cmd.Close()
	})
	return list, err
}

// holdsMail leaves out what cannot be opened, what is a view of other folders
// (RFC 6154 \Flagged, RFC 8457 \Important), and what belongs to others (RFC 2342).
func holdsMail(l *imap.ListData, foreign []imap.NamespaceDescriptor) bool {
	for _, attr := range l.Attrs {
		for _, no := range []imap.MailboxAttr{imap.MailboxAttrNoSelect, imap.MailboxAttrNonExistent, imap.MailboxAttrFlagged, imap.MailboxAttrImportant} {
			if strings.EqualFold(string(attr), string(no)) {
				return false
			}
		}
	}
	for _, ns := range foreign {
		prefix := ns.Prefix
		if prefix != "" && strings.HasPrefix(l.Mailbox, prefix) {
			return false
		}
	}
	return true
}

var specialUse = map[string]Role{
	`\sent`: Sent, `\junk`: Junk, `\trash`: Trash, `\drafts`: Drafts, `\archive`: Archive, `\all`: Archive,
}

// roleOfList believes the server (RFC 6154) before the name. A folder below one
// with a use has the role by its name, which knows that too.
func roleOfList(l *imap.ListData, name string) Role {
	if strings.EqualFold(l.Mailbox, "INBOX") {
		return Inbox
	}
	for _, attr := range l.Attrs {
		if r, ok := specialUse[strings.ToLower(string(attr))]; ok {
			return r
		}
	}
	return roleOf(name)
}
