package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

const opBalance = "balance"

var errNoBalance = errors.New("the answer holds no balance")

// Balance is the account's money, each amount the provider's text; "" if the
// answer does not say. The currency is the account's.
type Balance struct {
	Balance string `json:"balance"`
	Gift    string `json:"gift"`   // given by the provider
	Credit  string `json:"credit"` // how far the balance may go below zero
}

// Balance reads the account's balance. It is not below the base URL but at
// /sms/getBalance of its host. It changes nothing and can be repeated after any
// error (provider page: /api/account/getBalance). The errors are those of
// SendRule; StatusUserLocked can come from here. The path is the SMS product's,
// where a status that the page does not list may mean something else: -29 is a
// workspace that is switched off.
func (c *Client) Balance(ctx context.Context) (Balance, error) {
	data, err := c.call(ctx, exchange{op: opBalance, method: http.MethodGet, url: c.balanceURL(), flat: true})
	if err != nil {
		return Balance{}, err
	}
	balance, err := decodeBalance(data)
	if err != nil {
		return Balance{}, unreadable(opBalance, err)
	}
	return balance, nil
}

func decodeBalance(data json.RawMessage) (Balance, error) {
	f, err := readObject(data)
	if err != nil {
		return Balance{}, err
	}
	b := Balance{Balance: f.id("balance"), Gift: f.id("gift"), Credit: f.id("credit")}
	if b.Balance == "" {
		return Balance{}, errNoBalance
	}
	return b, f.err()
}
