package judge

// Bands returns the scores from which a mail is suspicious and from which it is
// harmful, in log2-odds.
func (j *Judge) Bands() (suspicious, harmful float64) {
	return j.w.Bands.Suspicious, j.w.Bands.Harmful
}
