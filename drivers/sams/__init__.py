"""Conversations with secure access modules."""
