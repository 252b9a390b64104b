package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// endless is the balance of an account that has no end.
const endless = Amount(1_000_000 * amountUnit)

// balanceAnswer has its fields beside the status (provider page:
// /api/account/getBalance).
type balanceAnswer struct {
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Balance Amount `json:"balance"`
	Gift    Amount `json:"gift"`
	Credit  Amount `json:"credit"`
}

func (s *Sandbox) getBalance(*http.Request, nothing) (status string, body []byte) {
	answer := balanceAnswer{Status: statusOK, Reason: "success", Balance: endless}
	s.turn(func(time.Time) {
		if left := s.account.balance; left != nil {
			answer.Balance = *left
		}
	})
	body, err := json.Marshal(answer)
	if err != nil { // texts always marshal
		return statusParameter, nil
	}
	return statusOK, body
}
