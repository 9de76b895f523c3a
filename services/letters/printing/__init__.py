"""Printing: the daily print run, the print provider's API and its credentials, and what it reports.

`run.py` takes a day's letters, `requesting.py` hands them over in lots, `reports.py` reads what the provider
says of them. Letters themselves (their PDFs and rows) are made by the other modules of the service.
"""
