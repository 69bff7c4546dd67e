"""The centre: enrols terminals, receives batches, serves reference data, reconciles."""
