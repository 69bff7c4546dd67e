"""Chips that more than one reader is built around: what they are asked, whatever line the question travels on."""
