package speed

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat (USER_HZ, fixed at 100 on
// every Linux architecture that Go runs on).
const tick = 10 * time.Millisecond

// Memory is in bytes.
type Memory struct {
	PSS     int64 // of the process tree, shared pages counted once
	Largest int64 // resident set of the largest process
}

// procStat returns the fields of /proc/PID/stat from the state on, nil when the
// process is gone. The name before them may hold spaces and parentheses.
func procStat(pid int) []string {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil
	}
	i := bytes.LastIndexByte(b, ')')
	return strings.Fields(string(b[i+1:]))
}

// tree returns the roots and all their descendants.
func tree(roots []int) []int {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := procStat(pid); len(f) > 1 {
			parent, _ := strconv.Atoi(f[1])
			children[parent] = append(children[parent], pid)
		}
	}
	all := append([]int(nil), roots...)
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// treeCPU is the user and system time of a process tree so far, ended children
// that were waited for included (utime, stime, cutime, cstime of proc(5)).
func treeCPU(roots []int) time.Duration {
	var ticks int64
	for _, pid := range tree(roots) {
		f := procStat(pid)
		if len(f) < 15 {
			continue
		}
		for _, x := range f[11:15] {
			n, _ := strconv.ParseInt(x, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * tick
}

func treeMemory(roots []int) (m Memory) {
	for _, pid := range tree(roots) {
		dir := filepath.Join("/proc", strconv.Itoa(pid))
		m.PSS += kilobytes(filepath.Join(dir, "smaps_rollup"), "Pss:")
		m.Largest = max(m.Largest, kilobytes(filepath.Join(dir, "status"), "VmRSS:"))
	}
	return m
}

// kilobytes reads one "Name:   123 kB" line, in bytes; 0 when it is not there.
func kilobytes(file, name string) int64 {
	b, _ := os.ReadFile(file)
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// watchMemory samples a tree twice a second until the returned function is
// called, which returns the largest values.
func watchMemory(roots []int) func() Memory {
	stop, peak := make(chan bool), make(chan Memory, 1)
	go func() {
		var m Memory
		for {
			now := treeMemory(roots)
			m.PSS, m.Largest = max(m.PSS, now.PSS), max(m.Largest, now.Largest)
			select {
			case <-stop:
				peak <- m
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return func() Memory { close(stop); return <-peak }
}

// Machine says how busy the machine was with other things during a sample.
type Machine struct {
	LoadAverage float64 // of the last minute, at the end
	Other       float64 // share of all cores used by other processes, 0…1
	Steal       float64 // share of all cores that the hypervisor gave to others, 0…1

	busy, steal, all int64 // ticks since boot
}

// readMachine reads /proc/stat and /proc/loadavg.
func readMachine() (m Machine) {
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(b), " ")
		m.LoadAverage, _ = strconv.ParseFloat(first, 64)
	}
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(b), "\n")
	for i, x := range strings.Fields(line) {
		n, _ := strconv.ParseInt(x, 10, 64)
		switch i { // cpu user nice system idle iowait irq softirq steal guest guest_nice
		case 1, 2, 3, 6, 7:
			m.busy += n
			m.all += n
		case 4, 5:
			m.all += n
		case 8:
			m.steal += n
			m.all += n
		}
	}
	return m
}

// since turns two readings into shares; ours is the CPU time that belongs to
// the measurement.
func (m Machine) since(before Machine, ours time.Duration) Machine {
	all := float64(m.all - before.all)
	if all <= 0 {
		return m
	}
	other := float64(m.busy-before.busy) - float64(ours/tick)
	m.Other = max(other, 0) / all
	m.Steal = float64(m.steal-before.steal) / all
	return m
}
