"""Protobuf ⇄ our own values, pure, both ways; missing and impossible fields are refused here."""
