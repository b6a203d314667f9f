"""The built-in models: small, plain torch, the same result twice; loaded by name only."""
