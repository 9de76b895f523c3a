"""What every sender's providers have in common, whatever the channel.

- `providers`, `store`, `directory`: who there is, how much each is used, every change; each process's copy.
- `managing`: what people may change; `servicer`, `convert` and `callers`: `ProvidersService`.
- `measuring`, `histograms`, `statistics`: how providers answer and how fast messages arrive, by hour.
- `gates`, `token_bucket`: how much a provider is asked at once and in a second.
- `caps`: how much it may be given in a month.
- `wiring`: all of it put together; called by a sender's `__main__`. `schema` is for its migration.

Not here: wire formats, and the choice between providers (a sender's own). Used by services/sms, services/email and
services/letters.
"""
