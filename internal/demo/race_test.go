//go:build race

package demo

// raced: times say nothing under the race detector.
const raced = true
