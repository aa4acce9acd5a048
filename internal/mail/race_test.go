//go:build race

package mail

// slowdown is how much slower the race detector makes everything.
const slowdown = 20
