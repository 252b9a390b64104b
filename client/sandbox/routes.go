package sandbox

import "net/http"

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	s.providerRoutes(mux)
	s.controlRoutes(mux)
	mux.HandleFunc("GET /{$}", s.showInbox)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.signatureTime().UTC().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	})
}

// providerRoutes are the provider's. Its page of flowUpdate says PUT and its
// sample there POST: every other source says PUT.
func (s *Sandbox) providerRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /otp/verification/sendRule", s.sendRule)
	mux.HandleFunc("POST /otp/verification/send", s.sendMade)
	mux.HandleFunc("POST /otp/verification/resend", s.resend)
	mux.HandleFunc("POST /otp/verification/verify", endpoint(s, others, s.verify))
	mux.HandleFunc("POST /otp/verification/orderId/record", endpoint(s, records, s.recordByOrder))
	mux.HandleFunc("GET /otp/verification/record/{verificationId}", endpoint(s, records, s.recordByID))

	mux.HandleFunc("POST /otp/app/add", endpoint(s, others, s.addApp))
	mux.HandleFunc("PUT /otp/app/update/{appId}", endpoint(s, others, s.updateApp))
	mux.HandleFunc("GET /otp/app/details/{appId}", endpoint(s, others, s.appDetails))
	mux.HandleFunc("POST /otp/template/add", endpoint(s, others, s.addTemplate))
	mux.HandleFunc("PUT /otp/template/update/{templateId}", endpoint(s, others, s.updateTemplate))
	mux.HandleFunc("GET /otp/template/details/{templateId}", endpoint(s, others, s.templateDetails))
	mux.HandleFunc("GET /otp/template/list", endpoint(s, others, s.listTemplates))
	mux.HandleFunc("POST /otp/flow/add", endpoint(s, others, s.addFlow))
	mux.HandleFunc("PUT /otp/flow/update/{flowId}", endpoint(s, others, s.updateFlow))
	mux.HandleFunc("GET /otp/flow/details/{flowId}", endpoint(s, others, s.flowDetails))
	mux.HandleFunc("GET /otp/flow/list", endpoint(s, others, s.listFlows))

	mux.HandleFunc("GET /sms/getBalance", endpoint(s, others, s.getBalance))
	mux.HandleFunc("POST /otp/postback/backfill", endpoint(s, others, s.postback))
	mux.HandleFunc("POST /otp/backfillRate", endpoint(s, others, s.conversion))
}
