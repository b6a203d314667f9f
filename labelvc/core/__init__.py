"""The algebra of labels: no file, no process, no clock, no print."""
