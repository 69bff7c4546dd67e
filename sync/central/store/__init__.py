"""The centre's store: one contract, a small SQL subset."""
