package sandbox

// Statuses of the envelope (provider page: /api/otp/statusCode).
const (
	statusOK        = "0"
	statusAuth      = "-1"
	statusBalance   = "-10"
	statusTimestamp = "-16"
	statusExists    = "-20"
	statusParameter = "-22"
	statusCap       = "-23"
	statusNotFound  = "-24"
	statusTotal     = "-27"
	statusPhone     = "-28"
	statusSensitive = "-29"
)

// reasons are the provider's own words.
var reasons = map[string]string{
	"-1":  "authentication error",
	"-2":  "restricted IP access",
	"-10": "insufficient balance",
	"-16": "timestamp expired",
	"-18": "port program unusual",
	"-20": "data existing",
	"-21": "data validation exception",
	"-22": "parameter exception",
	"-23": "data cap reached",
	"-24": "data not existing",
	"-25": "out of time range",
	"-26": "failed to get the rate",
	"-27": "total send limit of the period reached",
	"-28": "send limit of the phone reached",
	"-29": "sensitive words in the content",
}
