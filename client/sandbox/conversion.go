package sandbox

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// conversionRequest is a conversion rate (provider page:
// /api/otp/backfillRate). mcc is a text by the page's table and a number in
// its sample.
type conversionRequest struct {
	AppID    string   `json:"appId"`
	MCC      anyDigit `json:"mcc"`
	Verified string   `json:"backfillNumber"`
	Sent     string   `json:"backfillCardinalNumber"`
	Rate     string   `json:"backfillNow"`
	Time     string   `json:"callbackTime"`
}

// percent has two decimals at most.
var percent = regexp.MustCompile(`^\d{1,3}(\.\d{1,2})?$`)

func (r conversionRequest) valid() bool {
	rate, _ := strconv.ParseFloat(r.Rate, 64) // percent is stricter
	_, late := time.Parse(time.RFC3339, r.Time)
	return validAppID(r.AppID) && r.MCC != "" && onlyDigits(string(r.MCC)) &&
		onlyDigits(r.Verified) && onlyDigits(r.Sent) &&
		percent.MatchString(r.Rate) && rate <= 100 && late == nil
}

// anyDigit is a text, or a number as it was written.
type anyDigit string

func (d *anyDigit) UnmarshalJSON(data []byte) error {
	var number json.Number // takes both
	if err := json.Unmarshal(data, &number); err != nil {
		return err
	}
	*d = anyDigit(number)
	return nil
}

// conversion is checked and forgotten: nothing here depends on it.
func (s *Sandbox) conversion(_ *http.Request, req conversionRequest) (status string, body []byte) {
	s.turn(func(time.Time) {
		status, body = statusOK, accepted
		if !s.account.knows(Send{AppID: req.AppID}) {
			status = s.cfg.UnknownID
		}
	})
	return status, body
}
