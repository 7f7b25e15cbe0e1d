package gs1

// checkShortDate checks YYMMDD. GS1 reads the year within the hundred years
// around the present, none of which ends in 00 but 2000: every fourth is a leap
// year. Day 00, the month without a day, is right where noDay says so.
func checkShortDate(s string, noDay bool) *finding {
	return checkDay(s, 2, number(s[:2])%4 == 0, noDay)
}

// checkLongDate checks YYYYMMDD.
func checkLongDate(s string) *finding {
	year := number(s[:4])
	return checkDay(s, 4, year%4 == 0 && (year%100 != 0 || year%400 == 0), false)
}

// checkDay checks month and day, which stand at at.
func checkDay(s string, at int, leap, noDay bool) *finding {
	month, day := number(s[at:at+2]), number(s[at+2:at+4])
	if month < 1 || month > 12 {
		return wrong(BadDate, at, "%s is no date: there is no month %02d", s, month)
	}
	last := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && leap {
		last++
	}
	if day > last || day == 0 && !noDay {
		return wrong(BadDate, at+2, "%s is no date: month %02d has no day %02d", s, month, day)
	}
	return nil
}

// checkTime checks hours and minutes, HHMM.
func checkTime(s string) *finding {
	if f := checkClock(s[:2], 0, "hour", 23); f != nil {
		return f
	}
	return checkClock(s[2:], 2, "minute", 59)
}

// checkClock checks two digits of a time of day, which stand at at of their part.
func checkClock(s string, at int, what string, most int) *finding {
	if number(s) > most {
		return wrong(BadTime, at, "has %s %s; at most %02d", what, s, most)
	}
	return nil
}

// number returns the number that s, digits, is.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
