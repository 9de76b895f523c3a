"""Sizes that both ends of a gRPC connection must agree on. Used by `grpc_server` and `grpc_client`."""

from typing import Final

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""The largest message: a PDF of a letter, or a batch of them."""
MAX_METADATA_BYTES: Final = 64 * 1024
"""Headers and trailers: errors travel in trailers, and one with many violations is larger than gRPC's 8 KiB.
"""
