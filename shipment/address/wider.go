package address

import (
	"fmt"
	"slices"
	"strings"
)

// wider are the regions above the provinces of Italy and the communities above
// those of Spain. Shops ask for them, the posts write provinces. Names as
// foldName writes them, in the country's languages and in English.
var wider = map[string][]string{
	"IT": strings.Split("abruzzo|basilicata|calabria|campania|emilia-romagna|emilia romagna|friuli-venezia giulia|friuli venezia giulia|lazio|liguria|"+
		"lombardia|lombardy|marche|molise|piemonte|piedmont|puglia|apulia|sardegna|sardinia|sicilia|sicily|toscana|tuscany|trentino-alto adige|"+
		"trentino alto adige|umbria|valle d'aosta|veneto", "|"),
	"ES": strings.Split("andalucia|andalusia|aragon|principado de asturias|canarias|islas canarias|canary islands|castilla y leon|castilla leon|castilla-la mancha|"+
		"castilla la mancha|cataluna|catalunya|catalonia|comunidad valenciana|comunitat valenciana|valencian community|extremadura|galicia|comunidad de madrid|"+
		"region de murcia|comunidad foral de navarra|pais vasco|euskadi|basque country", "|"),
}

// widerRegion puts the province that the postcode tells in the place of the
// region it is in.
func (c *checker) widerRegion() {
	a := &c.Address
	names := wider[a.Country]
	if names == nil || a.Region == "" || c.codeReported() || !slices.Contains(names, foldName(a.Region)) {
		return
	}
	land := formatOf(a.Country)
	if _, province := land.findOne(a.Region, a.PostalCode); province {
		return
	}
	if there := land.regionsOf(a.PostalCode); len(there) == 1 {
		c.change("region", &a.Region, there[0].written(land, isLocal(*a)), fmt.Sprintf("the post writes the province, and %s lies in %s", a.PostalCode, there[0].english()))
	}
}
