"""Letters that arrive as finished PDFs: checking them, reading who they go to, and making them fit for print.

Everything here is a pure function of bytes and runs inside a worker process (`services.letters.workers`):
PDFs come from outside and are not to be trusted. Nothing here knows of storage, queues or gRPC. The way in is
`checking`; the order of reading is `checking`, `documents`, `printable_area`, `text`, `address`, `printing`.
"""
