package speed

import (
	"context"
	"math"
	"os"
	"slices"
	"time"
)

// Sample is one load of one contender.
type Sample struct {
	Name   string
	Round  int // from 0
	AtOnce int
	Load
	CPU     time.Duration // of the contender's process tree
	Memory  Memory        // the largest seen
	Machine Machine
}

// Rate is messages per second.
func (s Sample) Rate() float64 { return float64(len(s.Latency)) / s.Took.Seconds() }

// CPUPerMessage is the process tree's user and system time for one message.
func (s Sample) CPUPerMessage() time.Duration {
	if len(s.Latency) == 0 {
		return 0
	}
	return s.CPU / time.Duration(len(s.Latency))
}

// Percentile is the latency that p percent of the messages did not exceed
// (nearest rank).
func (s Sample) Percentile(p float64) time.Duration {
	if len(s.Latency) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.Latency))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// settle is how long after the last answer the server's own after-work (logging,
// collecting garbage) still counts.
const settle = 300 * time.Millisecond

// takeSample loads one contender once and measures around it.
func takeSample(ctx context.Context, o *Options, name string, to *Running, atOnce int) (Sample, error) {
	s := Sample{Name: name, AtOnce: atOnce}
	peak := watchMemory(to.Roots)
	cpu, self, machine := treeCPU(to.Roots), treeCPU([]int{os.Getpid()}), readMachine()
	load, err := o.Drive(ctx, to, o.Mails, atOnce, o.Messages)
	if err != nil {
		peak()
		return s, err
	}
	time.Sleep(settle)
	s.Load = load
	s.CPU = treeCPU(to.Roots) - cpu
	// The contenders are children of this process: its own share is what is left
	// after the loaded one; the others idle.
	ours := treeCPU([]int{os.Getpid()}) - self
	s.Machine = readMachine().since(machine, max(ours, s.CPU))
	s.Memory = peak()
	return s, nil
}
