"""What runs any service and knows nothing of messages.

Who needs what:

- `lifecycle`: `service_main` and `Lifecycle`, the whole of a `__main__`; start here.
- `settings`: `ServiceSettings`, subclassed by each service's `config.py`.
- `grpc_server`: `make_server` puts request id, log line, metrics, errors, deadline and caller check
  around each handler.
- `grpc_client`: `make_channel(...).call(stub.Method, request)` carries all of that on and raises the
  same exceptions.
- `errors`: the exceptions that domain code raises; the one table of what they become.
- `identity`: tokens that name the calling service. `request_context`: id, deadline and caller of the
  request being served.
- `batching`: `Batcher`, concurrent items in one call or one statement, without a timer.
- `database`: the Postgres pool and named queries. `migrations`: each service's schema. `valkey`: what may be
  lost.
- `logs`, `metrics`: how a process is watched. `clock`, `ids`: the injected time, and ids that tell time
  and bucket.

May import no service and no generated code. Rules about messages are in `notifyrules`. Something enters when
a second service needs it unchanged, with tests in `tests/unit/servicekit` or `tests/integration/servicekit`.
"""
