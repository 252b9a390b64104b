package client

// KeptAlive says that the connection that would be used next is alive.
func (c *Client) KeptAlive() bool {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	n := len(c.pool.idle)
	return n > 0 && c.pool.idle[n-1].alive()
}
