// Package telemetry shows what workers do: metrics, traces and logs, by
// OpenTelemetry's names and variables.
//
// [Start] reads the configuration, [Telemetry.Attach] makes a worker tell what it
// does, and [Telemetry.Shutdown] writes what is left. What is not configured costs
// nothing: without OTEL_* variables nothing leaves the process, and metrics are
// only what [Telemetry.Handler] serves to who asks.
//
// No label and no attribute holds a code, a phone number or a key. Labels of
// metrics are bounded: no app, batch or job is one.
package telemetry
