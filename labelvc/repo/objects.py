"""The stored content: DVC's cache read directly, its remotes through DVC itself."""
