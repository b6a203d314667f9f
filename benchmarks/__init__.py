"""labelvc beside its peers, on data made on the spot."""
