package speed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// startWithin is how long a server may take to answer after its start. rspamd
// compiles its patterns first.
const startWithin = 3 * time.Minute

// Command is a contender that is a program: argv makes its command line, which
// must end in a server that listens on the unix socket at path and stays in the
// foreground. Its output goes to the file "output" in its folder.
func Command(name string, argv func(e Env, path string) ([]string, error)) Contender {
	return Contender{Name: name, Start: func(ctx context.Context, e Env) (*Running, error) {
		path := filepath.Join(e.Dir, "milter.sock")
		args, err := argv(e, path)
		if err != nil {
			return nil, err
		}
		c, err := spawn(e.Dir, args)
		if err != nil {
			return nil, err
		}
		if err := c.waitFor(ctx, path); err != nil {
			c.stop()
			return nil, fmt.Errorf("%w; its output is in %s", err, filepath.Join(e.Dir, "output"))
		}
		return &Running{Network: "unix", Address: path, Roots: []int{c.cmd.Process.Pid}, Stop: c.stop}, nil
	}}
}

// child is a started program.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func spawn(dir string, args []string) (*child, error) {
	out, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, dir
	// A child that outlives a killed benchmark would sit on the machine for days.
	// The signal follows the thread that started it; Go keeps its threads.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd, make(chan struct{})}
	go func() {
		cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// waitFor returns when somebody answers a milter greeting at path.
func (c *child) waitFor(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		if greet(path) == nil {
			return nil
		}
		select {
		case <-c.ended:
			return fmt.Errorf("%s ended at once: %v", c.cmd.Path, c.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", c.cmd.Path, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func greet(path string) error {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	t := newTalk(conn, nil)
	if err := t.negotiate(); err != nil {
		return err
	}
	t.packet('Q')
	return t.w.Flush()
}

func (c *child) stop() {
	c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(15 * time.Second):
		c.cmd.Process.Kill()
		<-c.ended
	}
}

// ServeNoop answers milter dialogues on ln until ctx ends, and does nothing
// else: what remains is the cost of the protocol itself. It waives every reply
// but the last.
func ServeNoop(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		c, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go func() {
			defer c.Close()
			noop(c)
		}()
	}
}

// noReplies waives the replies to all events, and asks for nothing else.
const noReplies = 1<<7 | 1<<12 | 1<<13 | 1<<14 | 1<<15 | 1<<16 | 1<<18 | 1<<19

func noop(c net.Conn) error {
	t := newTalk(c, nil)
	for {
		code, n, err := t.head()
		if err != nil {
			return err
		}
		if code == 'O' && n != 12 {
			return errors.New("odd greeting")
		}
		if _, err := t.r.Discard(n); err != nil {
			return err
		}
		switch code {
		case 'O':
			t.packet('O', "\x00\x00\x00\x06", "\x00\x00\x00\x00", string(bigEndian(noReplies)))
		case 'E':
			t.packet('a')
		case 'Q':
			return nil
		default:
			continue
		}
		if err := t.w.Flush(); err != nil {
			return err
		}
	}
}

// NoopContender is the do-nothing server as a program of its own: argv is a
// command that calls ServeNoop on the unix socket named by its last argument.
func NoopContender(argv ...string) Contender {
	return Command("noop", func(_ Env, path string) ([]string, error) {
		return append(append([]string{}, argv...), path), nil
	})
}
