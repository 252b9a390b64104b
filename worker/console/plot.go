package console

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A plot is drawn on the server: an SVG of 300 by 100 units that the browser
// stretches, so nothing in it is text.
type plot struct {
	Title string
	// Now is the latest value in words, Says the whole plot, for who does not see
	// it.
	Now, Says string
	// Shapes are filled paths and Lines open ones, each with a class; Rules are the
	// heights of the lines that Scale names, from the top.
	Shapes, Lines []shape
	Rules         []string
	Scale         []string
	// Span is how far back it goes.
	Span time.Duration
	// Legend says what the classes mean.
	Legend []entry
}

type shape struct{ Class, D string }

// An entry of a legend has its class on a swatch, or on a line.
type entry struct {
	Name, Value, Class string
	Line               bool
}

const (
	plotWidth  = 300.0
	plotHeight = 100.0
)

// at writes a coordinate.
func at(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}

// A stack is columns on top of each other.
type stack struct {
	class  string
	values []float64
}

// columns draws stacks as high as most at the most.
func columns(stacks []stack, most float64) (shapes []shape) {
	if len(stacks) == 0 {
		return nil
	}
	base := make([]float64, len(stacks[0].values))
	width := plotWidth / float64(max(1, len(base)))
	for _, s := range stacks {
		var d strings.Builder
		for i, v := range s.values {
			if v <= 0 {
				continue
			}
			h := max(1.5, v/most*plotHeight) // more than nothing is seen to be so
			top := max(0, plotHeight-base[i]-h)
			fmt.Fprintf(&d, "M%s %sh%sv%sh-%sz", at(float64(i)*width+width*0.08), at(top), at(width*0.84), at(h), at(width*0.84))
			base[i] += h
		}
		if d.Len() > 0 {
			shapes = append(shapes, shape{s.class, d.String()})
		}
	}
	return shapes
}

// bands are where a condition held, over the whole height.
func bands(held []bool, class string) []shape {
	var d strings.Builder
	width := plotWidth / float64(max(1, len(held)))
	for i := 0; i < len(held); i++ {
		from := i
		for i < len(held) && held[i] {
			i++
		}
		if i > from {
			fmt.Fprintf(&d, "M%s 0h%sv%sh-%sz", at(float64(from)*width), at(float64(i-from)*width), at(plotHeight), at(float64(i-from)*width))
		}
	}
	if d.Len() == 0 {
		return nil
	}
	return []shape{{class, d.String()}}
}

// line draws heights from 0 to 1; a negative one is a gap.
func line(heights []float64, class string) []shape {
	var d strings.Builder
	pen := false
	for i, h := range heights {
		if h < 0 {
			pen = false
			continue
		}
		move := "M"
		if pen {
			move = "L"
		}
		pen = true
		// Half a unit is left above and below, so that no line is cut in two.
		fmt.Fprintf(&d, "%s%s %s", move, at((float64(i)+0.5)*plotWidth/float64(len(heights))), at(99-98*min(1, h)))
	}
	if d.Len() == 0 {
		return nil
	}
	return []shape{{class, d.String()}}
}

// roof is a round number that is not below most.
func roof(most float64) float64 {
	if most <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, step := range []float64{1, 2, 5, 10} {
		if step*unit >= most {
			return step * unit
		}
	}
	return 10 * unit
}

// linear is the scale from most to nothing.
func linear(most float64) (rules, scale []string) {
	return []string{at(plotHeight / 2)}, []string{number(most), number(most / 2), "0"}
}

// decades is the scale of a logarithmic plot, whose ends are powers of ten.
func decades(low, high int) (rules, scale []string) {
	for k := high; k >= low; k-- {
		scale = append(scale, milliseconds(int64(math.Pow10(k))))
		if k != high && k != low {
			rules = append(rules, at(plotHeight*float64(high-k)/float64(high-low)))
		}
	}
	return rules, scale
}

// number is short: 0.4, 12, 3.4k.
func number(v float64) string {
	switch {
	case v >= 1e6:
		return at1(v/1e6) + "M"
	case v >= 1e4:
		return at1(v/1e3) + "k"
	case v >= 10 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	}
	return at1(v)
}

func at1(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
