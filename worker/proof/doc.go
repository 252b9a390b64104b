// Package proof holds the promises of package worker against real processes:
// workers and NATS servers that are killed and frozen, a network that delays,
// cuts and swallows, and a provider that loses requests and answers.
//
// It has tests only. A small size of each runs with all other tests; the full
// one takes about half an hour and prints the table of the README:
//
//	go test ./worker/proof -v -timeout 90m -proof.size=full
//	go test ./worker/proof -v -timeout 90m -proof.size=full -proof.run=T4,T5
//
// After each run three ledgers are compared: the job ids that the broker
// confirmed to the producer, what the provider took under each order id, and
// the results that are stored. Nothing of it leaves 127.0.0.1.
package proof
