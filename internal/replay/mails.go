package replay

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of the messages of a set.
const (
	maxMail   = 64 << 20 // bytes of one
	maxUnpack = 16 << 30 // bytes of all together
	maxMails  = 20_000_000
)

// mails are the messages of a set, in a temporary file.
type mails struct {
	file *os.File
	at   map[string]place
}

type place struct {
	off  int64
	size int32
}

// unpack reads the archives of a set's mail folder in the order of their names.
func unpack(folder string) (*mails, error) {
	archives, err := filepath.Glob(filepath.Join(escape(folder), "*.tar.zst"))
	if err == nil && len(archives) == 0 {
		err = errors.New("no *.tar.zst is there; name the folder of a set")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	slices.Sort(archives)
	file, err := tempFile()
	if err != nil {
		return nil, err
	}
	m := &mails{file: file, at: map[string]place{}}
	out := &counted{w: bufio.NewWriterSize(file, 1<<20)}
	for _, a := range archives {
		if err := m.add(out, a); err != nil {
			file.Close()
			return nil, fmt.Errorf("%s: %w", a, err)
		}
	}
	if err := out.w.Flush(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s %w", folder, unpacking(err))
	}
	return m, nil
}

// escape makes a path mean itself in a pattern.
func escape(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(p)
}

// counted knows how much went through it.
type counted struct {
	w *bufio.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// add unpacks one archive.
func (m *mails) add(out *counted, archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("%w: make it readable", err)
	}
	defer file.Close()
	z, err := newReader(file)
	if err != nil {
		return fmt.Errorf("%w; fetch the set again", err)
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return unpacking(err)
		}
		name := path.Base(h.Name)
		id, ok := strings.CutSuffix(name, ".eml")
		if h.Typeflag != tar.TypeReg || !ok || id == "" {
			continue
		}
		if err := m.place(id, h.Size, out.n); err != nil {
			return err
		}
		if _, err := io.Copy(out, t); err != nil {
			return fmt.Errorf("%s: %w", name, unpacking(err))
		}
	}
}

// place notes where a message will stand.
func (m *mails) place(id string, size, off int64) error {
	switch _, twice := m.at[id]; {
	case twice:
		return fmt.Errorf("%s.eml stands twice in the set; the archives must not share a name", id)
	case size > maxMail:
		return fmt.Errorf("%s.eml is larger than %d MiB; take it out of the set", id, maxMail>>20)
	case off+size > maxUnpack || len(m.at) >= maxMails:
		return fmt.Errorf("the set is larger than %d GiB or %d messages; split it", maxUnpack>>30, maxMails)
	}
	m.at[id] = place{off, int32(size)}
	return nil
}

// read returns the bytes of a message, which are the caller's.
func (m *mails) read(id string) ([]byte, error) {
	p, ok := m.at[id]
	if !ok {
		return nil, fmt.Errorf("mail %q is in no archive of the set; fetch the set again", id)
	}
	raw := make([]byte, p.size)
	if _, err := m.file.ReadAt(raw, p.off); err != nil {
		return nil, fmt.Errorf("mail %q: %w; is the disk of the temporary files well?", id, err)
	}
	return raw, nil
}
