"""Label file formats: `registry.FORMATS` lists them, entry points add more."""
