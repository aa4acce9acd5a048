package config

import "strings"

// nearest returns the known key (or table) that a person most likely meant, or
// "" when none is near. The same last word in another table is a likely slip
// (a key under the wrong heading), and so is a letter too many or too few.
func nearest(path string, known map[string]Key, table bool) string {
	best, cost := "", 1+len(path)/3
	for k, info := range known {
		if info.Table != table {
			continue
		}
		c := distance(path, k)
		if last(k) == last(path) {
			c = min(c, 2)
		} else if d := 2 + distance(last(path), last(k)); d < 4 {
			c = min(c, d)
		}
		if c < cost || c == cost && best != "" && closer(path, k, best) {
			best, cost = k, c
		}
	}
	return best
}

// closer breaks a tie, so that the answer does not depend on the order of a
// map: first the nearer whole path, then the alphabet.
func closer(path, a, b string) bool {
	da, db := distance(path, a), distance(path, b)
	return da < db || da == db && a < b
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// distance counts the letters to insert, remove, replace or swap with their
// neighbour to turn a into b.
func distance(a, b string) int {
	if len(a) > 64 {
		a = a[:64]
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, cur := rows[0], rows[1], rows[2]
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			sub := 1
			if a[i-1] == b[j-1] {
				sub = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+sub)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		rows[0], rows[1], rows[2] = prev, cur, before
	}
	return rows[1][len(b)]
}
