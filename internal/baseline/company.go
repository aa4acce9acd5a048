package baseline

// How often somebody new writes to an employee is counted in the employee's own row
// out of the days on which each author wrote to him: the first as one with somebody
// new, the others as ones with somebody known. It follows from the pairs' rows alone,
// so that no mail has to decide, while others are under way, whether it is the first.

// meeting is one day on which the author of a pair wrote, and what he was then.
type meeting struct {
	day Day
	fv  FamilyValue
}

// company lists a pair's meetings; nil for other rows.
func (k *Keyer) company(r Row, p *Profile) (met []meeting) {
	if r.Level != Pair {
		return nil
	}
	h := p.find(k.in.Family)
	j, ok := h.find(k.in.Value)
	if !ok {
		return nil
	}
	what := k.fresh
	if h.vals[j].old > 0 {
		what = k.known
	}
	for _, d := range h.vals[j].days {
		if d.n > 0 {
			met = append(met, meeting{d.day, what})
			what = k.known
		}
	}
	return met
}

// tellPerson hands the change of a pair's meetings to the row of its employee.
func (k *Keyer) tellPerson(from Row, before, after []meeting, todo map[Row]*pending) {
	person := Row{Person, headOf(from.Key)}
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(before) > 0 && len(after) > 0 && before[0] == after[0]:
			before, after = before[1:], after[1:]
		case len(after) == 0 || len(before) > 0 && before[0].day <= after[0].day:
			owe(todo, person, change{before[0].fv, before[0].day, -1})
			before = before[1:]
		default:
			owe(todo, person, change{after[0].fv, after[0].day, 1})
			after = after[1:]
		}
	}
}
