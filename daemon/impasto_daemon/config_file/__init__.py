"""How config.yaml and .impasto.yaml are read: YAML to entries (shape), entries to frozen values (meaning)."""
