package schema

import "strconv"

// Encode returns the job's wire form, with the code and the number revealed:
// give it to the queue and to nothing else. It refuses, with Faults, a job that
// does not validate or whose document would pass [MaxBytes].
func (j Job) Encode() ([]byte, error) {
	if err := j.Validate(); err != nil {
		return nil, err
	}
	data, err := marshal(j.wire())
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, documentFault(sizeProblem)
	}
	return data, nil
}

var sizeProblem = "must be at most " + strconv.Itoa(MaxBytes) + " bytes: shorten the metadata"
