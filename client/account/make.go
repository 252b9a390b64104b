package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/client"
)

// readBackTime bounds the reading back, which goes on after a context's end.
const readBackTime = 30 * time.Second

// result is what became of one change.
type result struct {
	id       string // of what was made
	state    State
	readBack bool
	err      error
}

// create makes a new thing. One of its name was not there when it was compared,
// so one that is there afterwards is ours.
func (k kind[T]) create(ctx context.Context, wanted T) result {
	made, err := k.add(ctx, wanted)
	if err == nil {
		id, _ := k.key(made)
		return result{id: id, state: Made}
	}
	if !Undetermined(err) {
		return result{state: NotMade, err: k.taken(err)}
	}
	return k.look(ctx, wanted, err)
}

// look tells what became of a new thing whose answer was lost.
func (k kind[T]) look(ctx context.Context, wanted T, lost error) result {
	if k.list == nil {
		return result{state: Unknown, err: fmt.Errorf("%w: the provider's console shows whether the %s is there, and its id", lost, k.word)}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readBackTime)
	defer cancel()
	things, err := k.list(ctx)
	if err != nil {
		return result{state: Unknown, err: errors.Join(lost, err)}
	}
	_, name := k.key(wanted)
	for _, thing := range things {
		if id, other := k.key(thing); other == name {
			return result{id: id, state: Made, readBack: true}
		}
	}
	return result{state: NotMade, readBack: true, err: lost}
}

// taken says what to do about an app whose name is taken: nothing but its id
// leads to it.
func (k kind[T]) taken(err error) error {
	refused, ok := errors.AsType[*client.RefusedError](err)
	if ok && refused.Status == client.StatusDataExists && k.list == nil {
		return fmt.Errorf("%w: an %s of this name is there already: use its id, which the provider's console shows", err, k.word)
	}
	return err
}

// replace reads, compares and writes. What was changed by somebody else since
// the plan was made is left alone: the update would take it back unseen.
func (k kind[T]) replace(ctx context.Context, id string, before, after T) result {
	now, err := k.details(ctx, id)
	if err != nil {
		return result{state: NotMade, err: err}
	}
	if len(differences(k.fields(before), k.fields(now))) > 0 {
		return result{state: NotMade, err: ErrChanged}
	}
	if err = k.update(ctx, id, after); err == nil {
		return result{state: Made}
	}
	if !Undetermined(err) {
		return result{state: NotMade, err: err}
	}
	return k.readBack(ctx, id, before, after, err)
}

// readBack tells what became of an update whose answer was lost.
func (k kind[T]) readBack(ctx context.Context, id string, before, after T, lost error) result {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readBackTime)
	defer cancel()
	now, err := k.details(ctx, id)
	switch {
	case err != nil:
		return result{state: Unknown, err: errors.Join(lost, err)}
	case len(differences(k.fields(now), k.fields(after))) == 0:
		return result{state: Made, readBack: true}
	case len(differences(k.fields(before), k.fields(now))) == 0:
		return result{state: NotMade, readBack: true, err: lost}
	}
	return result{state: Unknown, readBack: true, err: fmt.Errorf("%w: it is neither as before nor as wanted now", lost)}
}
