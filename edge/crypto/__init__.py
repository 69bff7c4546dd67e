"""Signatures, tokens, sealing and the artifact envelope."""
