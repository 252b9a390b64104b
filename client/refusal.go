package client

// NothingDone reports whether the refusal proves that nothing was sent, made or
// changed. Of a call that only reads every one does. Of the others
// StatusSystemError and statuses that the provider does not list prove nothing.
// To Send, SendRule and Resend StatusDataExists does not either, as a send of
// that orderId may have been accepted before, nor does StatusRateLookupFailed:
// no page says whether the price is looked up before the send
// (provider page: /api/otp/statusCode). A 4xx without an envelope counts as
// proof: the request was turned away before the API.
func (e *RefusedError) NothingDone() bool {
	if reads(e.Op) {
		return true
	}
	switch e.Status {
	case StatusDataExists, StatusRateLookupFailed:
		return e.Op != opSend && e.Op != opSendRule && e.Op != opResend
	case "", StatusAuthFailed, StatusIPRestricted, StatusInsufficientBalance, StatusTimestampExpired,
		StatusInvalidData, StatusInvalidParameter, StatusCapReached, StatusNotFound, StatusOutOfRange,
		StatusTotalLimit, StatusPhoneLimit, StatusSensitiveContent:
		return true
	}
	return false
}

// reads reports whether a call changes nothing. Verify does: it may use up the
// code.
func reads(op string) bool {
	switch op {
	case opAppDetails, opTemplateDetails, opListTemplates, opFlowDetails, opListFlows, opBalance, opRecord, opRecordByID:
		return true
	}
	return false
}
