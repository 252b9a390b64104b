package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// explained says what a refusal means for the one who reads it here.
func explained(err error) error {
	refused, ok := errors.AsType[*client.RefusedError](err)
	if !ok {
		return err
	}
	undetermined := account.Undetermined(err)
	meaning := refusals[refused.Status]
	switch {
	case refused.Status == "" && refused.HTTPStatus == http.StatusNotFound:
		return fmt.Errorf("%w\nNothing is there: check the path of OTPWORKER_PROVIDER_URL, such as /otp", err)
	case refused.Status == client.StatusDataExists && undetermined:
		meaning = "the order id has been used: otpworker provider record shows what became of it"
	}
	if meaning != "" {
		err = fmt.Errorf("%w\nStatus %s: %s", err, refused.Status, meaning)
	}
	if undetermined {
		err = fmt.Errorf("%w\n%s", err, provesNothing)
	}
	return err
}

// provesNothing is the word on a refusal that is as good as a lost answer.
const provesNothing = "The outcome is unknown: it may have been done all the same. Look before doing it again"

var refusals = map[client.Status]string{
	client.StatusAuthFailed:          "check OTPWORKER_API_KEY and OTPWORKER_API_SECRET",
	client.StatusIPRestricted:        "the account does not allow this machine's address",
	client.StatusInsufficientBalance: "the account has too little money: see otpworker provider balance",
	client.StatusUserLocked:          "the account is locked",
	client.StatusTimestampExpired:    "check the clock of this machine",
	client.StatusSystemError:         "a fault at the provider",
	client.StatusDataExists:          "the name is taken",
	client.StatusInvalidData:         "the provider does not like a value",
	client.StatusInvalidParameter:    "the provider does not like a value, or does not know the id",
	client.StatusCapReached:          "the account may have no more of these",
	client.StatusNotFound:            "the provider knows no such thing",
	client.StatusOutOfRange:          "it is older than the time for which the provider keeps records",
	client.StatusRateLookupFailed:    "the provider found no price: ask it whether it serves this country and channel",
	client.StatusTotalLimit:          "the app may send no more in this period: see its periodTotalSendLimit in otpworker provider app get",
	client.StatusPhoneLimit:          "the app may send no more to this number in this period: see its periodPhoneSendLimit in otpworker provider app get",
	client.StatusSensitiveContent:    "the text has words that the provider does not let through: change the template",
}
