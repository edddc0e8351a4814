"""Which cluster of one modality is which of another, with few pairs or none."""
