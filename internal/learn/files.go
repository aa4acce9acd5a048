package learn

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// openFile opens a source that is one file: an mbox or a message.
func (s *Source) openFile() error {
	f, err := openMail(os.OpenFile, s.name)
	if err != nil {
		return plainPath(s.name, err)
	}
	defer f.Close()
	abs, err := filepath.Abs(s.name)
	if err != nil {
		return err
	}
	one := folder{key: filepath.Base(s.name), name: fileName(filepath.Base(s.name)), owner: ownerOfFile(abs, s.opt.Domain)}
	one.role = roleOf(one.name)
	switch {
	case f.size == 0:
		return fmt.Errorf("%s: the file is empty", s.name)
	case mboxLike(f.head), isMboxName(s.name):
		one.mailbox = &mboxFile{where: s.name, opt: &s.opt, open: func() (*mailFile, error) { return openNamed(os.OpenFile, s.name, s.name) }}
	case mailLike(f.head):
		dir := filepath.Dir(s.name)
		one.role = Other
		one.mailbox = &messages{open: os.OpenFile, stat: os.Stat, dir: dir, where: dir, list: []entry{newEntry(one.key, "")}, opt: &s.opt}
	default:
		return fmt.Errorf("%s: neither an mbox (no From line at its start) nor a message (no header): name a mailbox file, a .eml file or a folder", s.name)
	}
	s.folders = append(s.folders, one)
	return nil
}

// openNamed opens a mailbox and says an error for people.
func openNamed(open func(string, int, os.FileMode) (*os.File, error), name, where string) (*mailFile, error) {
	f, err := openMail(open, name)
	if err != nil {
		return nil, plainPath(where, err)
	}
	return f, nil
}

// mboxLike reports whether a file begins with a From line, behind a byte order
// mark or empty lines.
func mboxLike(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimLeft(head, "\r\n")
	line, _, _ := bytes.Cut(head, []byte("\n"))
	_, ok := parseFromLine(line)
	return ok
}

// packings are the endings of packed files.
var packings = []string{".gz", ".bz2", ".zst"}

func unpackedName(name string) string {
	for _, p := range packings {
		if n, ok := strings.CutSuffix(name, p); ok {
			return n
		}
	}
	return name
}

func isMboxName(name string) bool {
	name = strings.ToLower(unpackedName(name))
	return strings.HasSuffix(name, ".mbox") || strings.HasSuffix(name, ".mbx")
}

func isMessageName(name string) bool {
	name = strings.ToLower(unpackedName(name))
	return strings.HasSuffix(name, ".eml") || strings.HasSuffix(name, ".emlx") || digits(name)
}

// foreign reports files that stand beside mail and are none.
func foreign(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".msf", ".dat", ".html", ".htm", ".json", ".db", ".sqlite", ".ini", ".js", ".log", ".lock", ".idx", ".cache", ".pst", ".msg":
		return true
	}
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "dovecot") || name == "subscriptions"
}

// addFiles adds the messages of a directory as one folder, and each mbox in it as
// a folder of its own.
func (t *tree) addFiles(at spot, list []fs.DirEntry) {
	var mails []entry
	for _, d := range list {
		name := d.Name()
		rel := path.Join(at.dir, name)
		switch {
		case strings.HasPrefix(name, "dovecot.map.index"):
			t.dbox = true
		case !d.Type().IsRegular() || foreign(name):
		case isMessageName(name):
			mails = append(mails, newEntry(name, ""))
		case isMboxName(name) || t.looksLikeMbox(rel):
			t.addMbox(rel)
		}
	}
	if len(mails) == 0 {
		return
	}
	slices.SortFunc(mails, compareEntries)
	name := at.dir
	if name == "." {
		name = filepath.Base(t.top)
	}
	t.src.folders = append(t.src.folders, folder{
		key: at.dir, name: fileName(name), owner: ownerOfFile(t.absolute(at.dir), t.src.opt.Domain), role: roleOf(fileName(name)),
		mailbox: &messages{open: t.root.OpenFile, stat: t.root.Lstat, dir: at.dir, where: t.path(at.dir), list: mails, opt: &t.src.opt},
	})
}

func (t *tree) addMbox(rel string) {
	t.src.folders = append(t.src.folders, folder{
		key: rel, name: fileName(rel), owner: ownerOfFile(t.absolute(rel), t.src.opt.Domain), role: roleOf(fileName(rel)),
		mailbox: &mboxFile{where: t.path(rel), opt: &t.src.opt, open: func() (*mailFile, error) {
			return openNamed(t.root.OpenFile, rel, t.path(rel))
		}},
	})
}

// looksLikeMbox reads the head of a file whose name says nothing.
func (t *tree) looksLikeMbox(rel string) bool {
	f, err := openMail(t.root.OpenFile, rel)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			t.src.opt.Report(t.path(rel), mended(err))
		}
		return false
	}
	defer f.Close()
	return mboxLike(f.head)
}

// fileName makes a folder's name from a path: endings off, Thunderbird's "X.sbd"
// as the level X, Apple's "X.mbox/mbox" and "X.mbox/Messages" likewise, modified
// UTF-7 decoded.
func fileName(rel string) string {
	levels := strings.Split(unpackedName(rel), "/")
	if n := len(levels); n > 1 && strings.HasSuffix(levels[n-2], ".mbox") {
		levels = levels[:n-1]
	}
	for i, l := range levels {
		for _, end := range []string{".sbd", ".mbox", ".mbx"} {
			l = strings.TrimSuffix(l, end)
		}
		levels[i] = decodeUTF7(l)
	}
	return strings.Join(levels, "/")
}
