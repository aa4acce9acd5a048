package load

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// ReadFiles reads the messages of a folder for Sender.Files: its *.eml files
// and those in its *.tar.zst archives. Line ends become CRLF, as any client
// would send them.
func ReadFiles(dir string) (map[string][]byte, error) {
	all := map[string][]byte{}
	plain, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
	for _, name := range plain {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all[filepath.Base(name)] = crlf(b)
	}
	archives, _ := filepath.Glob(filepath.Join(dir, "*.tar.zst"))
	for _, name := range archives {
		if err := readArchive(name, all); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no *.eml and no *.tar.zst", dir)
	}
	return all, nil
}

func readArchive(name string, all map[string][]byte) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return err
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if path.Ext(h.Name) != ".eml" {
			continue
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		all[path.Base(h.Name)] = crlf(b)
	}
}

func crlf(b []byte) []byte {
	return bytes.ReplaceAll(normal(b), []byte("\n"), []byte("\r\n"))
}
