"""What clients send: requests, and the rejections that answer the impossible ones."""
