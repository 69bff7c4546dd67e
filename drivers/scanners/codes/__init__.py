"""Payloads of codes: one file or package per scheme. Pure: bytes to a snapshot, verifiers are passed in."""
