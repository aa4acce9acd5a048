package learn

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/klauspost/compress/zstd"
)

// mailFile is an open file with mail, packed or not. Dovecot's zlib plugin packs
// the files of a Maildir under their old names, so the first bytes decide.
type mailFile struct {
	file   *os.File
	plain  *bufio.Reader // nil when not packed
	unpack func()        // releases the unpacker; may be nil
	size   int64         // on the disk
	head   []byte        // the first unpacked bytes, at most headBytes
}

const (
	headBytes = 2048
	// maxWindow bounds the memory that a packed file may ask for.
	maxWindow = 64 << 20
	// unpacked is by how much mail grows when it is unpacked, as a guess for the
	// progress only.
	unpacked = 3
)

var errNotRegular = errors.New("not a regular file")

// openMail opens a file by a function that is like os.OpenFile. It does not wait
// for a pipe that somebody has put there.
func openMail(open func(string, int, os.FileMode) (*os.File, error), name string) (*mailFile, error) {
	f, err := open(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	m := &mailFile{file: f, size: info.Size()}
	if err := m.look(); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// look reads the head and finds out how the file is packed.
func (m *mailFile) look() error {
	buf := make([]byte, headBytes)
	n, err := io.ReadFull(m.file, buf)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	m.head = buf[:n]
	if _, err := m.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var r io.Reader
	switch {
	case bytes.HasPrefix(m.head, []byte{0x1f, 0x8b, 8}):
		z, err := gzip.NewReader(m.file)
		if err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		r = z
	case bytes.HasPrefix(m.head, []byte("BZh")):
		r = bzip2.NewReader(m.file)
	case bytes.HasPrefix(m.head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(m.file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return fmt.Errorf("zstd: %w", err)
		}
		r, m.unpack = z, z.Close
	default:
		return nil
	}
	m.plain = bufio.NewReaderSize(r, mboxBuffer)
	head, err := m.plain.Peek(headBytes)
	if err != nil && err != io.EOF {
		return fmt.Errorf("the packed file cannot be unpacked: %w", err)
	}
	m.head = bytes.Clone(head)
	return nil
}

func (m *mailFile) packed() bool { return m.plain != nil }

func (m *mailFile) Read(p []byte) (int, error) {
	if m.plain != nil {
		return m.plain.Read(p)
	}
	return m.file.Read(p)
}

func (m *mailFile) Close() error {
	if m.unpack != nil {
		m.unpack()
	}
	return m.file.Close()
}

// readerAt is for looking ahead; nil where that cannot be done.
func (m *mailFile) readerAt() io.ReaderAt {
	if m.packed() {
		return nil
	}
	return m.file
}

// seek goes to an offset of the unpacked bytes; once, before the first Read.
func (m *mailFile) seek(ctx context.Context, off int64) error {
	if !m.packed() {
		_, err := m.file.Seek(off, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, withContext(ctx, m.plain), off)
	if err == io.EOF {
		err = nil
	}
	return err
}

// plainSize is the size unpacked, or a guess at it.
func (m *mailFile) plainSize() int64 {
	if m.packed() {
		return m.size * unpacked
	}
	return m.size
}

// all reads a file that is one message. tooLarge is true when it has more than
// maxMessage bytes.
func (m *mailFile) all(maxMessage int64) (raw []byte, tooLarge bool, err error) {
	if m.size > maxMessage {
		return nil, true, nil
	}
	raw = make([]byte, 0, min(m.plainSize()+512, maxMessage+1))
	buf := bytes.NewBuffer(raw)
	_, err = buf.ReadFrom(io.LimitReader(m, maxMessage+1))
	if int64(buf.Len()) > maxMessage {
		return nil, true, nil
	}
	return buf.Bytes(), false, err
}

// contextReader ends when its context does, so that a hundred gigabytes of
// something else than mail can be left.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func withContext(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
