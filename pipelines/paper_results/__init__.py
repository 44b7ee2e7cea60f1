"""The paper's figures next to those measured here."""
