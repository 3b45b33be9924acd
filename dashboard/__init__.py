"""The board, the phone pages and the HTTP API: what people see and press. Nobody imports it."""
