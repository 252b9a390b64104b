package check

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The resources below are those of operators whose own modules would be many
// times the worker: as much of them as deploy uses, after their published schemas.

// scaledObject is keda.sh/v1alpha1.
type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef  struct{ Name string } `json:"scaleTargetRef"`
		PollingInterval int                   `json:"pollingInterval"`
		MinReplicaCount int                   `json:"minReplicaCount"`
		MaxReplicaCount int                   `json:"maxReplicaCount"`
		Fallback        struct {
			FailureThreshold int    `json:"failureThreshold"`
			Replicas         int    `json:"replicas"`
			Behavior         string `json:"behavior"`
		} `json:"fallback"`
		Advanced struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// nackStream is jetstream.nats.io/v1beta2.
type nackStream struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Name              string            `json:"name"`
		Description       string            `json:"description"`
		Subjects          []string          `json:"subjects"`
		Retention         string            `json:"retention"`
		Discard           string            `json:"discard"`
		Storage           string            `json:"storage"`
		Compression       string            `json:"compression"`
		MaxAge            string            `json:"maxAge"`
		DuplicateWindow   string            `json:"duplicateWindow"`
		MaxBytes          int               `json:"maxBytes"`
		MaxConsumers      int               `json:"maxConsumers"`
		MaxMsgs           int               `json:"maxMsgs"`
		MaxMsgSize        int               `json:"maxMsgSize"`
		MaxMsgsPerSubject int               `json:"maxMsgsPerSubject"`
		Replicas          int               `json:"replicas"`
		AllowDirect       bool              `json:"allowDirect"`
		AllowRollup       bool              `json:"allowRollup"`
		AllowMsgTTL       bool              `json:"allowMsgTtl"`
		DenyDelete        bool              `json:"denyDelete"`
		Metadata          map[string]string `json:"metadata"`
	} `json:"spec"`
}

// podMonitor is monitoring.coreos.com/v1.
type podMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		JobLabel            string               `json:"jobLabel"`
		Selector            metav1.LabelSelector `json:"selector"`
		PodMetricsEndpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"podMetricsEndpoints"`
	} `json:"spec"`
}
