package learn

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// maxDepth bounds how deep folders are looked for, in levels.
	maxDepth = 24
	// maxFolders bounds the folders of one source.
	maxFolders = 2_000_000
)

var (
	errLink = errors.New("a link: links are not followed; name what it points to as a source of its own")
	errDbox = errors.New("a mailbox in Dovecot's dbox format, which only Dovecot reads: use imap://user@host/ instead")
)

// tree finds the folders below a directory.
type tree struct {
	src  *Source
	root *os.Root
	top  string // absolute path of root, for owners
	dbox bool   // a dbox was seen
}

// spot is one directory on the way down.
type spot struct {
	dir   string // below root; "." = root
	depth int
	box   string // the Maildir that this is in; "" = none
	owner string // of box
}

// openTree finds the folders of a directory.
func (s *Source) openTree(ctx context.Context) error {
	root, err := os.OpenRoot(s.name)
	if err != nil {
		return plainPath(s.name, err)
	}
	s.done = root.Close
	top, err := filepath.Abs(s.name)
	if err == nil {
		if real, err := filepath.EvalSymlinks(top); err == nil {
			top = real
		}
	}
	t := &tree{src: s, root: root, top: top}
	if err := t.walk(ctx, spot{dir: "."}); err != nil {
		return err
	}
	switch {
	case len(s.folders) > 0 && t.dbox:
		s.opt.Report(s.name, errDbox)
	case t.dbox:
		return fmt.Errorf("%s: %w", s.name, errDbox)
	case len(s.folders) == 0:
		return fmt.Errorf("%s: no mail found: a Maildir has the folders cur and new; else files named *.eml or *.mbox are looked for", s.name)
	}
	return nil
}

// walk looks at one directory and goes on below it. Only the first directory must
// be readable.
func (t *tree) walk(ctx context.Context, at spot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	list, err := fs.ReadDir(t.root.FS(), at.dir)
	if err != nil {
		if at.dir == "." {
			return plainPath(t.src.name, err)
		}
		t.src.opt.Report(t.path(at.dir), mended(err))
		return nil
	}
	if at.depth > maxDepth || len(t.src.folders) > maxFolders {
		t.src.opt.Report(t.path(at.dir), fmt.Errorf("too deep or too many folders: name this folder as a source of its own"))
		return nil
	}
	kids := directories(list)
	isMaildir := slices.Contains(kids, "cur") && slices.Contains(kids, "new")
	if isMaildir {
		at = t.addMaildir(at)
		kids = slices.DeleteFunc(kids, func(k string) bool { return k == "cur" || k == "new" || k == "tmp" })
	} else if at.box == "" {
		t.addFiles(at, list)
		kids = homeOnly(kids)
	}
	for _, d := range list {
		if d.Type()&fs.ModeSymlink != 0 && (at.box == "" || strings.HasPrefix(d.Name(), ".")) {
			t.src.opt.Report(t.path(path.Join(at.dir, d.Name())), errLink)
		}
	}
	for _, k := range kids {
		if k == "dbox-Mails" {
			t.dbox = true
			continue
		}
		below := at
		below.dir, below.depth = path.Join(at.dir, k), at.depth+1
		if err := t.walk(ctx, below); err != nil {
			return err
		}
	}
	return nil
}

func directories(list []fs.DirEntry) []string {
	var kids []string
	for _, d := range list {
		if d.IsDir() {
			kids = append(kids, d.Name())
		}
	}
	return kids
}

// homeOnly keeps a walk out of what is not mail: in a person's home only their
// Maildir is of interest, and hidden folders are those of programs.
func homeOnly(kids []string) []string {
	for _, home := range []string{"Maildir", ".maildir", ".Maildir"} {
		if slices.Contains(kids, home) {
			return []string{home}
		}
	}
	return slices.DeleteFunc(kids, func(k string) bool {
		return strings.HasPrefix(k, ".") && !isMaildirName(k)
	})
}

// path is how a place below the root is named to people.
func (t *tree) path(dir string) string { return filepath.Join(t.src.name, filepath.FromSlash(dir)) }

func (t *tree) absolute(dir string) string { return filepath.Join(t.top, filepath.FromSlash(dir)) }

// addMaildir adds a Maildir, and returns the spot with what is known below it.
func (t *tree) addMaildir(at spot) spot {
	name := "INBOX"
	if at.box == "" {
		at.box = at.dir
		at.owner = ownerOfMaildir(t.absolute(at.dir), t.src.opt.Domain)
		// A single folder of a Maildir++ may have been named: …/Maildir/.Sent
		if base := filepath.Base(t.absolute(at.dir)); strings.HasPrefix(base, ".") && !isMaildirName(base) {
			name = maildirName(base)
			at.owner = ownerOfMaildir(filepath.Dir(t.absolute(at.dir)), t.src.opt.Domain)
		}
	} else {
		rel, err := filepath.Rel(at.box, at.dir)
		if err == nil {
			name = maildirName(filepath.ToSlash(rel))
		}
	}
	t.src.folders = append(t.src.folders, folder{
		key: at.dir, name: name, owner: at.owner, role: roleOf(name),
		mailbox: &maildir{root: t.root, dir: at.dir, where: t.path(at.dir), opt: &t.src.opt},
	})
	return at
}

// maildirName reads the name of a folder from its directory: ".Sent.2023" in a
// Maildir++, "Sent/2023" in Dovecot's layout "fs", each in modified UTF-7 or UTF-8.
func maildirName(rel string) string {
	var levels []string
	for part := range strings.SplitSeq(rel, "/") {
		if inner, ok := strings.CutPrefix(part, "."); ok {
			levels = append(levels, strings.Split(inner, ".")...)
		} else {
			levels = append(levels, part)
		}
	}
	for i, l := range levels {
		levels[i] = decodeUTF7(l)
	}
	return strings.Join(levels, "/")
}
