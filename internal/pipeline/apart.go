package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"syscall"

	"kith/internal/detect"
	"kith/internal/kith"
)

// The poison rule: a message during which kith died twice is judged in a child
// process with little memory and little time. If the child dies too, the message
// goes out by policy with the finding that nobody could look inside. Whatever
// it holds, it kills nobody else's mail.

// Bounds of the child: address space and CPU seconds. A Go program maps much
// more address space than it uses.
const (
	apartMemory = 4 << 30
	apartCPU    = 20
)

// JudgeApart judges one message in a process of its own.
func (p *Pipeline) JudgeApart(ctx context.Context, env *kith.Envelope, raw []byte) *Outcome {
	if p.opt().Paused() {
		return p.Unjudged(env, "paused")
	}
	ctx, cancel := context.WithTimeout(ctx, p.opt().Deadline)
	defer cancel()
	out, err := p.apart(ctx, env, raw)
	if err == nil && len(out.Judgements) == len(env.Rcpts) {
		return out
	}
	p.opt().Log.Error("the message could not be read apart either", "queue_id", env.QueueID, "kith", env.ID, "error", err)
	out = p.Unjudged(env, "could-not-look")
	v := p.opt().Judge.Decide([]kith.Finding{detect.CouldNotLook("message")})
	for i := range out.Judgements {
		out.Judgements[i].Verdict = v
	}
	return out
}

func (p *Pipeline) apart(ctx context.Context, env *kith.Envelope, raw []byte) (*Outcome, error) {
	if len(p.opt().Apart) == 0 {
		return nil, fmt.Errorf("no command to read it with")
	}
	head, err := json.Marshal(env)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, p.opt().Apart[0], p.opt().Apart[1:]...)
	cmd.Stdin = io.MultiReader(bytes.NewReader(append(head, '\n')), bytes.NewReader(raw))
	var got bytes.Buffer
	cmd.Stdout = &got
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	out := new(Outcome)
	return out, json.Unmarshal(got.Bytes(), out)
}

// ServeApart is the child's side: it reads one message from in, judges it and
// writes the outcome to out. The process limits itself first.
func (p *Pipeline) ServeApart(in io.Reader, out io.Writer) error {
	for what, n := range map[int]uint64{syscall.RLIMIT_AS: apartMemory, syscall.RLIMIT_CPU: apartCPU, syscall.RLIMIT_CORE: 0} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("cannot limit the child process: %w", err)
		}
	}
	r := bufio.NewReader(in)
	head, err := r.ReadBytes('\n')
	if err != nil {
		return err
	}
	env := new(kith.Envelope)
	if err := json.Unmarshal(head, env); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(p.Judge(context.Background(), env, raw))
}
