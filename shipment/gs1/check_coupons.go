package gs1

import "strings"

// A coupon walks over the digits of a coupon's data, whose fields say their own
// length, and remembers the first thing wrong.
type coupon struct {
	s  string
	at int
	f  *finding
}

// checkCoupon checks a North American coupon, (8110): primary company prefix,
// offer code, what is saved, what must be bought, then optional fields 1 to 6
// and 9 in that order (GS1 US, North American Coupon Application Guideline).
func checkCoupon(s string) *finding {
	c := coupon{s: s}
	c.digits()
	c.take("the company prefix", c.length("the company prefix", '0', '6', 6))
	c.take("the offer code", 6)
	c.take("the save value", c.length("the save value", '1', '5', 0))
	c.purchase("the purchase")
	if c.option('1') {
		c.one("the rule of further purchases", "0123")
		c.purchase("the second purchase")
		c.anotherCompany("the second purchase's company prefix")
	}
	if c.option('2') {
		c.purchase("the third purchase")
		c.anotherCompany("the third purchase's company prefix")
	}
	expires := ""
	if c.option('3') {
		expires = c.date("the day it expires")
	}
	if c.option('4') {
		if starts := c.date("the day it starts"); expires != "" && starts > expires {
			c.fail("it expires before it starts")
		}
	}
	if c.option('5') {
		c.take("the serial number", c.length("the serial number", '0', '9', 6))
	}
	if c.option('6') {
		c.take("the retailer", c.length("the retailer", '1', '7', 6))
	}
	if c.option('9') {
		c.one("the save value code", "01256")
		c.one("the item that the save value is for", "012")
		c.take("the store coupon flag", 1)
		c.one("the flag against multiplying", "01")
	}
	return c.end()
}

// checkOffer checks a coupon of a positive offer file, (8112): format, funder,
// offer code, serial number (GS1 US, Coupon Data Specification for AI 8112).
func checkOffer(s string) *finding {
	c := coupon{s: s}
	c.digits()
	c.one("the format", "01")
	c.take("the funder", c.length("the funder", '0', '6', 6))
	c.take("the offer code", 6)
	c.take("the serial number", c.length("the serial number", '0', '9', 6))
	return c.end()
}

func (c *coupon) fail(message string) {
	if c.f == nil {
		c.f = wrong(BadCoupon, min(c.at, len(c.s)), "is no coupon's data: %s", message)
	}
}

func (c *coupon) digits() {
	if !allDigits(c.s) {
		c.fail("it has digits only")
	}
}

// take returns the next n characters.
func (c *coupon) take(what string, n int) string {
	if c.f != nil {
		return ""
	}
	if c.at+n > len(c.s) {
		c.fail("it ends within " + what)
		return ""
	}
	c.at += n
	return c.s[c.at-n : c.at]
}

// one takes a character, which must be one of those allowed.
func (c *coupon) one(what, allowed string) {
	if s := c.take(what, 1); !strings.Contains(allowed, s) {
		c.fail(what + " is none of " + allowed)
	}
}

// length takes the digit that says how long the next field is: so many more
// than plus.
func (c *coupon) length(what string, least, most byte, plus int) int {
	s := c.take("the length of "+what, 1)
	if s == "" {
		return 0
	}
	if s[0] < least || s[0] > most {
		c.at--
		c.fail("the length of " + what + " is wrong")
		return 0
	}
	return int(s[0]-'0') + plus
}

// anotherCompany takes a company prefix that may be left out, which 9 says.
func (c *coupon) anotherCompany(what string) {
	if c.at < len(c.s) && c.s[c.at] == '9' {
		c.at++
		return
	}
	c.take(what, c.length(what, '0', '6', 6))
}

// purchase takes what must be bought: how much, of what unit, which family.
func (c *coupon) purchase(what string) {
	c.take(what+"'s requirement", c.length(what+"'s requirement", '1', '5', 0))
	c.one(what+"'s requirement code", "012349")
	c.take(what+"'s family code", 3)
}

func (c *coupon) date(what string) string {
	s := c.take(what, 6)
	if s != "" && checkShortDate(s, false) != nil {
		c.fail(what + " is no date")
	}
	return s
}

// option reports whether the optional field of that digit follows, and steps
// over the digit.
func (c *coupon) option(digit byte) bool {
	if c.f != nil || c.at >= len(c.s) || c.s[c.at] != digit {
		return false
	}
	c.at++
	return true
}

func (c *coupon) end() *finding {
	if c.f == nil && c.at < len(c.s) {
		c.fail("something stands behind its last field")
	}
	return c.f
}
