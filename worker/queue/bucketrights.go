package queue

// keysOf is what the subjects begin with that a bucket's entries are written to.
func (q *Queue) keysOf(bucket string) string {
	keys := "$KV." + bucket + "."
	if q.cfg.Domain != "" {
		return q.api(keys)
	}
	return keys
}

// bucketProbes are what it takes to open a bucket, and to write and read entries.
func (q *Queue) bucketProbes(name, bucket, nonce string, optional bool) []probe {
	put := q.keysOf(bucket)
	get := q.api("DIRECT.GET.KV_" + bucket + ".$KV." + bucket + ".")
	return []probe{
		{name: name, optional: optional, allow: q.api("STREAM.INFO.KV_" + bucket)},
		{name: name, optional: optional, allow: put + ">", subject: put + "doctor." + nonce, header: stranger},
		{name: name, optional: optional, allow: get + ">", subject: get + "doctor." + nonce},
	}
}
