// Package pace holds one send rate for a fleet of workers, with a NATS key-value
// bucket and nothing else.
//
// A rate is a row of slots, evenly spaced in the broker's time. One key of the
// bucket says for the account and for each app which slot is the first that
// nobody has. A worker claims the next ones with compare-and-set, for all its
// apps in one write, and uses the token of each close to its slot. So:
//
//   - No slot is used twice: a claim that lost the compare-and-set, or whose end
//     is not known, is not used.
//   - A token is taken at most early before its slot and at most late after it,
//     and InTime allows its call a grace more. So the calls of any 10 s have
//     their slots in a stretch of 10 s + early + late + grace, and the slots are
//     so far apart that at most 10 × rate × 1.05 of them lie in it (spacing.go).
//     That holds for every number of workers, any demand, and also without the
//     bucket: no claims, no tokens.
//   - The time is that of entries which the worker has written itself and the
//     broker has stamped, known between two limits; where they matter, the
//     stricter one counts. What a worker's own clock shows does not matter, nor
//     does the way to the broker: a long one costs tokens and brings none.
//   - A batch claims at most lead ahead, 0.3 s or less. A dead worker takes no
//     more with it than that.
//   - Interactive calls may claim further ahead, and use a token early before
//     its slot, which is not less than lead: behind a batch that takes all there
//     is they find the next slot usable at once. Only they can claim there, so
//     what they do not want is left for the batch.
//
// Two things are outside the proof, and each is over after 10 s. The broker's
// clock is believed: if it leaps by d, as it may when another server leads the
// stream, the 10 s around that may hold d × rate more. And a machine that was
// suspended, whose clock stood still, uses what it had claimed: a part of a
// second's tokens.
//
// A bucket that is new, or whose count was lost, is used after 1.3 s, or two steps
// of a slow rate: by then nobody has a token of the old count.
//
// Worker and broker exchange some messages a second: up to ten writes for each
// worker, less the more workers there are, and none while nothing is sent.
package pace
