"""The whole system as processes of one machine. `Stack` is what others use; see `stack.py`."""

from clients.notifyctl.stack.children import StackError
from clients.notifyctl.stack.services import Receipts
from clients.notifyctl.stack.stack import Stack

__all__ = ["Receipts", "Stack", "StackError"]
