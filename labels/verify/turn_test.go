package verify

import (
	"math/rand/v2"
	"testing"

	"waybill/labels"
)

func TestTurnIsThatOfDots(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		d := labels.NewDots(1+random.IntN(70), 1+random.IntN(70))
		for y := range d.H {
			for x := range d.W {
				if random.IntN(3) == 0 {
					d.Set(x, y)
				}
			}
		}
		for _, degrees := range []int{0, 90, 180, 270} {
			got, want := turn(d, degrees), d.Turn(degrees)
			if !got.Equal(want) {
				t.Fatalf("%d by %d dots turned by %d differ", d.W, d.H, degrees)
			}
		}
	}
}
