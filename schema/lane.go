package schema

import "slices"

// Lane is the queue a job waits in. Lanes do not wait for each other.
type Lane string

const (
	// LaneInteractive is for a person who waits for the code.
	LaneInteractive Lane = "interactive"
	// LaneBatch is for jobs sent in bulk.
	LaneBatch Lane = "batch"
)

// Lanes returns every lane, the most urgent first.
func Lanes() []Lane { return []Lane{LaneInteractive, LaneBatch} }

func checkLane(l Lane) string {
	if slices.Contains(Lanes(), l) {
		return ""
	}
	return "must be interactive or batch"
}
