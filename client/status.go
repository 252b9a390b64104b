package client

// Status is the provider's word on a call: the envelope's status, a number as
// text (provider page: /api/otp/statusCode). The same numbers mean other
// things for its other products, and the delivery status of a message and the
// trigger of a flow's node are no Status.
type Status = string

const (
	StatusOK                  Status = "0"
	StatusAuthFailed          Status = "-1"
	StatusIPRestricted        Status = "-2"
	StatusInsufficientBalance Status = "-10"
	StatusUserLocked          Status = "-13" // on the page of the balance only
	StatusTimestampExpired    Status = "-16"
	StatusSystemError         Status = "-18" // proves nothing: it may have been done
	StatusDataExists          Status = "-20" // a name that is taken
	StatusInvalidData         Status = "-21"
	StatusInvalidParameter    Status = "-22"
	StatusCapReached          Status = "-23"
	StatusNotFound            Status = "-24"
	StatusOutOfRange          Status = "-25" // of the time that records are kept
	StatusRateLookupFailed    Status = "-26" // the price could not be found
	StatusTotalLimit          Status = "-27" // the app's periodTotalSendLimit
	StatusPhoneLimit          Status = "-28" // the app's periodPhoneSendLimit
	StatusSensitiveContent    Status = "-29"
)
