// Package budget lays the line from which a person is interrupted.
//
// A fixed score would warn ten times a day at one site and never at another: what
// is unusual differs. So the line is laid on the site's own scores, none of which
// has a label: it is the score that so many of a thousand mails reach as people
// are to be warned of (the budget of interruptions). Where the data end, the tail
// is continued by the exponential that fits the highest hundredth, as is usual for
// the excesses over a high threshold (Pickands 1975).
//
// # What keeps it honest
//
//   - It only ever takes a warning away that the weights alone would give; it makes
//     none. It never touches what acts (a locked link and heavier) and never a
//     decisive finding: those do not depend on how much else there is.
//   - A campaign counts once a day: a thousand copies of one mail are one mail.
//   - The line moves once a day, by half a bit at most, so that a flood cannot lift
//     it over an attack behind it.
//   - An employee's own line is shrunk to the organisation's: with few mails of his
//     own he has the organisation's, with thousands his own.
//
// The state is a few hundred bytes for each person, and fades with a half-life of a
// month. Lines is safe for concurrent use.
package budget
