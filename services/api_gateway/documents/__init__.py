"""Pages on which recipients download files that were sent to them by email: `endpoints`, with their HTML in `pages`."""
