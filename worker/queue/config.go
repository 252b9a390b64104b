package queue

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema/seal"
)

// Provision says what to do about streams, consumers and the ledger bucket.
type Provision string

const (
	// ProvisionCreate creates what is missing and updates what differs, except
	// that AckWait is never shortened. For one machine, development and tests.
	ProvisionCreate Provision = "create"
	// ProvisionVerify changes nothing and refuses to start on a difference,
	// which it prints. For streams that an operator owns.
	ProvisionVerify Provision = "verify"
	// ProvisionOff neither looks nor changes, for credentials without the
	// right to look.
	ProvisionOff Provision = "off"
)

// ResultFormat says in which form results are published.
type ResultFormat string

const (
	// ResultPlain is the document alone.
	ResultPlain ResultFormat = "plain"
	// ResultCloudEvents is the same document with the attributes of CloudEvents
	// 1.0 in the message's headers: the binary mode of its NATS binding.
	ResultCloudEvents ResultFormat = "cloudevents"
)

// Config is the connection to NATS and the shape of the streams. The names of
// the connection's variables are those of the nats command line, so a shell
// that works for one works for the other.
type Config struct {
	// URL of the NATS servers, comma separated. Empty: the embedded server
	// (run, demo) or its address on this machine (send, results).
	// Defaults to empty.
	URL string `env:"NATS_URL" desc:"NATS servers, comma separated; unset: run starts an embedded server" example:"nats://n1:4222,nats://n2:4222"`
	// Context names a saved context of the nats command line; the options
	// below are added to it. Defaults to none.
	Context string `env:"NATS_CONTEXT" desc:"saved context of the nats command line" example:"prod"`
	// Creds is the path of a credentials file. Defaults to none.
	Creds string `env:"NATS_CREDS" desc:"credentials file" example:"/etc/otpworker/worker.creds"`
	// NKey is the path of a file with an nkey seed. Defaults to none.
	NKey string `env:"NATS_NKEY" desc:"nkey seed file" example:"/etc/otpworker/worker.nk"`
	// Cert and Key are the paths of a client certificate. Defaults to none.
	Cert string `env:"NATS_CERT" desc:"client certificate file" example:"/etc/otpworker/tls.crt"`
	Key  string `env:"NATS_KEY" desc:"client certificate's key file" example:"/etc/otpworker/tls.key"`
	// CA is the path of the certificate authority that signed the server's
	// certificate. Defaults to the system's.
	CA string `env:"NATS_CA" desc:"certificate authority file" example:"/etc/otpworker/ca.crt"`
	// InboxPrefix is the subject prefix of this connection's inboxes, for
	// accounts that may subscribe to nothing else. Defaults to _INBOX.
	InboxPrefix string `env:"OTPWORKER_INBOX_PREFIX" desc:"inbox prefix of this connection" example:"_INBOX_worker"`
	// Domain is the JetStream domain. Defaults to none.
	Domain string `env:"OTPWORKER_JS_DOMAIN" desc:"JetStream domain" example:"hub"`
	// Provision says whether streams are created, verified or left alone.
	// Defaults to create.
	Provision Provision `env:"OTPWORKER_PROVISION" desc:"streams, consumers, ledger: create, verify or off" example:"verify"`
	// Replicas of each stream, 1 to 5. Defaults to 1; a cluster wants 3.
	Replicas int `env:"OTPWORKER_REPLICAS" desc:"copies of each stream, 1 to 5; a cluster wants 3" example:"3"`
	// AckWait is how long a worker may hold a job before the broker gives it
	// to another, 5 s to 10 min. Defaults to 30 s.
	AckWait time.Duration `env:"OTPWORKER_ACK_WAIT" desc:"how long a worker may hold a job, 5s to 10m" example:"30s"`
	// JobBytes bounds the job stream; beyond it publishing fails with
	// ErrQueueFull. Defaults to 2 GiB.
	JobBytes int64 `env:"OTPWORKER_JOB_BYTES" desc:"size limit of the job stream in bytes" example:"2147483648"`
	// ResultFormat is plain or cloudevents. Readers need not care: the document is
	// the same. Defaults to plain.
	ResultFormat ResultFormat `env:"OTPWORKER_RESULT_FORMAT" desc:"plain, or cloudevents: results carry its attributes as headers" example:"cloudevents"`

	// Name of the connection, as the broker's monitoring shows it.
	// Defaults to otpworker.
	Name string
	// Wait keeps trying while no server can be reached at the start, until
	// the context ends. Defaults to false: report it at once.
	Wait bool
	// OnTrouble is called with what goes wrong on the connection later:
	// permission violations, slow consumers, a lost server. It must not
	// block. Defaults to nothing.
	OnTrouble func(error)
	// SealKeys open the sealed jobs of dead letters, so that they can be replayed.
	// Defaults to none.
	SealKeys *seal.Keys
	// Options are added to the connection's. Defaults to none.
	Options []nats.Option
}

// DefaultConfig returns the defaults named at the fields.
func DefaultConfig() Config {
	return Config{
		Provision:    ProvisionCreate,
		Replicas:     1,
		AckWait:      30 * time.Second,
		JobBytes:     2 << 30,
		ResultFormat: ResultPlain,
		Name:         "otpworker",
	}
}

// Validate reports every fault at once, each by the variable's name.
func (c Config) Validate() error {
	var faults []error
	bad := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf(name+": "+format, args...))
	}
	switch c.Provision {
	case ProvisionCreate, ProvisionVerify, ProvisionOff:
	default:
		bad("OTPWORKER_PROVISION", "%q is not create, verify or off (example verify)", c.Provision)
	}
	if c.ResultFormat != ResultPlain && c.ResultFormat != ResultCloudEvents {
		bad("OTPWORKER_RESULT_FORMAT", "%q is not plain or cloudevents (example cloudevents)", c.ResultFormat)
	}
	for one := range strings.SplitSeq(c.URL, ",") {
		// The URL may hold a password, and its own error quotes it.
		if _, err := url.Parse(strings.TrimSpace(one)); err != nil {
			bad("NATS_URL", "is not a list of URLs (example nats://n1:4222,nats://n2:4222)")
		}
	}
	if c.Replicas < 1 || c.Replicas > 5 {
		bad("OTPWORKER_REPLICAS", "%d is not 1 to 5 (example 3)", c.Replicas)
	}
	if c.AckWait < 5*time.Second || c.AckWait > 10*time.Minute {
		bad("OTPWORKER_ACK_WAIT", "%s is not 5s to 10m (example 30s)", c.AckWait)
	}
	if c.JobBytes < 1<<20 {
		bad("OTPWORKER_JOB_BYTES", "%d is less than 1 MiB (example 2147483648)", c.JobBytes)
	}
	if (c.Cert == "") != (c.Key == "") {
		bad("NATS_CERT", "goes with NATS_KEY: set both or none")
	}
	if c.Creds != "" && c.NKey != "" {
		bad("NATS_CREDS", "and NATS_NKEY are two identities: set one")
	}
	return errors.Join(faults...)
}
