// Package spool holds the bytes of a message while a seat works on it: in
// memory up to a limit, then in a file. Its bytes belong to a transaction that
// the sender has not been answered yet, so nothing here needs to survive a
// crash: a spool file is unlinked as soon as it is open and is gone with the
// process, however that ends.
//
// Memory and disk are bounded over all messages (Room); a seat that gets ErrFull
// answers 452 and the sender keeps the message.
package spool

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"sync/atomic"
	"syscall"
)

// Errors that a seat maps to replies: ErrFull to 452, ErrTooBig to 552.
var (
	ErrFull   = errors.New("no room for the message now")
	ErrTooBig = errors.New("message is larger than the limit")
)

// Room is the space that all messages share. It is safe for concurrent use.
type Room struct {
	Dir     string // for files; must exist and be private to kith
	Memory  int64  // bytes of one message kept in memory, then disk; at least 1
	Message int64  // largest message, bytes
	Total   int64  // all messages at once, bytes, memory and disk together

	used atomic.Int64
}

// Used returns the bytes held now.
func (r *Room) Used() int64 { return r.used.Load() }

// File is one spooled message. It is written once (ReadFrom), then read. It is
// not safe for concurrent use until ReadFrom has returned.
type File struct {
	room   *Room
	limit  int64
	mem    []byte
	disk   *os.File
	mapped []byte
	size   int64
	sum    hash.Hash
}

// New returns an empty spool file for a message of at most Room.Message bytes.
func (r *Room) New() *File { return r.upTo(r.Message) }

// NewAnySize returns one that only Room.Total bounds: for a message that was
// accepted before it came here, and must not be refused for its size.
func (r *Room) NewAnySize() *File { return r.upTo(math.MaxInt64) }

func (r *Room) upTo(limit int64) *File { return &File{room: r, limit: limit, sum: sha256.New()} }

// chunk is how much is read at once; 32 kB keeps the cost of small mails low.
const chunk = 32 << 10

// ReadFrom copies all of src. On an error the file must still be closed.
func (f *File) ReadFrom(src io.Reader) (int64, error) {
	buf := make([]byte, chunk)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if werr := f.write(buf[:n]); werr != nil {
				return f.size, werr
			}
		}
		if err == io.EOF {
			return f.size, f.finish()
		}
		if err != nil {
			return f.size, err
		}
	}
}

func (f *File) write(p []byte) error {
	if f.size+int64(len(p)) > f.limit {
		return ErrTooBig
	}
	if f.room.used.Add(int64(len(p))) > f.room.Total {
		f.room.used.Add(-int64(len(p)))
		return ErrFull
	}
	f.size += int64(len(p))
	f.sum.Write(p)
	if f.disk == nil && f.size <= f.room.Memory {
		f.mem = append(f.mem, p...)
		return nil
	}
	if f.disk == nil {
		if err := f.spill(); err != nil {
			return err
		}
	}
	return full(writeAll(f.disk, p))
}

// spill moves what was in memory to a file.
func (f *File) spill() error {
	d, err := os.CreateTemp(f.room.Dir, "mail-")
	if err != nil {
		return full(err)
	}
	os.Remove(d.Name())
	f.disk = d
	if err := writeAll(d, f.mem); err != nil {
		return full(err)
	}
	f.mem = nil
	return nil
}

func writeAll(w io.Writer, p []byte) error {
	_, err := w.Write(p)
	return err
}

// full makes every failure to write a lack of room: the seat's answer is the
// same (452), whether the disk is full, read-only or gone.
func full(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %v", ErrFull, err)
}

// finish makes a message on disk readable as bytes without holding it in
// memory. The file is complete and nobody else can shorten it (it has no name),
// so the mapping stays valid until Close; an I/O error while reading it is a
// fault that debug.SetPanicOnFault turns into a panic, which whoever reads must
// ask for and recover.
func (f *File) finish() error {
	if f.disk == nil || f.size == 0 {
		return nil
	}
	m, err := syscall.Mmap(int(f.disk.Fd()), 0, int(f.size), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return full(err)
	}
	f.mapped = m
	return nil
}

// Bytes returns the whole message. It must not be changed, and not be used
// after Close.
func (f *File) Bytes() []byte {
	if f.mapped != nil {
		return f.mapped
	}
	return f.mem
}

// Size returns the number of bytes.
func (f *File) Size() int64 { return f.size }

// Digest returns the SHA-256 of the bytes.
func (f *File) Digest() [32]byte {
	var d [32]byte
	f.sum.Sum(d[:0])
	return d
}

// Close gives the space back.
func (f *File) Close() error {
	f.room.used.Add(-f.size)
	f.size = 0
	var err error
	if f.mapped != nil {
		err = syscall.Munmap(f.mapped)
		f.mapped = nil
	}
	if f.disk != nil {
		err = errors.Join(err, f.disk.Close())
		f.disk = nil
	}
	f.mem = nil
	return err
}
