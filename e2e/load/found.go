package load

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyOf is where one copy was found: a file, or a letter of the sink.
type copyOf struct {
	path   string
	letter []byte
}

func (c copyOf) read() ([]byte, error) {
	if c.path == "" {
		return c.letter, nil
	}
	return os.ReadFile(c.path)
}

type pair struct{ id, rcpt string }

// mailboxes finds every message of every folder of every user.
func (c *Check) mailboxes(found map[pair][]copyOf, r *Result) error {
	homes, err := filepath.Glob(filepath.Join(c.MailDir, "*", "*", "Maildir"))
	if err != nil {
		return err
	}
	for _, home := range homes {
		user := filepath.Base(filepath.Dir(home))
		rcpt := user + "@" + filepath.Base(filepath.Dir(filepath.Dir(home)))
		err := filepath.WalkDir(home, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			if in := filepath.Base(filepath.Dir(path)); in != "new" && in != "cur" {
				return nil
			}
			id, err := idOf(path)
			if err != nil {
				return err
			}
			if id == "" {
				r.Strange++
				r.example("strange: %s has no %s", path, IDField)
				return nil
			}
			found[pair{id, rcpt}] = append(found[pair{id, rcpt}], copyOf{path: path})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// letters sorts the sink's letters into copies and bounces.
func (c *Check) letters(found map[pair][]copyOf, bounced map[pair]bool) {
	for _, l := range c.Letters {
		data := normal(l.Data)
		if l.From != "" {
			for _, to := range l.To {
				p := pair{findID(data), to}
				found[p] = append(found[p], copyOf{letter: l.Data})
			}
			continue
		}
		for line := range bytes.Lines(data) {
			// RFC 3464 §2.3.2
			if _, rcpt, ok := strings.Cut(string(line), "Final-Recipient: rfc822; "); ok {
				bounced[pair{findID(data), strings.TrimSpace(rcpt)}] = true
			}
		}
	}
}

// idOf reads as much of a file as is needed to find its X-Test-Id.
func idOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 16<<10))
	return findID(normal(head)), err
}
