// Orbit prints how long each planet takes to go round the Sun, by Kepler's third law.
package main

import (
	"fmt"
	"math"
)

// planets and the half of the long axis of their orbits, in astronomical units.
var planets = []struct {
	name string
	axis float64
}{
	{"Mercury", 0.3871},
	{"Venus", 0.7233},
	{"Earth", 1.0000},
	{"Mars", 1.5237},
	{"Jupiter", 5.2029},
	{"Saturn", 9.5367},
	{"Uranus", 19.1892},
	{"Neptune", 30.0699},
}

func main() {
	for _, planet := range planets {
		years := math.Sqrt(planet.axis * planet.axis * planet.axis)
		fmt.Printf("%-8s %7.2f years\n", planet.name, years)
	}
}
