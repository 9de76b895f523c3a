"""What every sender needs unchanged, whatever its channel.

- `client`: the notifications service's delivery queue (`DeliveriesClient`), in domain values (`types`).
- `leasing`: takes deliveries, runs the sender's function for each, reports what became of them; start here.
- `receipts`: passes providers' reports on, and keeps those that cannot be passed on now (`kept_store`).

Knows DeliveriesService and no other service. Not here: providers, their formats, and the choice between them.
Used by services/sms, services/email and services/letters."""
